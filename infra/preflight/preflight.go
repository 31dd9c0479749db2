// Package preflight looks, before anything is changed, for what would stop a
// deployment half-way, and says all of it at once.
package preflight

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"speedscale/infra/dockerhost"
	"speedscale/infra/topology"
)

// minFree is what a new stack needs on the daemon's disk, in bytes: MongoDB
// preallocates about 200 MB of journal a member.
const minFree = 3 << 30

// Docker is what the checks ask a daemon; *dockerhost.Engine implements it.
type Docker interface {
	Info(context.Context) (dockerhost.Info, error)
	Contents(ctx context.Context, labels ...string) (dockerhost.Contents, error)
	Host() string
}

// Reach asks the daemon what it is; an error says that none answers.
func Reach(ctx context.Context, docker Docker) (dockerhost.Info, error) {
	info, err := docker.Info(ctx)
	if refused := dockerhost.PermissionError(err); refused != nil {
		return info, refused
	}
	if err != nil {
		return info, fmt.Errorf("Docker does not answer at %s: start it, or name another one in DOCKER_HOST (%w)", docker.Host(), err)
	}
	return info, nil
}

// Check compares the plan of the stack with what the daemon already has. What
// carries the label with the stack's name is the stack's own.
func Check(ctx context.Context, docker Docker, plan topology.Plan, label, stack string) error {
	info, err := Reach(ctx, docker)
	if err != nil {
		return err
	}
	on, err := docker.Contents(ctx)
	if err != nil {
		return fmt.Errorf("list Docker's %w", err)
	}
	owned := func(labels map[string]string) bool { return labels[label] == stack }
	var mistakes []error
	mistakes = append(mistakes, strangers(plan, on, owned)...)
	mistakes = append(mistakes, renamed(plan, on, owned)...)
	mistakes = append(mistakes, unfinished(plan, on.Containers, owned)...)
	mistakes = append(mistakes, leftBehind(plan, on, owned)...)
	mistakes = append(mistakes, tooMuch(plan, info.Memory)...)
	if _, err := info.Arch(); err != nil {
		mistakes = append(mistakes, err)
	}
	if local(docker) {
		mistakes = append(mistakes, takenPorts(plan, on.Containers, owned)...)
		mistakes = append(mistakes, fullDisk(info.Root)...)
	}
	return errors.Join(mistakes...)
}

// local tells whether the daemon's ports and disk are this machine's.
func local(docker Docker) bool { return strings.HasPrefix(docker.Host(), "unix://") }

// strangers finds things under our names that are not ours.
func strangers(plan topology.Plan, on dockerhost.Contents, owned func(map[string]string) bool) (found []error) {
	planned := map[string]bool{"network " + plan.Network: true}
	for _, c := range plan.Containers() {
		planned["container "+c.Name] = true
		planned["volume "+c.Volume] = true
	}
	look := func(kind, name, setting string, labels map[string]string) {
		if planned[kind+" "+name] && !owned(labels) {
			found = append(found, fmt.Errorf("there is a %s %s that is not this stack's: remove it (`docker %s rm %s`), or choose other names with speedscale:%s", kind, name, kind, name, setting))
		}
	}
	for _, c := range on.Containers {
		look("container", c.Name, "containerPrefix", c.Labels)
	}
	for _, v := range on.Volumes {
		look("volume", v.Name, "volumePrefix", v.Labels)
	}
	for _, n := range on.Networks {
		look("network", n.Name, "network", n.Labels)
	}
	return found
}

// unfinished finds containers of ours that were made and never started, which
// only a killed run leaves. The engine would meet their names.
func unfinished(plan topology.Plan, containers []dockerhost.Container, owned func(map[string]string) bool) (found []error) {
	planned := map[string]bool{}
	for _, c := range plan.Containers() {
		planned[c.Name] = true
	}
	for _, c := range containers {
		if planned[c.Name] && owned(c.Labels) && c.Status == "created" {
			found = append(found, fmt.Errorf("the container %s was made and never started: a run was killed. `speedscale recover` puts right what it left", c.Name))
		}
	}
	return found
}

// takenPorts finds published ports that something else listens on.
func takenPorts(plan topology.Plan, containers []dockerhost.Container, owned func(map[string]string) bool) (found []error) {
	holders := map[int]dockerhost.Container{}
	for _, c := range containers {
		for _, p := range c.Ports {
			holders[p] = c
		}
	}
	for _, c := range plan.Containers() {
		for _, port := range c.Ports {
			holder, docker := holders[port.External]
			if docker && owned(holder.Labels) {
				continue
			}
			if err := listen(plan.BindAddress, port.External); err != nil {
				found = append(found, fmt.Errorf("port %d of %s, for %s, is taken by %s: free it, or set another one in speedscale:ports",
					port.External, plan.BindAddress, c.Name, holderName(holder, port.External)))
			}
		}
	}
	return found
}

func listen(address string, port int) error {
	l, err := net.Listen("tcp", net.JoinHostPort(address, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	return l.Close()
}

func holderName(c dockerhost.Container, port int) string {
	if c.Name != "" {
		return "the container " + c.Name
	}
	return fmt.Sprintf("another process (`ss -ltnp 'sport = :%d'` names it)", port)
}
