package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"

	"speedscale/infra/dockerhost"
	"speedscale/infra/mongoadmin"
)

// Service waits until a container's own health check passes.
type Service struct{ connect Connect }

// ServiceArgs are a Service's inputs.
type ServiceArgs struct{ ContainerArgs }

// ServiceState is a Service's outputs. The container's health is not one of them: it
// changes by itself, and a refresh would show that as drift.
type ServiceState struct{ ServiceArgs }

// Annotate describes the resource.
func (s *Service) Annotate(a infer.Annotator) {
	a.Describe(&s, "A container whose own health check passes. If it can no longer become healthy, because it does not exist, has exited for good "+
		"or keeps exiting, the resource fails within seconds, with the end of the container's log. Deleting the resource does nothing.")
}

// Check reports every mistake in the inputs.
func (s *Service) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[ServiceArgs], error) {
	args, failures, err := infer.DefaultCheck[ServiceArgs](ctx, req.NewInputs)
	if err != nil || len(failures) > 0 {
		return infer.CheckResponse[ServiceArgs]{Inputs: args, Failures: failures}, err
	}
	var c checks
	c.timeout(args.TimeoutSeconds)
	return infer.CheckResponse[ServiceArgs]{Inputs: args, Failures: c}, nil
}

// Create waits for the container.
func (s *Service) Create(ctx context.Context, req infer.CreateRequest[ServiceArgs]) (infer.CreateResponse[ServiceState], error) {
	resp := infer.CreateResponse[ServiceState]{ID: req.Inputs.Container, Output: ServiceState{req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	return resp, s.await(ctx, req.Inputs)
}

// Update waits for the container again.
func (s *Service) Update(ctx context.Context, req infer.UpdateRequest[ServiceArgs, ServiceState]) (infer.UpdateResponse[ServiceState], error) {
	resp := infer.UpdateResponse[ServiceState]{Output: ServiceState{req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	return resp, s.await(ctx, req.Inputs)
}

func (s *Service) await(ctx context.Context, args ServiceArgs) error {
	clients, err := s.connect()
	if err != nil {
		return err
	}
	ctx, cancel := deadline(ctx, args.TimeoutSeconds)
	defer cancel()
	if err := clients.repairDrift(ctx, args.ContainerArgs); err != nil {
		return err
	}
	container := clients.watch(args.Container)
	var last dockerhost.Health
	err = wait(ctx, args.Container, pollInterval, func(ctx context.Context) (string, error) {
		state, err := container.inspect(ctx)
		if errors.Is(err, mongoadmin.ErrUnreachable) {
			return "", err
		}
		if err != nil {
			return "", clients.withLog(ctx, args.Container, err)
		}
		last = state.Health
		return container.unhealthyReason(state)
	})
	if errors.Is(err, errGaveUp) {
		err = clients.withLog(ctx, args.Container, withCheck(err, last))
	}
	return args.explain(err)
}

// unhealthyReason returns why the container is not healthy now, "" if it is. It fails
// for a container without a health check.
func (w *containerWatch) unhealthyReason(state dockerhost.State) (string, error) {
	health := state.Health
	switch {
	case health.Status == "":
		return "", fmt.Errorf("container %s has no health check, so nothing shows when it serves; give it one", w.name)
	case !state.Running:
		return w.notRunningReason(state), nil
	case health.Status == dockerhost.Healthy:
		return "", nil
	case !health.Checked:
		return health.Status, nil
	}
	result := fmt.Sprintf("its health check ended with code %d", health.ExitCode)
	if line := lastLines(health.Output, 1); line != "" {
		result = line
	}
	return health.Status + ": " + result, nil
}

// checkLines is the number of lines of a health check's output that an error shows.
const checkLines = 5

// withCheck adds the exit code and the output of the last health check to err.
func withCheck(err error, health dockerhost.Health) error {
	if !health.Checked {
		return err
	}
	err = fmt.Errorf("%w\nits health check ended with code %d", err, health.ExitCode)
	if lines := lastLines(health.Output, checkLines); lines != "" {
		err = fmt.Errorf("%w and printed:\n%s", err, lines)
	}
	return err
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(strings.Join(lines[max(0, len(lines)-n):], "\n"))
}

// Read checks whether the container exists, is still the one that was waited for, and
// has not failed its health check. A running container whose health is still
// "starting" has not failed it: its status is about to change.
func (s *Service) Read(ctx context.Context, req infer.ReadRequest[ServiceArgs, ServiceState]) (infer.ReadResponse[ServiceArgs, ServiceState], error) {
	resp := infer.ReadResponse[ServiceArgs, ServiceState](req)
	clients, err := s.connect()
	if err != nil {
		return resp, err
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	container := clients.watch(req.Inputs.Container)
	state, err := container.inspect(ctx)
	switch {
	case errors.Is(err, dockerhost.ErrNoContainer):
		resp.ID = ""
		return resp, nil
	case errors.Is(err, mongoadmin.ErrUnreachable):
		return resp, err
	}
	resp.Inputs.ContainerID, resp.State.ContainerID = state.ID, state.ID
	if drift := resp.Inputs.drift(state); len(drift) > 0 {
		return resp, initFailed("%s %s", req.Inputs.Container, strings.Join(drift, ", "))
	}
	if err == nil && state.Running && state.Health.Status == dockerhost.Starting {
		return resp, nil
	}
	reason := ""
	if err == nil {
		reason, err = container.unhealthyReason(state)
	}
	if err != nil {
		reason = err.Error()
	}
	if reason != "" {
		return resp, initFailed("%s", withCheck(fmt.Errorf("%s: %s", req.Inputs.Container, reason), state.Health))
	}
	return resp, nil
}
