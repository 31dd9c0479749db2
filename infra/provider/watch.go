package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"speedscale/infra/dockerhost"
	"speedscale/infra/mongoadmin"
)

// maxRestarts is the number of restarts during a wait at which a container is given
// up. To exit once or twice, until what the container needs is available, is normal.
const maxRestarts = 3

// maxRestartDelay is how long a container may be waiting to be restarted. Docker
// restarts it after 0.1 s at first, and doubles the delay each time. A container that
// waits longer than this has exited six times, each time soon after its start, and
// the next restart may take up to a minute.
const maxRestartDelay = 2 * time.Second

// containerWatch inspects a container during one wait, and detects when waiting
// longer is pointless. It counts the restarts during the wait, since Docker's own
// counter covers the whole life of the container.
type containerWatch struct {
	Clients
	name string

	started         bool // it has seen the container
	id              string
	initialRestarts int       // Docker's restart counter when the wait began
	lastExit        string    // how the container last exited, if that was seen
	restartingSince time.Time // since when it has been waiting to be restarted; zero: it is not
}

func (c Clients) watch(container string) *containerWatch {
	return &containerWatch{Clients: c, name: container}
}

// inspect returns the container's current state. An error means that waiting longer
// is pointless or, if it is ErrUnreachable, that Docker did not answer.
func (w *containerWatch) inspect(ctx context.Context) (dockerhost.State, error) {
	state, err := w.state(ctx, w.name)
	if errors.Is(err, dockerhost.ErrNoContainer) {
		return state, err
	}
	if err != nil {
		return state, fmt.Errorf("%w: ask Docker: %w", mongoadmin.ErrUnreachable, err)
	}
	w.record(state)
	restarts := state.RestartCount - w.initialRestarts
	switch {
	case state.Status == "exited" || state.Status == "dead":
		return state, fmt.Errorf("container %s has %s%s", w.name, state.Status, w.lastExit)
	case restarts >= maxRestarts:
		return state, fmt.Errorf("container %s keeps exiting: %d times since the wait began%s", w.name, restarts, w.lastTime())
	case state.RestartCount >= maxRestarts && !w.restartingSince.IsZero() && time.Since(w.restartingSince) >= maxRestartDelay:
		return state, fmt.Errorf("container %s keeps exiting: %d times since it was started%s", w.name, state.RestartCount, w.lastTime())
	}
	return state, nil
}

// record keeps what Docker forgets when it restarts the container.
func (w *containerWatch) record(state dockerhost.State) {
	// Docker's counter starts again when the container was replaced, or started by
	// somebody.
	if !w.started || state.ID != w.id || state.RestartCount < w.initialRestarts {
		w.started, w.id, w.initialRestarts, w.lastExit = true, state.ID, state.RestartCount, ""
	}
	switch state.Status {
	case "restarting", "exited", "dead":
		w.lastExit = describeExit(state)
	}
	switch {
	case state.Status != "restarting":
		w.restartingSince = time.Time{}
	case w.restartingSince.IsZero():
		w.restartingSince = time.Now()
	}
}

func (w *containerWatch) lastTime() string {
	if w.lastExit == "" {
		return ""
	}
	return ", the last time" + w.lastExit
}

const outOfMemory = "out of memory"

// describeExit says how a container that does not run has exited, as the end of a
// sentence.
func describeExit(state dockerhost.State) string {
	text := fmt.Sprintf(" with code %d", state.ExitCode)
	if !state.OOMKilled {
		return text
	}
	text += "; the kernel killed it: " + outOfMemory
	if state.MemoryLimit > 0 {
		text += fmt.Sprintf(", limit %d MB", state.MemoryLimit>>20)
	}
	return text + "; give it more"
}

// notRunningReason returns why the container cannot answer now, "" if it runs.
func (w *containerWatch) notRunningReason(state dockerhost.State) string {
	switch {
	case state.Running:
		return ""
	case state.Status == "restarting":
		return fmt.Sprintf("container %s is restarting, it ended%s", w.name, w.lastExit)
	}
	return fmt.Sprintf("container %s is %s", w.name, state.Status)
}
