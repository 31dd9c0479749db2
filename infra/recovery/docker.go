package recovery

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"speedscale/infra/dockerhost"
)

// Docker is what recovery asks of a daemon; *dockerhost.Engine implements it.
type Docker interface {
	Contents(ctx context.Context, labels ...string) (dockerhost.Contents, error)
	Start(ctx context.Context, id string) error
	Stop(ctx context.Context, id string, grace time.Duration) error
	RemoveContainer(ctx context.Context, id string) error
	RemoveNetwork(ctx context.Context, id string) error
	RemoveVolume(ctx context.Context, name string) error
}

// look lists what carries the label, as key=value.
func look(ctx context.Context, docker Docker, label string) (on seen, err error) {
	has, err := docker.Contents(ctx, label)
	if err != nil {
		return on, fmt.Errorf("list the stack's %w", err)
	}
	for _, c := range has.Containers {
		on.Containers = append(on.Containers, thing{
			ID: c.ID, Name: c.Name, Stopped: slices.Contains([]string{"exited", "created", "dead"}, c.Status), On: slices.Collect(maps.Values(c.Networks)),
		})
	}
	for _, n := range has.Networks {
		on.Networks = append(on.Networks, thing{ID: n.ID, Name: n.Name})
	}
	for _, v := range has.Volumes {
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
		err := docker.RemoveNetwork(ctx, n.ID)
		if dockerhost.IsInUse(err) {
			return fmt.Errorf("the network %s carries the stack's label and is in use by containers that do not: disconnect them, or remove it: %w", n.Name, err)
		}
		if err != nil {
			return fmt.Errorf("remove the network %s: %w", n.Name, err)
		}
	}
	return nil
}

// removeContainer lets a container stop in its own time: a primary hands over.
// A member's volume has a name, and stays.
func removeContainer(ctx context.Context, docker Docker, c thing) error {
	if err := docker.Stop(ctx, c.ID, 0); err != nil {
		return fmt.Errorf("stop the container %s: %w", c.Name, err)
	}
	if err := docker.RemoveContainer(ctx, c.ID); err != nil {
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
		failed := docker.Start(ctx, c.ID)
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
		if err := docker.RemoveVolume(ctx, v.Name); err != nil {
			return fmt.Errorf("remove the volume %s: %w", v.Name, err)
		}
	}
	return nil
}
