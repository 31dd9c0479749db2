package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
)

// Container is one that runs.
type Container struct {
	Name, Role string
	Process    int    // its first, as this machine numbers it
	Address    string // on the stack's network
}

// At is one of its ports, which this machine reaches without what publishes ports: on
// Linux, where containers are on a bridge of its own.
func (c Container) At(port string) string { return net.JoinHostPort(c.Address, port) }

// Read is a file in the container.
func (c Container) Read(ctx context.Context, file string) (string, error) {
	return docker(ctx, "exec", c.Name, "cat", file)
}

// Containers are those of the stack that run.
func (s Stack) Containers(ctx context.Context) ([]Container, error) {
	ids, err := docker(ctx, "ps", "--quiet", "--filter", "label=speedscale.stack="+Name)
	if err != nil {
		return nil, err
	}
	if ids == "" {
		return nil, fmt.Errorf("no container of the stack %s runs", Name)
	}
	text, err := docker(ctx, append([]string{"inspect"}, strings.Fields(ids)...)...)
	if err != nil {
		return nil, err
	}
	return parse(text)
}

// parse reads what `docker inspect` prints.
func parse(text string) (all []Container, err error) {
	var found []struct {
		Name            string
		State           struct{ Pid int }
		Config          struct{ Labels map[string]string }
		NetworkSettings struct {
			Networks map[string]struct{ IPAddress string }
		}
	}
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		return nil, fmt.Errorf("read what docker inspect prints: %w", err)
	}
	for _, f := range found {
		c := Container{Name: strings.TrimPrefix(f.Name, "/"), Role: f.Config.Labels["speedscale.role"], Process: f.State.Pid}
		for _, network := range f.NetworkSettings.Networks {
			c.Address = network.IPAddress
		}
		all = append(all, c)
	}
	return all, nil
}
