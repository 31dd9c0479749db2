package preflight

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/infra/dockerhost"
)

// keptOf are the volumes that a stack of these numbers keeps.
func keptOf(prefix string, configServers, shards, members int) (volumes []dockerhost.Volume) {
	add := func(name string) {
		volumes = append(volumes, dockerhost.Volume{Name: prefix + name + "_data", Labels: map[string]string{label: "t"}})
	}
	for c := range configServers {
		add(fmt.Sprintf("config%d", c+1))
	}
	for s := range shards {
		for m := range members {
			add(fmt.Sprintf("shard%d_node%d", s+1, m+1))
		}
	}
	return volumes
}

// The plan has 3 config servers and 2 shards of 3 members, and volumes t_….
func TestKeptVolumesAndOtherSettings(t *testing.T) {
	for name, c := range map[string]struct {
		kept []dockerhost.Volume
		want string // "" is no mistake
	}{
		"the same":            {keptOf("t_", 3, 2, 3), ""},
		"more of everything":  {keptOf("t_", 1, 1, 1), ""},
		"fewer shards":        {keptOf("t_", 3, 3, 3), "speedscale:shards is 2, but the volumes of 3 shards were kept: each may hold a part of the data"},
		"and the way":         {keptOf("t_", 3, 3, 3), "Set it to 3, run `up`, then set it to 2 and run `up` again"},
		"fewer members":       {keptOf("t_", 3, 2, 7), "speedscale:membersPerShard is 3, but the volumes of 7 members of a shard were kept"},
		"still a majority":    {keptOf("t_", 3, 2, 5), ""},
		"another prefix":      {keptOf("old_", 3, 2, 3), "speedscale:volumePrefix would leave behind what was kept, such as old_config1_data"},
		"no catalogue":        {keptOf("t_", 0, 2, 3), "the shards' volumes were kept, and those of the config servers were not"},
		"somebody else's":     {[]dockerhost.Volume{{Name: "t_shard9_node1_data"}}, ""},
		"an earlier stack's":  {[]dockerhost.Volume{{Name: "t_shard9_node1_data", Labels: map[string]string{label: "other"}}}, ""},
		"with another number": {keptOf("t_", 3, 12, 3), "the volumes of 12 shards were kept"},
	} {
		t.Run(name, func(t *testing.T) {
			d := engine(dockerhost.Contents{Volumes: c.kept})
			err := Check(t.Context(), d, planOnFreePorts(t), label, "t")
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
			d.Has.Containers = []dockerhost.Container{{Name: "t-mongos", Labels: map[string]string{label: "t"}, Status: "running"}}
			require.NoError(t, Check(t.Context(), d, planOnFreePorts(t), label, "t"), "a stack that stands lets them leave in order")
		})
	}
}

func TestMoreMemoryThanThereIs(t *testing.T) {
	plan := planOnFreePorts(t)
	require.Empty(t, tooMuch(plan, 16<<30))
	require.Empty(t, tooMuch(plan, 0), "who knows")
	for i := range plan.Shards[1].Members {
		plan.Shards[1].Members[i].Memory = 64 << 10
	}
	found := tooMuch(plan, 16<<30)
	require.Len(t, found, 1, "each setting once")
	require.EqualError(t, found[0], "speedscale:memory.shard gives t-shard2-node1 65536 MB, and Docker's machine has 16384 MB: give it less")
}

func TestWhatWouldStopADestroy(t *testing.T) {
	own := map[string]string{label: "t"}
	on := func(network string) map[string]string { return map[string]string{network: network + "-id"} }
	mounts := func(volume string) map[string]string { return map[string]string{"/data": volume} }
	d := engine(dockerhost.Contents{
		Networks: []dockerhost.Network{{Name: "t-net", Labels: own}},
		Volumes:  []dockerhost.Volume{{Name: "t_data", Labels: own}, {Name: "other"}},
		Containers: []dockerhost.Container{
			{Name: "t-mongos", Labels: own, Status: "running", Networks: on("t-net"), Volumes: mounts("t_data")},
			{Name: "elsewhere", Status: "running", Networks: on("bridge"), Volumes: mounts("other")},
			{Name: "stopped", Status: "exited", Networks: on("t-net")},
		},
	})
	require.NoError(t, InTheWay(t.Context(), d, label, "t"))
	d.Has.Containers = append(d.Has.Containers,
		dockerhost.Container{Name: "guest", Status: "running", Networks: on("t-net")},
		dockerhost.Container{Name: "reader", Status: "exited", Volumes: mounts("t_data")})
	err := InTheWay(t.Context(), d, label, "t")
	require.EqualError(t, err, "the container guest is on the network t-net and is not this stack's: `docker network disconnect t-net guest`, and run this again\n"+
		"the container reader uses the volume t_data and is not this stack's: `docker rm -f reader`, and run this again")
}
