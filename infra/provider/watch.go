package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"speedscale/infra/dockerhost"
	"speedscale/infra/mongoadmin"
)

// tooOften is how often a container may end while it is waited for: ending once
// or twice before what it needs is there is nothing unusual.
const tooOften = 3

// stuckAfter is how long a container may be seen between its end and its next
// start. Docker waits 0.1 s at first and twice as long each time: one that is
// seen there for longer than this has ended six times, each time soon after its
// start, and may not be started again for a minute.
const stuckAfter = 2 * time.Second

// watch looks at a container for as long as one wait lasts, and notices when
// waiting is of no use. Docker's own counter is the container's whole life's.
type watch struct {
	Clients
	name string

	begun  bool
	id     string
	first  int       // how often it had been started again when the wait began
	ending string    // how it ended last, as far as it was seen
	ended  time.Time // since when it is seen between an end and a start
}

func (c Clients) watch(container string) *watch {
	return &watch{Clients: c, name: container}
}

// look is what Docker says of the container now. Its error says that waiting is
// of no use; or, as ErrUnreachable, that Docker did not answer.
func (w *watch) look(ctx context.Context) (dockerhost.State, error) {
	state, err := w.state(ctx, w.name)
	if errors.Is(err, dockerhost.ErrNoContainer) {
		return state, err
	}
	if err != nil {
		return state, fmt.Errorf("%w: ask Docker: %w", mongoadmin.ErrUnreachable, err)
	}
	w.note(state)
	restarts := state.RestartCount - w.first
	switch {
	case state.Status == "exited" || state.Status == "dead":
		return state, fmt.Errorf("container %s has %s%s", w.name, state.Status, w.ending)
	case restarts >= tooOften:
		return state, fmt.Errorf("container %s ends again and again: %d times since it is waited for%s", w.name, restarts, w.lastEnding())
	case state.RestartCount >= tooOften && !w.ended.IsZero() && time.Since(w.ended) >= stuckAfter:
		return state, fmt.Errorf("container %s ends again and again: %d times since it was started%s", w.name, state.RestartCount, w.lastEnding())
	}
	return state, nil
}

// note remembers what Docker forgets when it starts the container again.
func (w *watch) note(state dockerhost.State) {
	// Another container, or one that somebody started: Docker counts anew.
	if !w.begun || state.ID != w.id || state.RestartCount < w.first {
		w.begun, w.id, w.first, w.ending = true, state.ID, state.RestartCount, ""
	}
	switch state.Status {
	case "restarting", "exited", "dead":
		w.ending = ending(state)
	}
	switch {
	case state.Status != "restarting":
		w.ended = time.Time{}
	case w.ended.IsZero():
		w.ended = time.Now()
	}
}

func (w *watch) lastEnding() string {
	if w.ending == "" {
		return ""
	}
	return ", the last time" + w.ending
}

const outOfMemory = "out of memory"

// ending is how a container that does not run has ended.
func ending(state dockerhost.State) string {
	text := fmt.Sprintf(" with code %d", state.ExitCode)
	if !state.OOMKilled {
		return text
	}
	text += "; the kernel ended it: " + outOfMemory
	if state.MemoryLimit > 0 {
		text += fmt.Sprintf(", limit %d MB", state.MemoryLimit>>20)
	}
	return text + "; give it more"
}

// notRunning is why the container cannot answer now, "" if it runs.
func (w *watch) notRunning(state dockerhost.State) string {
	switch {
	case state.Running:
		return ""
	case state.Status == "restarting":
		return fmt.Sprintf("container %s is restarting, it ended%s", w.name, w.ending)
	}
	return fmt.Sprintf("container %s is %s", w.name, state.Status)
}
