package cluster

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"speedscale/infra/containers"
	"speedscale/infra/topology"
)

func completeArgs() Args {
	image := containers.Image{ID: pulumi.String("mongo")}
	return Args{
		Network: &containers.Network{}, Mongod: image, Mongos: image,
		Topology: topology.ClusterSpec{Shards: 2, MembersPerShard: 1, ConfigServers: 1}.Cluster(),
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	args := completeArgs()
	require.NoError(t, args.check())
	for want, spoil := range map[string]func(*Args){
		"Network is not set":       func(a *Args) { a.Network = nil },
		"Mongod.ID is not set":     func(a *Args) { a.Mongod.ID = nil },
		"Mongos.ID is not set":     func(a *Args) { a.Mongos.ID = nil },
		"Topology.Shards is empty": func(a *Args) { a.Topology.Shards = nil },
		`Topology: the replica set "shard2ReplSet" has no members`:    func(a *Args) { a.Topology.Shards[1].Members = nil },
		`Topology: the replica set "configReplSet" has no members`:    func(a *Args) { a.Topology.Config.Members = nil },
		"Certificates is not set: it must be for TLSMode allowTLS":    func(a *Args) { a.TLSMode = AllowTLS },
		"ShardCache is 100: it must be at least 256":                  func(a *Args) { a.ShardCache = 100 },
		"Mongod.ID is not set: it must be the image that members run": func(a *Args) { a.Network, a.Mongod.ID = nil, nil },
	} {
		args := completeArgs()
		spoil(&args)
		require.ErrorContains(t, args.check(), want)
	}
}
