package dockerhost

import (
	"context"
	"slices"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
)

// Start starts a container.
func (e *Engine) Start(ctx context.Context, id string) error {
	return e.api.ContainerStart(ctx, id, container.StartOptions{})
}

// Stop lets a container end within the grace; 0 is the time that it was made
// with. One that is gone has ended.
func (e *Engine) Stop(ctx context.Context, id string, grace time.Duration) error {
	var options container.StopOptions
	if grace > 0 {
		options.Timeout = new(int(grace.Seconds()))
	}
	return unlessGone(e.api.ContainerStop(ctx, id, options))
}

// RemoveContainer removes a container, whether it runs or not, and with it its
// volumes without a name, which images declare.
func (e *Engine) RemoveContainer(ctx context.Context, id string) error {
	err := e.api.ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: true})
	if errdefs.IsConflict(err) { // it is being removed
		return nil
	}
	return unlessGone(err)
}

// RemoveNetwork removes a network. IsInUse tells that containers are on it.
func (e *Engine) RemoveNetwork(ctx context.Context, id string) error {
	return unlessGone(e.api.NetworkRemove(ctx, id))
}

// IsInUse tells whether a network was not removed because containers that run
// are on it.
func IsInUse(err error) bool { return errdefs.IsPermissionDenied(err) }

// RemoveVolume removes a volume that no container uses.
func (e *Engine) RemoveVolume(ctx context.Context, name string) error {
	return unlessGone(e.api.VolumeRemove(ctx, name, false))
}

// Connect puts a container on a network, under these names.
func (e *Engine) Connect(ctx context.Context, to, id string, aliases []string) error {
	return e.api.NetworkConnect(ctx, to, id, &network.EndpointSettings{Aliases: slices.Clone(aliases)})
}

// unlessGone takes what is gone already for removed.
func unlessGone(err error) error {
	if errdefs.IsNotFound(err) {
		return nil
	}
	return err
}
