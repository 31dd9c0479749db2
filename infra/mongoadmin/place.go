package mongoadmin

import (
	"context"
	"slices"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
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

// Fit is described at Containers.
func (d *Docker) Fit(ctx context.Context, name string, in Place) error {
	info, err := d.api.ContainerInspect(ctx, name)
	if err != nil {
		return containerError(name, err)
	}
	if info.State.Paused {
		if err := d.api.ContainerUnpause(ctx, info.ID); err != nil {
			return containerError(name, err)
		}
	}
	if info.HostConfig != nil && limited(info.HostConfig.Resources) {
		none := int64(-1)
		lift := container.Resources{PidsLimit: &none}
		if info.HostConfig.CPUQuota > 0 {
			lift.CPUQuota = none
		}
		if _, err := d.api.ContainerUpdate(ctx, info.ID, container.UpdateConfig{Resources: lift}); err != nil {
			return containerError(name, err)
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
		if err := d.api.NetworkDisconnect(ctx, in.Network, info.ID, false); err != nil {
			return containerError(name, err)
		}
	}
	if err := d.api.NetworkConnect(ctx, in.Network, info.ID, &network.EndpointSettings{Aliases: slices.Clone(in.Aliases)}); err != nil {
		return containerError(name, err)
	}
	return nil
}
