package dockerhost

import (
	"context"
	"slices"

	"github.com/docker/docker/api/types/container"
)

// Attachment says to which network a container belongs.
type Attachment struct {
	Network string   // "": any
	Aliases []string // the container's DNS names on it
}

// limited reports whether a container has a CPU quota or a limit of processes. A
// number of CPUs (NanoCPUs) does not count, since it cannot be lifted again without
// replacing the container.
func limited(r container.Resources) bool {
	return r.CPUQuota > 0 || r.PidsLimit != nil && *r.PidsLimit > 0
}

// RepairDrift undoes what somebody may have done to a running container: it
// unpauses it, lifts limits of CPUs and processes, and connects it to its network
// with all its aliases.
func (e *Engine) RepairDrift(ctx context.Context, name string, want Attachment) error {
	info, err := e.api.ContainerInspect(ctx, name)
	if err != nil {
		return asErrNoContainer(err)
	}
	if info.State.Paused {
		if err := e.api.ContainerUnpause(ctx, info.ID); err != nil {
			return asErrNoContainer(err)
		}
	}
	if info.HostConfig != nil && limited(info.HostConfig.Resources) {
		unlimited := int64(-1)
		resources := container.Resources{PidsLimit: &unlimited}
		if info.HostConfig.CPUQuota > 0 {
			resources.CPUQuota = unlimited
		}
		if _, err := e.api.ContainerUpdate(ctx, info.ID, container.UpdateConfig{Resources: resources}); err != nil {
			return asErrNoContainer(err)
		}
	}
	if want.Network == "" {
		return nil
	}
	endpoint, connected := info.NetworkSettings.Networks[want.Network]
	if connected {
		missing := func(alias string) bool { return !slices.Contains(endpoint.Aliases, alias) }
		if !slices.ContainsFunc(want.Aliases, missing) {
			return nil
		}
		if err := e.api.NetworkDisconnect(ctx, want.Network, info.ID, false); err != nil {
			return asErrNoContainer(err)
		}
	}
	return asErrNoContainer(e.Connect(ctx, want.Network, info.ID, want.Aliases))
}
