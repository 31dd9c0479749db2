package dockerhost

import (
	"reflect"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/stretchr/testify/require"
)

func TestStateOfAContainer(t *testing.T) {
	processes := int64(500)
	of := func(state container.State) State {
		return stateOf(container.InspectResponse{ContainerJSONBase: &container.ContainerJSONBase{
			ID: "f00", State: &state, RestartCount: 4,
			HostConfig: &container.HostConfig{Resources: container.Resources{Memory: 150 << 20, PidsLimit: &processes}},
		}, NetworkSettings: &container.NetworkSettings{Networks: map[string]*network.EndpointSettings{"net": {Aliases: []string{"redis"}}}}})
	}
	// Docker calls a restarting container running.
	require.Equal(t, State{
		ID: "f00", Status: "restarting", ExitCode: 137, OOMKilled: true, MemoryLimit: 150 << 20, RestartCount: 4,
		Networks: map[string][]string{"net": {"redis"}}, Processes: 500,
	}, of(container.State{Status: "restarting", Running: true, Restarting: true, ExitCode: 137, OOMKilled: true}))
	paused := of(container.State{Status: "paused", Running: true, Paused: true})
	require.False(t, paused.Running)
	require.True(t, paused.Paused)

	checked := of(container.State{Status: "running", Running: true, Health: &container.Health{
		Status: "unhealthy", Log: []*container.HealthcheckResult{{Output: "first"}, {ExitCode: 1, Output: "last"}},
	}})
	require.True(t, checked.Running)
	require.Equal(t, Health{Status: Unhealthy, Checked: true, ExitCode: 1, Output: "last"}, checked.Health)
	require.Equal(t, Health{Status: Starting}, of(container.State{Health: &container.Health{Status: "starting"}}).Health)
	require.Empty(t, of(container.State{Health: &container.Health{Status: "none"}}).Health)
}

func TestLimitsOfAContainer(t *testing.T) {
	none, some, more := int64(-1), int64(7), int64(9)
	for _, c := range []struct {
		has    container.Resources
		want   int
		update container.Resources
	}{
		{container.Resources{}, 0, container.Resources{}},
		{container.Resources{PidsLimit: &none, CPUQuota: -1, NanoCPUs: 5e8}, 0, container.Resources{}}, // a number of CPUs replaces the container
		{container.Resources{PidsLimit: &some}, 7, container.Resources{}},
		{container.Resources{}, 7, container.Resources{PidsLimit: &some}},
		{container.Resources{PidsLimit: &more}, 7, container.Resources{PidsLimit: &some}},
		{container.Resources{PidsLimit: &more}, 0, container.Resources{PidsLimit: &none}},
		{container.Resources{CPUQuota: 50_000, PidsLimit: &some}, 7, container.Resources{CPUQuota: -1}},
	} {
		update, needed := limits(c.has, Declared{Processes: c.want})
		require.Equal(t, c.update, update)
		require.Equal(t, !reflect.DeepEqual(c.update, container.Resources{}), needed)
	}
}
