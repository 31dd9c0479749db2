package containers

import (
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/infra/config"
	"speedscale/infra/dockerhost"
	"speedscale/infra/dockerhost/fake"
	"speedscale/infra/topology"
)

func of(stack, name string, networks ...string) dockerhost.Container {
	c := dockerhost.Container{ID: name + "-id", Name: name, Labels: map[string]string{LabelStack: stack}, Networks: map[string]string{}}
	for _, n := range networks {
		c.Networks[n] = n + "-id"
	}
	return c
}

func TestOnlyOurOwnContainerIsCleared(t *testing.T) {
	d := &fake.Engine{Has: dockerhost.Contents{Containers: []dockerhost.Container{of("dev", "dev-mongos"), of("other", "dev-redis-ui")}}}
	for _, name := range []string{"dev-mongos", "dev-redis-ui", "dev-frontend"} {
		require.NoError(t, clearName(t.Context(), d, name, "dev"))
	}
	require.Equal(t, []string{"stop dev-mongos-id within 30s", "remove dev-mongos-id"}, d.Journal())
}

func TestContainersRejoinTheNetwork(t *testing.T) {
	cfg, err := config.Load("dev", nil)
	require.NoError(t, err)
	d := &fake.Engine{Has: dockerhost.Contents{Containers: []dockerhost.Container{
		of("dev", "dev-shard1-node1"), of("dev", "dev-mongos", "dev-shard-network"), of("other", "dev-redis-ui"),
	}}}
	plan := topology.New(cfg)
	require.NoError(t, rejoin(t.Context(), d, NetworkArgs{Name: plan.Network, Containers: plan.Containers(), Owner: "dev"}))
	require.Equal(t, []string{"connect dev-shard1-node1-id to dev-shard-network as [shard1-node1]"}, d.Journal())
}
