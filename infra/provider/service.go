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

// ServiceState is a Service's outputs. Its health is not told: it changes by
// itself, and a refresh would show that as drift.
type ServiceState struct{ ServiceArgs }

// Annotate describes the resource.
func (s *Service) Annotate(a infer.Annotator) {
	a.Describe(&s, "A container whose own health check passes. One that cannot get there any more, because it is gone, has ended for good "+
		"or ends again and again, is given up within seconds, with what it wrote last. Deleting it does nothing.")
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

// Update waits again.
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
	if err := clients.fit(ctx, args.ContainerArgs); err != nil {
		return err
	}
	container := clients.watch(args.Container)
	var last dockerhost.Health
	err = wait(ctx, args.Container, pollEvery, func(ctx context.Context) (string, error) {
		state, err := container.look(ctx)
		if errors.Is(err, mongoadmin.ErrUnreachable) {
			return "", err
		}
		if err != nil {
			return "", clients.withLog(ctx, args.Container, err)
		}
		last = state.Health
		return container.unhealthy(state)
	})
	if errors.Is(err, errGaveUp) {
		err = clients.withLog(ctx, args.Container, withCheck(err, last))
	}
	return args.explain(err)
}

// unhealthy is why the container is not healthy now, "" if it is.
func (w *watch) unhealthy(state dockerhost.State) (string, error) {
	health := state.Health
	switch {
	case health.Status == "":
		return "", fmt.Errorf("container %s has no health check, so nothing tells when it serves; give it one", w.name)
	case !state.Running:
		return w.notRunning(state), nil
	case health.Status == dockerhost.Healthy:
		return "", nil
	case !health.Checked:
		return health.Status, nil
	}
	said := fmt.Sprintf("its health check ended with code %d", health.ExitCode)
	if lines := lastLines(health.Output, 1); lines != "" {
		said = lines
	}
	return health.Status + ": " + said, nil
}

// checkLines is how much of a health check's output an error shows.
const checkLines = 5

// withCheck adds how the last health check ended and what it printed.
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

// Read sees whether the container is there, is the one that was waited for, and
// has not failed its health check. One that was started a moment ago, and runs,
// has not: the next look would say something else.
func (s *Service) Read(ctx context.Context, req infer.ReadRequest[ServiceArgs, ServiceState]) (infer.ReadResponse[ServiceArgs, ServiceState], error) {
	resp := infer.ReadResponse[ServiceArgs, ServiceState](req)
	clients, err := s.connect()
	if err != nil {
		return resp, err
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	container := clients.watch(req.Inputs.Container)
	state, err := container.look(ctx)
	switch {
	case errors.Is(err, dockerhost.ErrNoContainer):
		resp.ID = ""
		return resp, nil
	case errors.Is(err, mongoadmin.ErrUnreachable):
		return resp, err
	}
	resp.Inputs.ContainerID, resp.State.ContainerID = state.ID, state.ID
	if misfits := resp.Inputs.misfits(state); len(misfits) > 0 {
		return resp, unhealthy("%s %s", req.Inputs.Container, strings.Join(misfits, ", "))
	}
	if err == nil && state.Running && state.Health.Status == dockerhost.Starting {
		return resp, nil
	}
	reason := ""
	if err == nil {
		reason, err = container.unhealthy(state)
	}
	if err != nil {
		reason = err.Error()
	}
	if reason != "" {
		return resp, unhealthy("%s", withCheck(fmt.Errorf("%s: %s", req.Inputs.Container, reason), state.Health))
	}
	return resp, nil
}
