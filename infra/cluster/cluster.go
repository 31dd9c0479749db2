// Package cluster declares a sharded MongoDB cluster on Docker as a Pulumi
// component: in it a component a replica set, in that one a member.
package cluster

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/containers"
	"speedscale/infra/sdk"
	"speedscale/infra/topology"
)

// Args describes a sharded cluster.
type Args struct {
	Network  *containers.Network // where its containers are put
	Topology topology.Cluster    // its members and its router; Size.Cluster names them
	Mongod   containers.Image
	Mongos   containers.Image

	ShardCache        int               // MB that WiredTiger's cache may take on a shard's member; 0: the least, 256
	Parameters        map[string]string // server parameters of every mongod
	ElectionTimeout   time.Duration     // how long a primary may be silent; 0: MongoDB's own 10 s
	HeartbeatInterval time.Duration     // how often members ask each other; 0: MongoDB's own 2 s
	KeepData          bool              // whether volumes outlive a destroy
}

// check says all that is missing.
func (args *Args) check() error {
	var missing []error
	need := func(there bool, what string) {
		if !there {
			missing = append(missing, errors.New(what))
		}
	}
	need(args.Network != nil, "Network is not set: it must be the network on which the containers are to be")
	need(args.Mongod.ID != nil, "Mongod.ID is not set: it must be the image that members run")
	need(args.Mongos.ID != nil, "Mongos.ID is not set: it must be the image that the router runs")
	need(len(args.Topology.Shards) > 0, "Topology.Shards is empty: there must be at least one shard")
	for _, set := range args.Topology.Sets() {
		need(len(set.Members) > 0, fmt.Sprintf("Topology: the replica set %q has no members: there must be at least one", set.Name))
	}
	need(args.ShardCache == 0 || args.ShardCache >= leastCache, fmt.Sprintf("ShardCache is %d: it must be at least %d", args.ShardCache, leastCache))
	return errors.Join(missing...)
}

// Cluster is a declared cluster. A program declares at least one Collection of
// it: that this one goes is how the provider knows a destroy from a shard that
// leaves and must be drained.
type Cluster struct {
	pulumi.ResourceState

	args   Args
	shards []pulumi.Resource
}

// New declares the config servers, the router and the shards.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Cluster, error) {
	if err := args.check(); err != nil {
		return nil, fmt.Errorf("cluster %s: %w", name, err)
	}
	c := &Cluster{args: args}
	if err := ctx.RegisterComponentResource("speedscale:cluster:ShardedCluster", name, c, opts...); err != nil {
		return nil, err
	}
	config, err := c.replicaSet(ctx, args.Topology.Config, nil)
	if err != nil {
		return nil, err
	}
	router, err := c.router(ctx, config.set)
	if err != nil {
		return nil, err
	}
	for _, set := range args.Topology.Shards {
		shard, err := c.shard(ctx, set, router, config.majority)
		if err != nil {
			return nil, err
		}
		c.shards = append(c.shards, shard)
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"router": pulumi.String(c.Router().Host)})
}

// Router is where clients reach the cluster.
func (c *Cluster) Router() sdk.Endpoint { return endpoint(c.args.Topology.Router) }

// router declares mongos. The shards need its container and not the wait for it:
// they ask it themselves, sooner than Docker, whose first check comes seconds
// after the start.
func (c *Cluster) router(ctx *pulumi.Context, config *sdk.ReplicaSet) (*docker.Container, error) {
	container, _, err := c.args.Network.Service(ctx, c.args.Topology.Router, containers.Spec{
		Image: c.args.Mongos,
		Command: []string{
			"mongos", "--configdb", c.args.Topology.Config.SeedList(), "--bind_ip_all", "--port", strconv.Itoa(topology.Port),
			"--networkMessageCompressors", compressors,
		},
	}, pulumi.Parent(c), pulumi.DependsOn([]pulumi.Resource{config}))
	return container, err
}

// shard declares a shard. Its members come after a majority of the config
// servers and so go before them: a shard's mongod that cannot reach them takes
// half a minute to stop.
func (c *Cluster) shard(ctx *pulumi.Context, set topology.ReplicaSet, router, config *docker.Container) (*sdk.Shard, error) {
	declared, err := c.replicaSet(ctx, set, []pulumi.Resource{config})
	if err != nil {
		return nil, err
	}
	var members []sdk.Endpoint
	for _, m := range set.Members {
		members = append(members, endpoint(m))
	}
	return sdk.NewShard(ctx, fmt.Sprintf("%s-in-cluster", set.Name), &sdk.ShardArgs{
		Name:    set.Name,
		Members: members,
		Router:  c.Router(),
	}, pulumi.Parent(declared), pulumi.DependsOn([]pulumi.Resource{declared.set, router}))
}

// Collection declares a collection that is spread over the cluster's shards,
// through its router.
func (c *Cluster) Collection(ctx *pulumi.Context, name string, args sdk.ShardedCollectionArgs) (*sdk.ShardedCollection, error) {
	args.Router, args.TimeoutSeconds = c.Router(), c.args.Network.TimeoutSeconds()
	for _, set := range c.args.Topology.Shards {
		args.Shards = append(args.Shards, set.Name)
	}
	return sdk.NewShardedCollection(ctx, name, &args, pulumi.Parent(c), pulumi.DependsOn(c.shards))
}

func endpoint(c topology.Container) sdk.Endpoint {
	return sdk.Endpoint{Host: c.Host(), Container: c.Name}
}
