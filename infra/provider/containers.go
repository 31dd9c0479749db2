package provider

import (
	"context"
	"errors"
	"fmt"

	"speedscale/infra/mongoadmin"
)

// logLines is how much of a container's log an error shows.
const logLines = 10

// through is a question that is put to the endpoint. When nothing answers
// there, Docker is asked why: waiting for a container that is not there, or
// has ended and will not be started again, is of no use.
func (c Clients) through(at mongoadmin.Endpoint, ask question) question {
	return func(ctx context.Context) (string, error) {
		reason, err := ask(ctx)
		if err == nil || !errors.Is(err, mongoadmin.ErrUnreachable) {
			return reason, err
		}
		state, stateErr := c.Containers.State(ctx, at.Container)
		switch {
		case errors.Is(stateErr, mongoadmin.ErrNoContainer):
			return "", stateErr
		case stateErr != nil:
			return "", err
		case state.Status == "exited" || state.Status == "dead":
			return "", c.withLog(ctx, at, fmt.Errorf("container %s has %s with code %d", at.Container, state.Status, state.ExitCode))
		case !state.Running:
			return fmt.Sprintf("container %s is %s", at.Container, state.Status), nil
		}
		return "waiting for an answer, " + err.Error(), nil
	}
}

// withLog adds the container's last log lines, which tell more than any wait.
func (c Clients) withLog(ctx context.Context, at mongoadmin.Endpoint, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
	defer cancel()
	tail, logErr := c.Containers.Tail(ctx, at.Container, logLines)
	if logErr != nil || tail == "" {
		return err
	}
	return fmt.Errorf("%w\nlast lines of %s:\n%s", err, at.Container, tail)
}
