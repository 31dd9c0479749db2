package preflight

import (
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/infra/dockerhost"
	"speedscale/infra/dockerhost/fake"
	"speedscale/infra/topology"
)

// standing is a daemon that has the plan's stack, as far as it matters here.
func standing(plan topology.Plan) *fake.Engine {
	ours := map[string]string{label: "t"}
	d := engine(dockerhost.Contents{Networks: []dockerhost.Network{{Name: plan.Network, Labels: ours}, {Name: "bridge"}}})
	for _, c := range plan.Containers() {
		s := dockerhost.Container{Name: c.Name, Labels: ours, Networks: map[string]string{plan.Network: "n1", "bridge": "n2"}}
		if c.Volume != "" {
			// The official mongo image declares both folders, whichever is used.
			s.Volumes = map[string]string{"/data/other": "b852249f", c.Mount: c.Volume}
		}
		d.Has.Containers = append(d.Has.Containers, s)
	}
	return d
}

func TestNamesOfAStackThatStandsAreNotChanged(t *testing.T) {
	plan := planOnFreePorts(t)
	check := func(plan topology.Plan, d *fake.Engine) error { return Check(t.Context(), d, plan, label, "t") }
	require.NoError(t, check(plan, standing(plan)))
	require.NoError(t, check(plan, engine(dockerhost.Contents{})), "nothing stands")

	smaller := plan
	smaller.Shards = plan.Shards[:1]
	require.NoError(t, check(smaller, standing(plan)), "a shard that is removed is no rename")

	d := standing(plan)
	for i := range d.Has.Containers {
		d.Has.Containers[i].Name = "x-" + d.Has.Containers[i].Name
	}
	require.EqualError(t, check(plan, d), "speedscale:containerPrefix would rename what stands: container x-t-api-gateway would be one such as t-mongos. Set it back, or destroy the stack first")

	d = standing(plan)
	for i, c := range plan.Containers() {
		if c.Volume != "" {
			d.Has.Containers[i].Volumes[c.Mount] = "old_" + c.Volume
		}
	}
	require.EqualError(t, check(plan, d), "speedscale:volumePrefix would rename what stands: volume old_t_config1_data would be t_config1_data. Set it back, or destroy the stack first")

	other := plan
	other.Network = "new"
	require.ErrorContains(t, check(other, standing(plan)), "speedscale:network would rename what stands: network t-shard-network would be new.")

	d = standing(plan)
	for i := range d.Has.Containers {
		d.Has.Containers[i].Labels = map[string]string{label: "another"}
		d.Has.Containers[i].Name = "another" + d.Has.Containers[i].Name
	}
	require.NoError(t, check(other, d), "another stack's names are its own affair")
}
