package fake

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"speedscale/infra/mongoadmin"
)

// Containers is a Docker in memory. Every container exists and runs, with the
// id "<name>-id", unless it was set otherwise.
type Containers struct {
	mu    sync.Mutex
	state map[string][]mongoadmin.ContainerState // one after the other, a look each
	gone  map[string]bool
	log   map[string]string
	jobs  map[string]func() int
	fits  []string
}

var _ mongoadmin.Containers = (*Containers)(nil)

// NewContainers is a Docker where all is well.
func NewContainers() *Containers {
	return &Containers{state: map[string][]mongoadmin.ContainerState{}, gone: map[string]bool{}, log: map[string]string{}, jobs: map[string]func() int{}}
}

// Set gives the container a state and the last lines of its log.
func (c *Containers) Set(name string, state mongoadmin.ContainerState, log string) {
	c.Play(name, log, state)
}

// Play gives the container states, one after the other, each for one look and
// the last one for ever.
func (c *Containers) Play(name, log string, states ...mongoadmin.ContainerState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state[name], c.log[name] = states, log
	delete(c.gone, name)
}

// Remove takes the container away.
func (c *Containers) Remove(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone[name] = true
}

// State is described at mongoadmin.Containers.
func (c *Containers) State(_ context.Context, name string) (mongoadmin.ContainerState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone[name] {
		return mongoadmin.ContainerState{}, fmt.Errorf("container %s: %w", name, mongoadmin.ErrNoContainer)
	}
	if states := c.state[name]; len(states) > 0 {
		c.state[name] = states[min(1, len(states)-1):]
		return states[0], nil
	}
	return mongoadmin.ContainerState{ID: name + "-id", Running: true, Status: "running"}, nil
}

// Fit notes what it is told.
func (c *Containers) Fit(_ context.Context, name string, in mongoadmin.Place) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fits = append(c.fits, fmt.Sprintf("%s on %s as %v", name, in.Network, in.Aliases))
	return nil
}

// Fits is what Fit was told.
func (c *Containers) Fits() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.fits)
}

// Tail is described at mongoadmin.Containers.
func (c *Containers) Tail(_ context.Context, name string, _ int) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log[name], nil
}

// OnRun says what a container does when it is run, and with which code it ends.
func (c *Containers) OnRun(name string, job func() int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.jobs[name] = job
}

// Run is described at mongoadmin.Containers.
func (c *Containers) Run(ctx context.Context, name string) (int, error) {
	if _, err := c.State(ctx, name); err != nil {
		return 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if job := c.jobs[name]; job != nil {
		return job(), nil
	}
	return 0, nil
}
