package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"

	"speedscale/infra/mongoadmin"
)

// Job makes sure that the indexes which a one-shot container creates exist.
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
	a.Describe(&j, "The result of a one-shot container that creates indexes on a collection. When a refresh finds that one of the indexes is gone, "+
		"the next update runs the container again, so it must be safe to run more than once. Deleting the resource undoes nothing.")
}

// Annotate describes the inputs.
func (args *JobArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.Container, "Name of the Docker container, which has exited.")
	a.Describe(&args.ContainerID, "Docker's id of the container. It changes when the container is replaced, and has then run again.")
	a.Describe(&args.Indexes, "Names of the indexes that the container creates.")
	a.Describe(&args.Router, "The mongos through which the indexes are read.")
	a.Describe(&args.Database, "Name of the database.")
	a.Describe(&args.Collection, "Name of the collection.")
	a.Describe(&args.Undone, "Indexes that are missing. A refresh sets this; do not set it in a program.")
	a.Describe(&args.TimeoutSeconds, "How long the container may run, in seconds.")
	a.SetDefault(&args.TimeoutSeconds, 180)
}

func (args JobArgs) namespace() mongoadmin.Namespace {
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

// Create checks that the container succeeded, and waits for its indexes.
func (j *Job) Create(ctx context.Context, req infer.CreateRequest[JobArgs]) (infer.CreateResponse[JobState], error) {
	resp := infer.CreateResponse[JobState]{ID: req.Inputs.Container, Output: JobState{req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	return resp, j.awaitIndexes(ctx, req.Inputs)
}

// Update runs the container again if a refresh found indexes missing, and waits for
// the indexes.
func (j *Job) Update(ctx context.Context, req infer.UpdateRequest[JobArgs, JobState]) (infer.UpdateResponse[JobState], error) {
	resp := infer.UpdateResponse[JobState]{Output: JobState{req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	if len(req.State.Undone) > 0 {
		if err := j.rerun(ctx, req.Inputs); err != nil {
			return resp, err
		}
	}
	return resp, j.awaitIndexes(ctx, req.Inputs)
}

func (j *Job) rerun(ctx context.Context, args JobArgs) error {
	clients, err := j.connect()
	if err != nil {
		return err
	}
	ctx, cancel := deadline(ctx, args.TimeoutSeconds)
	defer cancel()
	code, err := clients.Containers.Run(ctx, args.Container)
	if err != nil {
		return fmt.Errorf("run %s again: %w", args.Container, containerError(args.Container, err))
	}
	if code != 0 {
		return clients.exitError(ctx, args.Container, code)
	}
	return nil
}

// checkExit returns an error that includes the container's log if the container
// exited with a code other than 0.
func (c Clients) checkExit(ctx context.Context, container string) error {
	state, err := c.state(ctx, container)
	if err != nil {
		return err
	}
	if state.Status == "exited" && state.ExitCode != 0 {
		return c.exitError(ctx, container, state.ExitCode)
	}
	return nil
}

func (c Clients) exitError(ctx context.Context, container string, code int) error {
	return c.withLog(ctx, container, fmt.Errorf("%s exited with %d", container, code))
}

// awaitIndexes checks that the container succeeded, and waits until the indexes that
// it creates are visible through the router.
func (j *Job) awaitIndexes(ctx context.Context, args JobArgs) error {
	clients, err := j.connect()
	if err != nil {
		return err
	}
	ctx, cancel := deadline(ctx, args.TimeoutSeconds)
	defer cancel()
	if err := clients.checkExit(ctx, args.Container); err != nil {
		return err
	}
	router := args.Router.admin()
	return wait(ctx, args.namespace().String(), pollInterval, clients.withContainerCheck(router, func(ctx context.Context) (string, error) {
		existing, err := clients.Admin.Indexes(ctx, router, args.namespace())
		if gone := missing(args.Indexes, existing); err == nil && len(gone) > 0 {
			return fmt.Sprintf("%s has exited, but the indexes %v do not exist", args.Container, gone), nil
		}
		return "", err
	}))
}

// Read records which of the indexes are missing.
func (j *Job) Read(ctx context.Context, req infer.ReadRequest[JobArgs, JobState]) (infer.ReadResponse[JobArgs, JobState], error) {
	resp := infer.ReadResponse[JobArgs, JobState](req)
	clients, err := j.connect()
	if err != nil {
		return resp, err
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	existing, err := clients.Admin.Indexes(ctx, req.Inputs.Router.admin(), req.Inputs.namespace())
	if err != nil {
		return resp, initFailed("%s: cannot be read: %s", req.Inputs.namespace(), err)
	}
	resp.Inputs.Undone = missing(req.Inputs.Indexes, existing)
	resp.State.JobArgs = resp.Inputs
	return resp, nil
}

// missing returns the elements of want that are not in have.
func missing(want, have []string) (gone []string) {
	for _, name := range want {
		if !slices.Contains(have, name) {
			gone = append(gone, name)
		}
	}
	return gone
}
