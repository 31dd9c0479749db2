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

// Container is a container as Docker lists it.
type Container struct {
	ID, Name string
	Labels   map[string]string
	Status   string            // "running", "exited", "created", …
	Networks map[string]string // ids, by name, of the networks that it is connected to, or was when it last ran
	Volumes  map[string]string // volume names, by mount point
	Ports    []int             // published host ports
}

// Network is a Docker network. Several networks may have the same name.
type Network struct {
	ID, Name string
	Labels   map[string]string
}

// Volume is a named or an anonymous volume.
type Volume struct {
	Name   string
	Labels map[string]string
}

// Contents are the containers, networks and volumes of an engine.
type Contents struct {
	Containers []Container
	Networks   []Network
	Volumes    []Volume
}

// Containers lists the containers that carry all of the given labels, as Contents
// does.
func (e *Engine) Containers(ctx context.Context, labels ...string) (found []Container, err error) {
	containers, err := e.api.ContainerList(ctx, container.ListOptions{All: true, Filters: labelFilter(labels)})
	for _, c := range containers {
		found = append(found, fromSummary(c))
	}
	return found, err
}

func labelFilter(labels []string) filters.Args {
	filter := filters.NewArgs()
	for _, label := range labels {
		filter.Add("label", label)
	}
	return filter
}

// Contents lists what carries all of the given labels, each as "key=value",
// including stopped containers. Without labels it lists everything. An error begins
// with the kind of object that could not be listed.
func (e *Engine) Contents(ctx context.Context, labels ...string) (found Contents, err error) {
	if found.Containers, err = e.Containers(ctx, labels...); err != nil {
		return found, fmt.Errorf("containers: %w", err)
	}
	filter := labelFilter(labels)
	volumes, err := e.api.VolumeList(ctx, volume.ListOptions{Filters: filter})
	if err != nil {
		return found, fmt.Errorf("volumes: %w", err)
	}
	for _, v := range volumes.Volumes {
		found.Volumes = append(found.Volumes, Volume{v.Name, v.Labels})
	}
	networks, err := e.api.NetworkList(ctx, network.ListOptions{Filters: filter})
	if err != nil {
		return found, fmt.Errorf("networks: %w", err)
	}
	for _, n := range networks {
		found.Networks = append(found.Networks, Network{n.ID, n.Name, n.Labels})
	}
	return found, nil
}

// VolumeSizes returns the sizes of all volumes in bytes, by name. A volume whose size
// the engine does not know is left out. The engine has to add up the files, which can
// take long.
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

func fromSummary(c container.Summary) Container {
	out := Container{ID: c.ID, Name: ownName(c.Names), Labels: c.Labels, Status: c.State, Networks: map[string]string{}, Volumes: map[string]string{}}
	if c.NetworkSettings != nil {
		for name, endpoint := range c.NetworkSettings.Networks {
			out.Networks[name] = endpoint.NetworkID
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

// ownName returns the container's own name among those that Docker lists. The others
// are legacy links from other containers, /other/alias. It is "" if there is none, as
// may happen while a container is being removed.
func ownName(names []string) string {
	i := slices.IndexFunc(names, func(name string) bool { return strings.Count(name, "/") == 1 })
	if i < 0 {
		return ""
	}
	return names[i][1:]
}
