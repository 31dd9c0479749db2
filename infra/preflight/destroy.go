package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
)

// InTheWay finds what would stop a destroy half-way: containers that are not the
// stack's and that are on its network, or use one of its volumes.
func InTheWay(ctx context.Context, docker Docker, label, stack string) error {
	containers, err := docker.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return fmt.Errorf("list Docker's containers: %w", err)
	}
	volumes, networks, err := ownNames(ctx, docker, label, stack)
	if err != nil {
		return err
	}
	var found []error
	for _, c := range containers {
		if c.Labels[label] == stack || len(c.Names) == 0 {
			continue
		}
		name := strings.TrimPrefix(c.Names[0], "/")
		for joined := range networksOf(c) {
			if c.State == container.StateRunning && slices.Contains(networks, joined) {
				found = append(found, fmt.Errorf("the container %s is on the network %s and is not this stack's: `docker network disconnect %s %s`, and run this again", name, joined, joined, name))
			}
		}
		for _, m := range c.Mounts {
			if m.Type == mount.TypeVolume && slices.Contains(volumes, m.Name) {
				found = append(found, fmt.Errorf("the container %s uses the volume %s and is not this stack's: `docker rm -f %s`, and run this again", name, m.Name, name))
			}
		}
	}
	return errors.Join(found...)
}

func ownNames(ctx context.Context, docker Docker, label, stack string) (volumes, networks []string, err error) {
	allVolumes, err := docker.VolumeList(ctx, volume.ListOptions{})
	if err != nil {
		return nil, nil, fmt.Errorf("list Docker's volumes: %w", err)
	}
	for _, v := range allVolumes.Volumes {
		if v.Labels[label] == stack {
			volumes = append(volumes, v.Name)
		}
	}
	allNetworks, err := docker.NetworkList(ctx, network.ListOptions{})
	if err != nil {
		return nil, nil, fmt.Errorf("list Docker's networks: %w", err)
	}
	for _, n := range allNetworks {
		if n.Labels[label] == stack {
			networks = append(networks, n.Name)
		}
	}
	return volumes, networks, nil
}
