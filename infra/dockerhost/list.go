package dockerhost

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
)

// Container is a container as a list has it.
type Container struct {
	ID, Name string
	Labels   map[string]string
	Status   string            // "running", "exited", "created", …
	Networks map[string]string // ids, by name, of those that it is on, or was when it ran
	Volumes  map[string]string // names, by the folder where each is mounted
	Ports    []int             // of the host, that are published
}

// Network is a network of containers. A name may be that of several.
type Network struct {
	ID, Name string
	Labels   map[string]string
}

// Volume is a volume, with or without a name that somebody gave it.
type Volume struct {
	Name   string
	Labels map[string]string
}

// Contents are what is on an engine.
type Contents struct {
	Containers []Container
	Networks   []Network
	Volumes    []Volume
}

// Contents are those that carry all of the labels, each as key=value; containers
// too that do not run. An error begins with the kind that could not be listed.
func (e *Engine) Contents(ctx context.Context, labels ...string) (on Contents, err error) {
	carrying := filters.NewArgs()
	for _, label := range labels {
		carrying.Add("label", label)
	}
	containers, err := e.api.ContainerList(ctx, container.ListOptions{All: true, Filters: carrying})
	if err != nil {
		return on, fmt.Errorf("containers: %w", err)
	}
	for _, c := range containers {
		on.Containers = append(on.Containers, listed(c))
	}
	volumes, err := e.api.VolumeList(ctx, volume.ListOptions{Filters: carrying})
	if err != nil {
		return on, fmt.Errorf("volumes: %w", err)
	}
	for _, v := range volumes.Volumes {
		on.Volumes = append(on.Volumes, Volume{v.Name, v.Labels})
	}
	networks, err := e.api.NetworkList(ctx, network.ListOptions{Filters: carrying})
	if err != nil {
		return on, fmt.Errorf("networks: %w", err)
	}
	for _, n := range networks {
		on.Networks = append(on.Networks, Network{n.ID, n.Name, n.Labels})
	}
	return on, nil
}

// VolumeSizes are the bytes that volumes hold, by name, as far as they are known.
// The engine counts them, which takes its time.
func (e *Engine) VolumeSizes(ctx context.Context) (map[string]int64, error) {
	usage, err := e.api.DiskUsage(ctx, types.DiskUsageOptions{Types: []types.DiskUsageObject{types.VolumeObject}})
	sizes := map[string]int64{}
	for _, v := range usage.Volumes {
		if v.UsageData != nil && v.UsageData.Size >= 0 {
			sizes[v.Name] = v.UsageData.Size
		}
	}
	return sizes, err
}

func listed(c container.Summary) Container {
	out := Container{ID: c.ID, Name: ownName(c.Names), Labels: c.Labels, Status: c.State, Networks: map[string]string{}, Volumes: map[string]string{}}
	if c.NetworkSettings != nil {
		for name, on := range c.NetworkSettings.Networks {
			out.Networks[name] = on.NetworkID
		}
	}
	for _, m := range c.Mounts {
		if m.Type == mount.TypeVolume {
			out.Volumes[m.Destination] = m.Name
		}
	}
	for _, p := range c.Ports {
		if p.PublicPort != 0 {
			out.Ports = append(out.Ports, int(p.PublicPort))
		}
	}
	return out
}

// ownName is the name that a container was given; the others are those that old
// links have for it, /other/alias. One that is being removed may have none.
func ownName(names []string) string {
	i := slices.IndexFunc(names, func(name string) bool { return strings.Count(name, "/") == 1 })
	if i < 0 {
		return ""
	}
	return names[i][1:]
}
