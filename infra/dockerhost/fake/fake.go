// Package fake is a Docker engine in memory, for tests of what asks one.
package fake

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
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
	Has     dockerhost.Contents
	Says    dockerhost.Info // of its machine
	Down    error           // its answer to every question about what it has, if it is set
	NoStart error           // no container starts, for this reason
	Uses    uint64          // bytes of memory, each container
	// Files are what its containers hold, by container and path.
	Files map[string]map[string]string
	// AllRun has every container run that it is asked for, with the id
	// "<name>-id", unless something else was said of it.
	AllRun bool
	Registry

	mu      sync.Mutex
	parts   map[string]*part
	journal []string
}

// part is what a container plays.
type part struct {
	states []dockerhost.State // one after the other, a look each
	log    string
	job    func() int
	gone   bool
}

// Play has a container be there and gives it the last lines of its log, and
// states, one after the other, each for one look and the last one for ever.
func (e *Engine) Play(name, log string, states ...dockerhost.State) {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := e.part(name)
	p.states, p.log, p.gone = states, log, false
}

// Lose takes a container away, by its name or id.
func (e *Engine) Lose(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.Has.Containers = slices.DeleteFunc(e.Has.Containers, is(name))
	*e.part(name) = part{gone: true}
}

// OnRun says what a container does when it is run, and with which code it ends.
func (e *Engine) OnRun(name string, job func() int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.part(name).job = job
}

// Journal is what the engine was told to change since it was last asked for.
func (e *Engine) Journal() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer func() { e.journal = nil }()
	return e.journal
}

// Note adds an order that something else was given to the journal.
func (e *Engine) Note(format string, args ...any) { e.told(format, args...)() }

// told notes an order, and is to be ended like a lock.
func (e *Engine) told(format string, args ...any) (end func()) {
	e.mu.Lock()
	e.journal = append(e.journal, fmt.Sprintf(format, args...))
	return e.mu.Unlock
}

func (e *Engine) part(name string) *part {
	if e.parts == nil {
		e.parts = map[string]*part{}
	}
	if e.parts[name] == nil {
		e.parts[name] = &part{}
	}
	return e.parts[name]
}

func is(name string) func(dockerhost.Container) bool {
	return func(c dockerhost.Container) bool { return c.Name == name || c.ID == name }
}

// becomes gives a container that is listed another status.
func (e *Engine) becomes(id, status string) {
	if i := slices.IndexFunc(e.Has.Containers, is(id)); i >= 0 {
		e.Has.Containers[i].Status = status
	}
}

// Host is described at dockerhost.Engine, as is all that follows.
func (e *Engine) Host() string { return "unix:///var/run/docker.sock" }

func (e *Engine) ReadFile(_ context.Context, name, file string) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	text, ok := e.Files[name][file]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return []byte(text), nil
}

func (e *Engine) WriteFiles(_ context.Context, name, folder string, files map[string]string) error {
	defer e.told("write %v to %s of %s", slices.Sorted(maps.Keys(files)), folder, name)()
	for file, text := range files {
		if e.Files[name] == nil {
			e.Files[name] = map[string]string{}
		}
		e.Files[name][path.Join(folder, file)] = text
	}
	return nil
}

func (e *Engine) Signal(_ context.Context, name, signal string) error {
	defer e.told("send %s to %s", signal, name)()
	return nil
}

func (e *Engine) Info(context.Context) (dockerhost.Info, error) { return e.Says, e.Down }

func (e *Engine) Contents(_ context.Context, labels ...string) (dockerhost.Contents, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	lacks := func(has map[string]string) bool {
		return slices.ContainsFunc(labels, func(label string) bool {
			key, value, _ := strings.Cut(label, "=")
			return has[key] != value
		})
	}
	return dockerhost.Contents{
		Containers: slices.DeleteFunc(slices.Clone(e.Has.Containers), func(c dockerhost.Container) bool { return lacks(c.Labels) }),
		Networks:   slices.DeleteFunc(slices.Clone(e.Has.Networks), func(n dockerhost.Network) bool { return lacks(n.Labels) }),
		Volumes:    slices.DeleteFunc(slices.Clone(e.Has.Volumes), func(v dockerhost.Volume) bool { return lacks(v.Labels) }),
	}, e.Down
}

func (e *Engine) State(_ context.Context, name string) (dockerhost.State, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	p, i := e.part(name), slices.IndexFunc(e.Has.Containers, is(name))
	switch {
	case e.Down != nil:
		return dockerhost.State{}, e.Down
	case len(p.states) > 0:
		now := p.states[0]
		p.states = p.states[min(1, len(p.states)-1):]
		return now, nil
	case i >= 0:
		c := e.Has.Containers[i]
		state := dockerhost.State{ID: c.ID, Labels: c.Labels, Running: c.Status == "running", Status: c.Status, Networks: map[string][]string{}}
		for network := range c.Networks {
			state.Networks[network] = nil
		}
		return state, nil
	case e.AllRun && !p.gone:
		return dockerhost.State{ID: name + "-id", Running: true, Status: "running"}, nil
	}
	return dockerhost.State{}, dockerhost.ErrNoContainer
}

func (e *Engine) Memory(context.Context, string) (uint64, error) { return e.Uses, nil }

func (e *Engine) Tail(_ context.Context, name string, _ int) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.part(name).log, nil
}

func (e *Engine) RepairDrift(_ context.Context, name string, want dockerhost.Declared) error {
	defer e.told("repair %s on %s as %v with %d processes", name, want.Network, want.Aliases, want.Processes)()
	return nil
}

func (e *Engine) RemoveUnusedVolumes(_ context.Context, label string) error {
	defer e.told("remove unused volumes with %s", label)()
	return nil
}

func (e *Engine) CreateHolder(_ context.Context, h dockerhost.Holder) error {
	defer e.told("create holder %s of %s with %v", h.Name, h.Folder, slices.Sorted(maps.Keys(h.Files)))()
	return nil
}

func (e *Engine) Run(ctx context.Context, name string) (int, error) {
	if _, err := e.State(ctx, name); err != nil {
		return 0, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if job := e.part(name).job; job != nil {
		return job(), nil
	}
	return 0, nil
}

func (e *Engine) Start(_ context.Context, id string) error {
	defer e.told("start %s", id)()
	if e.NoStart == nil {
		e.becomes(id, "running")
	}
	return e.NoStart
}

func (e *Engine) Stop(_ context.Context, id string, grace time.Duration) error {
	order := "stop " + id
	if grace > 0 {
		order += " within " + grace.String()
	}
	defer e.told("%s", order)()
	e.becomes(id, "exited")
	return nil
}

func (e *Engine) RemoveContainer(_ context.Context, id string) error {
	e.told("remove %s", id)()
	e.Lose(id)
	return nil
}

func (e *Engine) RemoveNetwork(_ context.Context, id string) error {
	defer e.told("remove network %s", id)()
	for _, c := range e.Has.Containers {
		if c.Status == "running" && slices.Contains(slices.Collect(maps.Values(c.Networks)), id) {
			return fmt.Errorf("network %s has active endpoints: %w", id, errdefs.ErrPermissionDenied)
		}
	}
	e.Has.Networks = slices.DeleteFunc(e.Has.Networks, func(n dockerhost.Network) bool { return n.ID == id })
	return nil
}

func (e *Engine) RemoveVolume(_ context.Context, name string) error {
	defer e.told("remove volume %s", name)()
	e.Has.Volumes = slices.DeleteFunc(e.Has.Volumes, func(v dockerhost.Volume) bool { return v.Name == name })
	return nil
}

func (e *Engine) Connect(_ context.Context, network, id string, aliases []string) error {
	defer e.told("connect %s to %s as %v", id, network, aliases)()
	return nil
}
