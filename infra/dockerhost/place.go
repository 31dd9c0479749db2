package dockerhost

import (
	"context"
	"slices"

	"github.com/docker/docker/api/types/container"
)

// Declared says how a container is declared, as far as RepairDrift can change it.
type Declared struct {
	Network   string   // "": any
	Aliases   []string // the container's DNS names on it
	Processes int      // the most processes that it may have; 0: any number
}

func maxProcesses(r container.Resources) int {
	if r.PidsLimit == nil {
		return 0
	}
	return max(0, int(*r.PidsLimit)) // -1 is no limit, too
}

// limits returns the update of the limits has, if one is needed: a CPU quota is
// lifted, and the limit of processes is set. A number of CPUs (NanoCPUs) stays,
// since it cannot be lifted again without replacing the container.
func limits(has container.Resources, want Declared) (update container.Resources, needed bool) {
	if has.CPUQuota > 0 {
		update.CPUQuota, needed = -1, true
	}
	if maxProcesses(has) != want.Processes {
		limit := int64(want.Processes)
		if limit == 0 {
			limit = -1
		}
		update.PidsLimit, needed = &limit, true
	}
	return update, needed
}

// RepairDrift gives a running container what the Docker provider has no property for,
// its limit of processes, and undoes what somebody may have done to it: it unpauses
// it, lifts a CPU quota, and connects it to its network with all its aliases.
func (e *Engine) RepairDrift(ctx context.Context, name string, want Declared) error {
	info, err := e.api.ContainerInspect(ctx, name)
	if err != nil {
		return asErrNoContainer(err)
	}
	if info.State.Paused {
		if err := e.api.ContainerUnpause(ctx, info.ID); err != nil {
			return asErrNoContainer(err)
		}
	}
	if info.HostConfig != nil {
		if update, needed := limits(info.HostConfig.Resources, want); needed {
			if _, err := e.api.ContainerUpdate(ctx, info.ID, container.UpdateConfig{Resources: update}); err != nil {
				return asErrNoContainer(err)
			}
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
