package provider

import (
	"context"
	"errors"
	"fmt"

	"speedscale/infra/dockerhost"
	"speedscale/infra/mongoadmin"
)

// Containers is what is asked of containers, by name; *dockerhost.Engine
// implements it.
type Containers interface {
	State(ctx context.Context, name string) (dockerhost.State, error)
	Run(ctx context.Context, name string) (exitCode int, err error)
	Fit(ctx context.Context, name string, in dockerhost.Place) error
	Tail(ctx context.Context, name string, lines int) (string, error)
}

// state is what Docker says of a container.
func (c Clients) state(ctx context.Context, container string) (dockerhost.State, error) {
	state, err := c.Containers.State(ctx, container)
	return state, about(container, err)
}

// about names the container that an error of Docker's is about.
func about(container string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("container %s: %w", container, err)
}

// logLines is how much of a container's log an error shows.
const logLines = 10

// through is a question that is put to the endpoint, for one wait. When nothing
// answers there, Docker is asked why: waiting for a container that is not
// there, has ended for good, or ends again and again is of no use.
func (c Clients) through(at mongoadmin.Endpoint, ask question) question {
	container := c.watch(at.Container)
	return func(ctx context.Context) (string, error) {
		reason, err := ask(ctx)
		if err == nil || !errors.Is(err, mongoadmin.ErrUnreachable) {
			return reason, err
		}
		state, lost := container.look(ctx)
		switch {
		case errors.Is(lost, mongoadmin.ErrUnreachable):
			return "", err
		case lost != nil:
			return "", c.withLog(ctx, at.Container, lost)
		case !state.Running:
			return container.notRunning(state), nil
		}
		return "waiting for an answer, " + err.Error(), nil
	}
}

// withLog adds the container's last log lines, which tell more than any wait.
func (c Clients) withLog(ctx context.Context, container string, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
	defer cancel()
	tail, logErr := c.Containers.Tail(ctx, container, logLines)
	if logErr != nil || tail == "" {
		return err
	}
	return fmt.Errorf("%w\nlast lines of %s:\n%s", err, container, tail)
}
