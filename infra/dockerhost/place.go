package dockerhost

import (
	"context"
	"slices"

	"github.com/docker/docker/api/types/container"
)

// Place is where a container belongs.
type Place struct {
	Network string   // "": wherever it is
	Aliases []string // its names there
}

// limited tells whether somebody bounded a container's processors or processes.
// A number of processors, as against a quota, cannot be lifted again.
func limited(r container.Resources) bool {
	return r.CPUQuota > 0 || r.PidsLimit != nil && *r.PidsLimit > 0
}

// Fit puts a container that runs where it belongs: it goes on if it was paused,
// is on the network under all its names, and has no limit of processors or
// processes.
func (e *Engine) Fit(ctx context.Context, name string, in Place) error {
	info, err := e.api.ContainerInspect(ctx, name)
	if err != nil {
		return known(err)
	}
	if info.State.Paused {
		if err := e.api.ContainerUnpause(ctx, info.ID); err != nil {
			return known(err)
		}
	}
	if info.HostConfig != nil && limited(info.HostConfig.Resources) {
		none := int64(-1)
		lift := container.Resources{PidsLimit: &none}
		if info.HostConfig.CPUQuota > 0 {
			lift.CPUQuota = none
		}
		if _, err := e.api.ContainerUpdate(ctx, info.ID, container.UpdateConfig{Resources: lift}); err != nil {
			return known(err)
		}
	}
	if in.Network == "" {
		return nil
	}
	on, joined := info.NetworkSettings.Networks[in.Network]
	if joined {
		nameless := func(alias string) bool { return !slices.Contains(on.Aliases, alias) }
		if !slices.ContainsFunc(in.Aliases, nameless) {
			return nil
		}
		if err := e.api.NetworkDisconnect(ctx, in.Network, info.ID, false); err != nil {
			return known(err)
		}
	}
	return known(e.Connect(ctx, in.Network, info.ID, in.Aliases))
}
