// Package cluster declares a sharded MongoDB cluster on Docker as a Pulumi
// component. It contains one component per replica set, which in turn contains
// one component per member.
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
	Network  *containers.Network // the network of its containers
	Topology topology.Cluster    // its replica sets and its router; see topology.ClusterSpec
	Mongod   containers.Image    // the image of config servers and shard members
	Mongos   containers.Image    // the image of the router

	ShardCache        int               // WiredTiger cache of each shard member, in MB; 0: the minimum, 256
	Parameters        map[string]string // server parameters (--setParameter) of every mongod
	ElectionTimeout   time.Duration     // how long members wait for a primary that does not answer before they elect another; 0: MongoDB's default, 10 s
	HeartbeatInterval time.Duration     // time between heartbeats; 0: MongoDB's default, 2 s
	KeepData          bool              // whether a destroy keeps the volumes

	// Keyfile is the key by which the members and the router know each other; see
	// the provider's resource Secret. With one, clients must log in. Nil: everybody
	// may do everything.
	Keyfile pulumi.StringInput
	// Keys tells which keys the Keyfile holds, as the label LabelKeys; empty: none.
	Keys string
	// LoginsOptional lets clients in without a login even with a Keyfile. It is for
	// the time in which logins are turned on or off, one member after another.
	LoginsOptional bool

	// TLSMode says which connections the members and the router take and use. With
	// any but TLSOff, Certificates must return the certificate files of each container.
	TLSMode      TLSMode
	Certificates func(topology.Container) containers.Files
}

// check reports every argument that is missing or invalid.
func (args *Args) check() error {
	var failures []error
	require := func(ok bool, message string) {
		if !ok {
			failures = append(failures, errors.New(message))
		}
	}
	require(args.Network != nil, "Network is not set: it must be the network for the cluster's containers")
	require(args.Mongod.ID != nil, "Mongod.ID is not set: it must be the image that members run")
	require(args.Mongos.ID != nil, "Mongos.ID is not set: it must be the image that the router runs")
	require(len(args.Topology.Shards) > 0, "Topology.Shards is empty: there must be at least one shard")
	for _, set := range args.Topology.Sets() {
		require(len(set.Members) > 0, fmt.Sprintf("Topology: the replica set %q has no members: there must be at least one", set.Name))
	}
	require(args.TLSMode == TLSOff || args.Certificates != nil, fmt.Sprintf("Certificates is not set: it must be for TLSMode %s", args.TLSMode))
	require(args.ShardCache == 0 || args.ShardCache >= minCacheMB, fmt.Sprintf("ShardCache is %d: it must be at least %d", args.ShardCache, minCacheMB))
	return errors.Join(failures...)
}

// Cluster is a declared cluster. A program must declare at least one Collection
// on it. When that collection is deleted, the provider knows that the whole stack
// is being destroyed. Otherwise it would take each deleted shard for one that
// leaves the cluster and has to be drained.
type Cluster struct {
	pulumi.ResourceState

	args   Args
	config *sdk.ReplicaSet
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
	c.config = config.set
	router, err := c.router(ctx)
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

// Router is the endpoint of mongos, through which clients reach the cluster.
func (c *Cluster) Router() sdk.Endpoint { return endpoint(c.args.Topology.Router) }

// router declares mongos. It returns the container and not the resource that
// waits for it, since the shards poll mongos themselves. That is faster than
// Docker's health check, which first runs seconds after the start.
func (c *Cluster) router(ctx *pulumi.Context) (*docker.Container, error) {
	spec := containers.Spec{
		Image: c.args.Mongos,
		Command: []string{
			"mongos", "--configdb", c.args.Topology.Config.SeedList(), "--bind_ip_all", "--port", strconv.Itoa(topology.Port),
			"--networkMessageCompressors", compressors,
		},
	}
	container, _, err := c.args.Network.Service(ctx, c.args.Topology.Router, c.secured(c.args.Topology.Router, spec), pulumi.Parent(c), pulumi.DependsOn([]pulumi.Resource{c.config}))
	return container, err
}

// shard declares a shard. Its members depend on config, the container that
// completes a majority of the config servers. They are therefore deleted before
// the config servers: a shard's mongod that cannot reach these takes half a
// minute to stop.
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

// Collection declares a collection that is sharded over all shards of the
// cluster. It fills in Router, Shards and TimeoutSeconds of args.
func (c *Cluster) Collection(ctx *pulumi.Context, name string, args sdk.ShardedCollectionArgs) (*sdk.ShardedCollection, error) {
	args.Router, args.TimeoutSeconds = c.Router(), c.args.Network.TimeoutSeconds()
	for _, set := range c.args.Topology.Shards {
		args.Shards = append(args.Shards, set.Name)
	}
	return sdk.NewShardedCollection(ctx, name, &args, pulumi.Parent(c), pulumi.DependsOn(c.shards))
}

// User declares a user of the cluster. It fills in Members and TimeoutSeconds of
// args.
func (c *Cluster) User(ctx *pulumi.Context, name string, args sdk.UserArgs) (*sdk.User, error) {
	args.TimeoutSeconds = c.args.Network.TimeoutSeconds()
	for _, m := range c.args.Topology.Config.Members {
		args.Members = append(args.Members, endpoint(m))
	}
	return sdk.NewUser(ctx, name, &args, pulumi.Parent(c), pulumi.DependsOn([]pulumi.Resource{c.config}))
}

func endpoint(c topology.Container) sdk.Endpoint {
	return sdk.Endpoint{Host: c.Host(), Container: c.Name}
}
