package containers

import (
	"context"
	"fmt"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	"github.com/stretchr/testify/require"

	"speedscale/infra/config"
	"speedscale/infra/topology"
)

// daemon has containers, by name, and notes what is done to them.
type daemon struct {
	client.APIClient
	containers map[string]container.InspectResponse
	done       []string
}

func (d *daemon) ContainerInspect(_ context.Context, name string) (container.InspectResponse, error) {
	if found, ok := d.containers[name]; ok {
		return found, nil
	}
	return container.InspectResponse{}, fmt.Errorf("%s: %w", name, errdefs.ErrNotFound)
}

func (d *daemon) ContainerStop(_ context.Context, id string, _ container.StopOptions) error {
	d.done = append(d.done, "stop "+id)
	return nil
}

func (d *daemon) ContainerRemove(_ context.Context, id string, o container.RemoveOptions) error {
	d.done = append(d.done, fmt.Sprintf("remove %s, its unnamed volumes %t", id, o.RemoveVolumes))
	return nil
}

func (d *daemon) NetworkConnect(_ context.Context, net, id string, settings *network.EndpointSettings) error {
	d.done = append(d.done, fmt.Sprint("connect ", id, " to ", net, " as ", settings.Aliases))
	return nil
}

func (d *daemon) add(name, stack string, networks ...string) {
	joined := map[string]*network.EndpointSettings{}
	for _, n := range networks {
		joined[n] = &network.EndpointSettings{}
	}
	d.containers[name] = container.InspectResponse{
		ContainerJSONBase: &container.ContainerJSONBase{ID: name},
		Config:            &container.Config{Labels: map[string]string{LabelStack: stack}},
		NetworkSettings:   &container.NetworkSettings{Networks: joined},
	}
}

func TestOnlyOurOwnContainerIsCleared(t *testing.T) {
	d := &daemon{containers: map[string]container.InspectResponse{}}
	d.add("dev-mongos", "dev")
	d.add("dev-redis-ui", "other")
	for _, name := range []string{"dev-mongos", "dev-redis-ui", "dev-frontend"} {
		require.NoError(t, clearName(t.Context(), d, name, "dev"))
	}
	require.Equal(t, []string{"stop dev-mongos", "remove dev-mongos, its unnamed volumes true"}, d.done)
}

func TestContainersRejoinTheNetwork(t *testing.T) {
	cfg, err := config.Load("dev", nil)
	require.NoError(t, err)
	d := &daemon{containers: map[string]container.InspectResponse{}}
	d.add("dev-shard1-node1", "dev")
	d.add("dev-mongos", "dev", "dev-shard-network")
	d.add("dev-redis-ui", "other")
	plan := topology.New(cfg)
	require.NoError(t, rejoin(t.Context(), d, NetworkArgs{Name: plan.Network, Containers: plan.Containers(), Owner: "dev"}))
	require.Equal(t, []string{"connect dev-shard1-node1 to dev-shard-network as [shard1-node1]"}, d.done)
}
