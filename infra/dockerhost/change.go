package dockerhost

import (
	"context"
	"slices"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
)

// Start starts a container.
func (e *Engine) Start(ctx context.Context, id string) error {
	return e.api.ContainerStart(ctx, id, container.StartOptions{})
}

// Stop stops a container and gives it the grace period to shut down. With 0 the
// container's own stop timeout applies. A container that does not exist is no
// error.
func (e *Engine) Stop(ctx context.Context, id string, grace time.Duration) error {
	var options container.StopOptions
	if grace > 0 {
		options.Timeout = new(int(grace.Seconds()))
	}
	return ignoreNotFound(e.api.ContainerStop(ctx, id, options))
}

// RemoveContainer removes a container, even a running one, together with its
// anonymous volumes. A container that does not exist is no error.
func (e *Engine) RemoveContainer(ctx context.Context, id string) error {
	err := e.api.ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: true})
	if errdefs.IsConflict(err) { // its removal is already in progress
		return nil
	}
	return ignoreNotFound(err)
}

// RemoveNetwork removes a network. A network that does not exist is no error. The
// error satisfies IsInUse if running containers are connected to it.
func (e *Engine) RemoveNetwork(ctx context.Context, id string) error {
	return ignoreNotFound(e.api.NetworkRemove(ctx, id))
}

// IsInUse reports whether RemoveNetwork failed because running containers are
// connected to the network.
func IsInUse(err error) bool { return errdefs.IsPermissionDenied(err) }

// RemoveVolume removes a volume, which no container may use. A volume that does
// not exist is no error.
func (e *Engine) RemoveVolume(ctx context.Context, name string) error {
	return ignoreNotFound(e.api.VolumeRemove(ctx, name, false))
}

// RemoveUnusedVolumes removes the volumes with the label, as "key=value", that no
// container uses.
func (e *Engine) RemoveUnusedVolumes(ctx context.Context, label string) error {
	filter := labelFilter([]string{label})
	filter.Add("dangling", "true")
	unused, err := e.api.VolumeList(ctx, volume.ListOptions{Filters: filter})
	if err != nil {
		return err
	}
	for _, v := range unused.Volumes {
		if err := e.RemoveVolume(ctx, v.Name); err != nil && !errdefs.IsConflict(err) { // it is used by now
			return err
		}
	}
	return nil
}

// Connect connects a container to a network, with these aliases as its DNS names.
func (e *Engine) Connect(ctx context.Context, networkName, id string, aliases []string) error {
	return e.api.NetworkConnect(ctx, networkName, id, &network.EndpointSettings{Aliases: slices.Clone(aliases)})
}

func ignoreNotFound(err error) error {
	if errdefs.IsNotFound(err) {
		return nil
	}
	return err
}
