package mongoadmin

import (
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/stretchr/testify/require"
)

func TestStateOfAContainer(t *testing.T) {
	of := func(state container.State) ContainerState {
		return stateOf(container.InspectResponse{ContainerJSONBase: &container.ContainerJSONBase{
			ID: "f00", State: &state, RestartCount: 4,
			HostConfig: &container.HostConfig{Resources: container.Resources{Memory: 150 << 20}},
		}})
	}
	// Docker says that it runs.
	require.Equal(t, ContainerState{
		ID: "f00", Status: "restarting", ExitCode: 137, OOMKilled: true, MemoryLimit: 150 << 20, RestartCount: 4,
	}, of(container.State{Status: "restarting", Running: true, Restarting: true, ExitCode: 137, OOMKilled: true}))
	require.False(t, of(container.State{Status: "paused", Running: true, Paused: true}).Running)

	checked := of(container.State{Status: "running", Running: true, Health: &container.Health{
		Status: "unhealthy", Log: []*container.HealthcheckResult{{Output: "first"}, {ExitCode: 1, Output: "last"}},
	}})
	require.True(t, checked.Running)
	require.Equal(t, Health{Status: Unhealthy, Checked: true, ExitCode: 1, Output: "last"}, checked.Health)
	require.Equal(t, Health{Status: Starting}, of(container.State{Health: &container.Health{Status: "starting"}}).Health)
	require.Empty(t, of(container.State{Health: &container.Health{Status: "none"}}).Health)
}
