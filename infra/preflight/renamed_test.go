package preflight

import (
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/network"
	"github.com/stretchr/testify/require"

	"speedscale/infra/topology"
)

// standing is a daemon that has the plan's stack, as far as it matters here.
func standing(plan topology.Plan) daemon {
	ours := map[string]string{label: "t"}
	d := daemon{networks: []network.Summary{{Name: plan.Network, Labels: ours}, {Name: "bridge"}}}
	for _, c := range plan.Containers() {
		s := container.Summary{Names: []string{"/" + c.Name}, Labels: ours, NetworkSettings: &container.NetworkSettingsSummary{
			Networks: map[string]*network.EndpointSettings{plan.Network: {}, "bridge": {}},
		}}
		if c.Volume != "" {
			s.Mounts = []container.MountPoint{
				// The official mongo image declares both folders, whichever is used.
				{Type: mount.TypeVolume, Name: "b852249f", Destination: "/data/other"},
				{Type: mount.TypeVolume, Name: c.Volume, Destination: c.Mount},
				{Type: mount.TypeBind, Destination: c.Mount},
			}
		}
		d.containers = append(d.containers, s)
	}
	return d
}

func TestNamesOfAStackThatStandsAreNotChanged(t *testing.T) {
	plan := planOnFreePorts(t)
	check := func(plan topology.Plan, d daemon) error { return Check(t.Context(), d, plan, label, "t") }
	require.NoError(t, check(plan, standing(plan)))
	require.NoError(t, check(plan, daemon{}), "nothing stands")

	smaller := plan
	smaller.Shards = plan.Shards[:1]
	require.NoError(t, check(smaller, standing(plan)), "a shard that is removed is no rename")

	d := standing(plan)
	for i := range d.containers {
		d.containers[i].Names = []string{"/x-" + d.containers[i].Names[0][1:]}
	}
	require.EqualError(t, check(plan, d), "speedscale:containerPrefix would rename what stands: container x-t-api-gateway would be one such as t-mongos. Set it back, or destroy the stack first")

	d = standing(plan)
	for i, c := range d.containers {
		if len(c.Mounts) > 0 {
			d.containers[i].Mounts[1].Name = "old_" + c.Mounts[1].Name
		}
	}
	require.EqualError(t, check(plan, d), "speedscale:volumePrefix would rename what stands: volume old_t_config1_data would be t_config1_data. Set it back, or destroy the stack first")

	other := plan
	other.Network = "new"
	require.ErrorContains(t, check(other, standing(plan)), "speedscale:network would rename what stands: network t-shard-network would be new.")

	d = standing(plan)
	for i := range d.containers {
		d.containers[i].Labels = map[string]string{label: "another"}
		d.containers[i].Names = []string{"/another" + d.containers[i].Names[0][1:]}
	}
	require.NoError(t, check(other, d), "another stack's names are its own affair")
}
