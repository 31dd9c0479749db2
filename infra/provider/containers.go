package provider

import (
	"context"
	"errors"
	"fmt"

	"speedscale/infra/dockerhost"
	"speedscale/infra/mongoadmin"
)

// Containers is the part of *dockerhost.Engine that the resources use. Containers
// are given by name.
type Containers interface {
	State(ctx context.Context, name string) (dockerhost.State, error)
	Run(ctx context.Context, name string) (exitCode int, err error)
	RepairDrift(ctx context.Context, name string, want dockerhost.Declared) error
	Tail(ctx context.Context, name string, lines int) (string, error)
	ReadFile(ctx context.Context, name, path string) ([]byte, error)
	WriteFiles(ctx context.Context, name, folder string, files map[string]string) error
	Signal(ctx context.Context, name, signal string) error
}

func (c Clients) state(ctx context.Context, container string) (dockerhost.State, error) {
	state, err := c.Containers.State(ctx, container)
	return state, containerError(container, err)
}

// containerError adds the container's name to an error of Docker's.
func containerError(container string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("container %s: %w", container, err)
}

// logLines is the number of log lines that an error shows.
const logLines = 10

// withContainerCheck extends poll, which talks to the endpoint at. When the endpoint
// cannot be reached, it asks Docker for the reason, and fails if waiting longer would
// not help: the container does not exist, has exited for good, or keeps exiting.
func (c Clients) withContainerCheck(at mongoadmin.Endpoint, poll pollFunc) pollFunc {
	container := c.watch(at.Container)
	return func(ctx context.Context) (string, error) {
		reason, err := poll(ctx)
		if err == nil || !errors.Is(err, mongoadmin.ErrUnreachable) {
			return reason, err
		}
		state, containerErr := container.inspect(ctx)
		switch {
		case errors.Is(containerErr, mongoadmin.ErrUnreachable):
			return "", err
		case containerErr != nil:
			return "", c.withLog(ctx, at.Container, containerErr)
		case !state.Running:
			return container.notRunningReason(state), nil
		}
		return "waiting for an answer, " + err.Error(), nil
	}
}

// withLog adds the last lines of the container's log to err. They usually show the
// cause.
func (c Clients) withLog(ctx context.Context, container string, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
	defer cancel()
	tail, logErr := c.Containers.Tail(ctx, container, logLines)
	if logErr != nil || tail == "" {
		return err
	}
	return fmt.Errorf("%w\nlast lines of %s:\n%s", err, container, tail)
}
