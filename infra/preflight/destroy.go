package preflight

import (
	"context"
	"errors"
	"fmt"
)

// InTheWay finds what would stop a destroy half-way: containers that are not the
// stack's and that are on its network, or use one of its volumes.
func InTheWay(ctx context.Context, docker Docker, label, stack string) error {
	containers, err := docker.Containers(ctx)
	if err != nil {
		return fmt.Errorf("list Docker's containers: %w", err)
	}
	own := map[string]bool{} // kind and name
	volumes, err := docker.Volumes(ctx, label+"="+stack)
	if err != nil {
		return fmt.Errorf("list Docker's volumes: %w", err)
	}
	for _, v := range volumes {
		own["volume "+v.Name] = true
	}
	networks, err := docker.Networks(ctx, label+"="+stack)
	if err != nil {
		return fmt.Errorf("list Docker's networks: %w", err)
	}
	for _, n := range networks {
		own["network "+n.Name] = true
	}
	var found []error
	for _, c := range containers {
		if c.Labels[label] == stack || c.Name == "" {
			continue
		}
		for joined := range c.Networks {
			if c.Status == "running" && own["network "+joined] {
				found = append(found, fmt.Errorf("the container %s is on the network %s and is not this stack's: `docker network disconnect %s %s`, and run this again", c.Name, joined, joined, c.Name))
			}
		}
		for _, volume := range c.Volumes {
			if own["volume "+volume] {
				found = append(found, fmt.Errorf("the container %s uses the volume %s and is not this stack's: `docker rm -f %s`, and run this again", c.Name, volume, c.Name))
			}
		}
	}
	return errors.Join(found...)
}
