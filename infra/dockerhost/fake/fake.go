// Package fake is a Docker engine in memory, for tests of what asks one.
package fake

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"

	"speedscale/infra/dockerhost"
)

// Engine answers as dockerhost's does, out of what it has. Its fields are set
// before it is asked.
type Engine struct {
	Has     Contents
	Says    dockerhost.Info // of its machine
	Down    error           // its answer to every list and look, if it is set
	NoStart error           // no container starts, for this reason
	Uses    uint64          // bytes of memory, each container
	// AllRun has every container run that it is asked for, with the id
	// "<name>-id", unless something else was said of it.
	AllRun bool
	Registry

	mu      sync.Mutex
	played  map[string]play
	gone    map[string]bool
	jobs    map[string]func() int
	journal []string
}

// Contents are what is on an engine.
type Contents struct {
	Containers []dockerhost.Container
	Networks   []dockerhost.Network
	Volumes    []dockerhost.Volume
	Images     []string
}

// play is what a container shows, one state after the other, a look each.
type play struct {
	states []dockerhost.State
	log    string
}

// Play has a container be there and gives it the last lines of its log, and
// states, one after the other, each for one look and the last one for ever.
func (e *Engine) Play(name, log string, states ...dockerhost.State) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.played == nil {
		e.played = map[string]play{}
	}
	e.played[name] = play{states, log}
	delete(e.gone, name)
}

// Lose takes a container away, by its name or id.
func (e *Engine) Lose(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lose(name)
}

func (e *Engine) lose(name string) {
	e.Has.Containers = slices.DeleteFunc(e.Has.Containers, is(name))
	delete(e.played, name)
	if e.gone == nil {
		e.gone = map[string]bool{}
	}
	e.gone[name] = true
}

// OnRun says what a container does when it is run, and with which code it ends.
func (e *Engine) OnRun(name string, job func() int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.jobs == nil {
		e.jobs = map[string]func() int{}
	}
	e.jobs[name] = job
}

// Journal is what the engine was told to change since it was last asked for.
func (e *Engine) Journal() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer func() { e.journal = nil }()
	return e.journal
}

// note is called with the lock.
func (e *Engine) note(format string, args ...any) {
	e.journal = append(e.journal, fmt.Sprintf(format, args...))
}

func is(name string) func(dockerhost.Container) bool {
	return func(c dockerhost.Container) bool { return c.Name == name || c.ID == name }
}

// find is called with the lock; nil if there is no such container in a list.
func (e *Engine) find(name string) *dockerhost.Container {
	if i := slices.IndexFunc(e.Has.Containers, is(name)); i >= 0 {
		return &e.Has.Containers[i]
	}
	return nil
}

// Host is described at dockerhost.Engine, as is all that follows.
func (e *Engine) Host() string { return "unix:///var/run/docker.sock" }

func (e *Engine) Info(context.Context) (dockerhost.Info, error) { return e.Says, e.Down }

func (e *Engine) Containers(_ context.Context, labels ...string) ([]dockerhost.Container, error) {
	return carrying(e, e.Has.Containers, labels, func(c dockerhost.Container) map[string]string { return c.Labels })
}

func (e *Engine) Networks(_ context.Context, labels ...string) ([]dockerhost.Network, error) {
	return carrying(e, e.Has.Networks, labels, func(n dockerhost.Network) map[string]string { return n.Labels })
}

func (e *Engine) Volumes(_ context.Context, labels ...string) ([]dockerhost.Volume, error) {
	return carrying(e, e.Has.Volumes, labels, func(v dockerhost.Volume) map[string]string { return v.Labels })
}

func carrying[T any](e *Engine, all []T, labels []string, of func(T) map[string]string) ([]T, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	lacks := func(one T) bool {
		return slices.ContainsFunc(labels, func(label string) bool {
			key, value, _ := strings.Cut(label, "=")
			return of(one)[key] != value
		})
	}
	return slices.DeleteFunc(slices.Clone(all), lacks), e.Down
}

func (e *Engine) State(_ context.Context, name string) (dockerhost.State, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	p, played := e.played[name]
	c := e.find(name)
	switch {
	case e.Down != nil:
		return dockerhost.State{}, e.Down
	case played:
		e.played[name] = play{p.states[min(1, len(p.states)-1):], p.log}
		return p.states[0], nil
	case c != nil:
		state := dockerhost.State{ID: c.ID, Labels: c.Labels, Running: c.Status == "running", Status: c.Status, Networks: map[string][]string{}}
		for network := range c.Networks {
			state.Networks[network] = nil
		}
		return state, nil
	case e.AllRun && !e.gone[name]:
		return dockerhost.State{ID: name + "-id", Running: true, Status: "running"}, nil
	}
	return dockerhost.State{}, dockerhost.ErrNoContainer
}

func (e *Engine) Memory(context.Context, string) (uint64, error) { return e.Uses, nil }

func (e *Engine) Tail(_ context.Context, name string, _ int) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.played[name].log, nil
}

func (e *Engine) Fit(_ context.Context, name string, in dockerhost.Place) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.note("fit %s on %s as %v", name, in.Network, in.Aliases)
	return nil
}

func (e *Engine) Run(ctx context.Context, name string) (int, error) {
	if _, err := e.State(ctx, name); err != nil {
		return 0, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if job := e.jobs[name]; job != nil {
		return job(), nil
	}
	return 0, nil
}

func (e *Engine) Start(_ context.Context, id string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.note("start %s", id)
	if c := e.find(id); c != nil && e.NoStart == nil {
		c.Status = "running"
	}
	return e.NoStart
}

func (e *Engine) Stop(_ context.Context, id string, grace time.Duration) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if grace > 0 {
		e.note("stop %s within %s", id, grace)
	} else {
		e.note("stop %s", id)
	}
	if c := e.find(id); c != nil {
		c.Status = "exited"
	}
	return nil
}

func (e *Engine) RemoveContainer(_ context.Context, id string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.note("remove %s", id)
	e.lose(id)
	return nil
}

func (e *Engine) RemoveNetwork(_ context.Context, id string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.note("remove network %s", id)
	for _, c := range e.Has.Containers {
		for _, on := range c.Networks {
			if on == id && c.Status == "running" {
				return fmt.Errorf("network %s has active endpoints: %w", id, errdefs.ErrPermissionDenied)
			}
		}
	}
	e.Has.Networks = slices.DeleteFunc(e.Has.Networks, func(n dockerhost.Network) bool { return n.ID == id })
	return nil
}

func (e *Engine) RemoveVolume(_ context.Context, name string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.note("remove volume %s", name)
	e.Has.Volumes = slices.DeleteFunc(e.Has.Volumes, func(v dockerhost.Volume) bool { return v.Name == name })
	return nil
}

func (e *Engine) Connect(_ context.Context, network, id string, aliases []string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.note("connect %s to %s as %v", id, network, aliases)
	return nil
}
