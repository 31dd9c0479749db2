package recovery

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"golang.org/x/sync/errgroup"
)

// Docker is what recovery asks of a daemon; *client.Client implements it.
type Docker interface {
	ContainerList(context.Context, container.ListOptions) ([]container.Summary, error)
	ContainerStart(context.Context, string, container.StartOptions) error
	ContainerStop(context.Context, string, container.StopOptions) error
	ContainerRemove(context.Context, string, container.RemoveOptions) error
	NetworkList(context.Context, network.ListOptions) ([]network.Summary, error)
	NetworkRemove(context.Context, string) error
	VolumeList(context.Context, volume.ListOptions) (volume.ListResponse, error)
	VolumeRemove(context.Context, string, bool) error
}

// look lists what carries the label, as key=value.
func look(ctx context.Context, docker Docker, label string) (on seen, err error) {
	ours := filters.NewArgs(filters.Arg("label", label))
	containers, err := docker.ContainerList(ctx, container.ListOptions{All: true, Filters: ours})
	if err != nil {
		return on, fmt.Errorf("list the stack's containers: %w", err)
	}
	for _, c := range containers {
		one := thing{
			ID: c.ID, Name: strings.TrimPrefix(strings.Join(c.Names, ""), "/"),
			Stopped: slices.Contains([]string{"exited", "created", "dead"}, c.State),
		}
		if c.NetworkSettings != nil {
			for _, n := range c.NetworkSettings.Networks {
				one.On = append(one.On, n.NetworkID)
			}
		}
		on.Containers = append(on.Containers, one)
	}
	networks, err := docker.NetworkList(ctx, network.ListOptions{Filters: ours})
	if err != nil {
		return on, fmt.Errorf("list the stack's networks: %w", err)
	}
	for _, n := range networks {
		on.Networks = append(on.Networks, thing{ID: n.ID, Name: n.Name})
	}
	volumes, err := docker.VolumeList(ctx, volume.ListOptions{Filters: ours})
	if err != nil {
		return on, fmt.Errorf("list the stack's volumes: %w", err)
	}
	for _, v := range volumes.Volumes {
		on.Volumes = append(on.Volumes, thing{ID: v.Name, Name: v.Name})
	}
	return on, nil
}

// clean removes what no run has recorded. A member's data stays in its volume,
// and the container that is made in its place takes it up again.
func clean(ctx context.Context, docker Docker, p plan, say func(string)) error {
	var group errgroup.Group
	for _, c := range p.Remove {
		say("removing the container " + c.Name + ", which no run has recorded")
		group.Go(func() error { return removeContainer(ctx, docker, c) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, n := range p.Networks {
		say("removing the network " + n.Name + ", which no run has recorded")
		err := docker.NetworkRemove(ctx, n.ID)
		if errdefs.IsPermissionDenied(err) { // it has active endpoints
			return fmt.Errorf("the network %s carries the stack's label and is in use by containers that do not: disconnect them, or remove it: %w", n.Name, err)
		}
		if err != nil && !errdefs.IsNotFound(err) {
			return fmt.Errorf("remove the network %s: %w", n.Name, err)
		}
	}
	return nil
}

// removeContainer lets a container stop in its own time: a primary hands over.
// Volumes without a name, which images declare, go with it; a member's has one.
func removeContainer(ctx context.Context, docker Docker, c thing) error {
	if err := docker.ContainerStop(ctx, c.ID, container.StopOptions{}); err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("stop the container %s: %w", c.Name, err)
	}
	err := docker.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true, RemoveVolumes: true})
	if err != nil && !errdefs.IsNotFound(err) && !errdefs.IsConflict(err) { // a conflict: it is being removed
		return fmt.Errorf("remove the container %s: %w", c.Name, err)
	}
	return nil
}

// start starts what a delete had stopped when its run was killed: the engine
// takes a stopped container for a lost one and then meets its name. One that
// cannot start is removed, and reported as missing.
func start(ctx context.Context, docker Docker, p plan, say func(string)) (missing []thing, err error) {
	for _, c := range p.Start {
		say("starting the container " + c.Name + ", which had been stopped")
		failed := docker.ContainerStart(ctx, c.ID, container.StartOptions{})
		if failed == nil {
			continue
		}
		say(fmt.Sprintf("the container %s does not start and is made anew: %v", c.Name, failed))
		if err := removeContainer(ctx, docker, c); err != nil {
			return missing, err
		}
		missing = append(missing, c)
	}
	return missing, nil
}

// RemoveVolumes removes volumes with the stack's label that a destroyed stack
// has left because no run had recorded them. Those that are not ours by their
// names stay: another checkout's stack may have the same label.
func RemoveVolumes(ctx context.Context, docker Docker, label string, ours func(volume string) bool, say func(string)) error {
	on, err := look(ctx, docker, label)
	if err != nil {
		return err
	}
	for _, v := range on.Volumes {
		if !ours(v.Name) {
			continue
		}
		say("removing the volume " + v.Name + ", which no run has recorded")
		if err := docker.VolumeRemove(ctx, v.ID, false); err != nil && !errdefs.IsNotFound(err) {
			return fmt.Errorf("remove the volume %s: %w", v.Name, err)
		}
	}
	return nil
}
