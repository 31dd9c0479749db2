package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"

	"speedscale/infra/mongoadmin"
)

// Job keeps what a one-shot container did: the indexes that it makes.
type Job struct{ connect Connect }

// JobArgs are a Job's inputs.
type JobArgs struct {
	Container      string   `pulumi:"container"`
	ContainerID    string   `pulumi:"containerId"`
	Indexes        []string `pulumi:"indexes"`
	Router         Endpoint `pulumi:"router"`
	Database       string   `pulumi:"database"`
	Collection     string   `pulumi:"collection"`
	Undone         []string `pulumi:"undone,optional"`
	TimeoutSeconds int      `pulumi:"timeoutSeconds,optional"`
}

// JobState is a Job's outputs.
type JobState struct{ JobArgs }

// Annotate describes the resource.
func (j *Job) Annotate(a infer.Annotator) {
	a.Describe(&j, "What a one-shot container did to a collection. When a refresh finds an index gone that it makes, "+
		"the next update runs the container again, which must be able to run twice. Deleting it undoes nothing.")
}

// Annotate describes the inputs.
func (args *JobArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.Container, "Name of the Docker container, which has ended.")
	a.Describe(&args.ContainerID, "Docker's id of it: another one has run anew.")
	a.Describe(&args.Indexes, "Names of the indexes that the container makes.")
	a.Describe(&args.Router, "The mongos through which the collection is looked at.")
	a.Describe(&args.Database, "Name of the database.")
	a.Describe(&args.Collection, "Name of the collection.")
	a.Describe(&args.Undone, "Indexes that are gone. A refresh fills it in; leave it empty.")
	a.Describe(&args.TimeoutSeconds, "How long the container may run, in seconds.")
	a.SetDefault(&args.TimeoutSeconds, 180)
}

func (args JobArgs) name() mongoadmin.Namespace {
	return mongoadmin.Namespace{Database: args.Database, Collection: args.Collection}
}

// Check reports every mistake in the inputs.
func (j *Job) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[JobArgs], error) {
	args, failures, err := infer.DefaultCheck[JobArgs](ctx, req.NewInputs)
	if err != nil || len(failures) > 0 {
		return infer.CheckResponse[JobArgs]{Inputs: args, Failures: failures}, err
	}
	var c checks
	c.timeout(args.TimeoutSeconds)
	c.host("router.host", args.Router.Host)
	return infer.CheckResponse[JobArgs]{Inputs: args, Failures: c}, nil
}

// Create makes sure of what the container has done.
func (j *Job) Create(ctx context.Context, req infer.CreateRequest[JobArgs]) (infer.CreateResponse[JobState], error) {
	resp := infer.CreateResponse[JobState]{ID: req.Inputs.Container, Output: JobState{req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	return resp, j.done(ctx, req.Inputs)
}

// Update runs the container again if its work is undone.
func (j *Job) Update(ctx context.Context, req infer.UpdateRequest[JobArgs, JobState]) (infer.UpdateResponse[JobState], error) {
	resp := infer.UpdateResponse[JobState]{Output: JobState{req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	if len(req.State.Undone) > 0 {
		if err := j.again(ctx, req.Inputs); err != nil {
			return resp, err
		}
	}
	return resp, j.done(ctx, req.Inputs)
}

func (j *Job) again(ctx context.Context, args JobArgs) error {
	clients, err := j.connect()
	if err != nil {
		return err
	}
	ctx, cancel := deadline(ctx, args.TimeoutSeconds)
	defer cancel()
	code, err := clients.Containers.Run(ctx, args.Container)
	if err != nil {
		return fmt.Errorf("run %s again: %w", args.Container, about(args.Container, err))
	}
	if code != 0 {
		return clients.failedJob(ctx, args.Container, code)
	}
	return nil
}

// succeeded is an error, with the container's log, if it ended in failure.
func (c Clients) succeeded(ctx context.Context, container string) error {
	state, err := c.state(ctx, container)
	if err != nil {
		return err
	}
	if state.Status == "exited" && state.ExitCode != 0 {
		return c.failedJob(ctx, container, state.ExitCode)
	}
	return nil
}

func (c Clients) failedJob(ctx context.Context, container string, code int) error {
	return c.withLog(ctx, container, fmt.Errorf("%s exited with %d", container, code))
}

// done waits until the indexes can be seen that the container, which has ended,
// makes.
func (j *Job) done(ctx context.Context, args JobArgs) error {
	clients, err := j.connect()
	if err != nil {
		return err
	}
	ctx, cancel := deadline(ctx, args.TimeoutSeconds)
	defer cancel()
	if err := clients.succeeded(ctx, args.Container); err != nil {
		return err
	}
	router := args.Router.admin()
	return wait(ctx, args.name().String(), pollEvery, clients.through(router, func(ctx context.Context) (string, error) {
		is, err := clients.Admin.Indexes(ctx, router, args.name())
		if gone := missing(args.Indexes, is); err == nil && len(gone) > 0 {
			return fmt.Sprintf("%s has ended, and the indexes %v are not there", args.Container, gone), nil
		}
		return "", err
	}))
}

// Read sees which of the indexes are gone.
func (j *Job) Read(ctx context.Context, req infer.ReadRequest[JobArgs, JobState]) (infer.ReadResponse[JobArgs, JobState], error) {
	resp := infer.ReadResponse[JobArgs, JobState](req)
	clients, err := j.connect()
	if err != nil {
		return resp, err
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	is, err := clients.Admin.Indexes(ctx, req.Inputs.Router.admin(), req.Inputs.name())
	if err != nil {
		return resp, unhealthy("%s: cannot be seen: %s", req.Inputs.name(), err)
	}
	resp.Inputs.Undone = missing(req.Inputs.Indexes, is)
	resp.State.JobArgs = resp.Inputs
	return resp, nil
}

// missing is what is of want and not of is.
func missing(want, is []string) (gone []string) {
	for _, name := range want {
		if !slices.Contains(is, name) {
			gone = append(gone, name)
		}
	}
	return gone
}
