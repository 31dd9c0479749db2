package preflight

import (
	"context"
	"errors"
	"fmt"
)

// InTheWay finds what would stop a destroy half-way: containers that are not the
// stack's and that are on its network, or use one of its volumes.
func InTheWay(ctx context.Context, docker Docker, label, stack string) error {
	on, err := docker.Contents(ctx)
	if err != nil {
		return fmt.Errorf("list Docker's %w", err)
	}
	volumes, networks := map[string]bool{}, map[string]bool{} // the stack's own
	for _, v := range on.Volumes {
		volumes[v.Name] = v.Labels[label] == stack
	}
	for _, n := range on.Networks {
		networks[n.Name] = networks[n.Name] || n.Labels[label] == stack
	}
	var found []error
	for _, c := range on.Containers {
		if c.Labels[label] == stack || c.Name == "" {
			continue
		}
		for joined := range c.Networks {
			if c.Status == "running" && networks[joined] {
				found = append(found, fmt.Errorf("the container %s is on the network %s and is not this stack's: `docker network disconnect %s %s`, and run this again", c.Name, joined, joined, c.Name))
			}
		}
		for _, volume := range c.Volumes {
			if volumes[volume] {
				found = append(found, fmt.Errorf("the container %s uses the volume %s and is not this stack's: `docker rm -f %s`, and run this again", c.Name, volume, c.Name))
			}
		}
	}
	return errors.Join(found...)
}
