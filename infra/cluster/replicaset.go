package cluster

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/containers"
	"speedscale/infra/sdk"
	"speedscale/infra/topology"
)

// replicaSet is the component of a replica set.
type replicaSet struct {
	pulumi.ResourceState

	set *sdk.ReplicaSet
	// majority is the container that completes a majority: the members are created
	// in order, and with this one more than half of them exist.
	majority *docker.Container
}

// catchUpTimeoutMillis limits how long a newly elected primary waits to hear from
// all members whether it is missing writes, before it accepts new ones. A majority
// elected it, so it cannot be missing any write that a majority has acknowledged.
// MongoDB's default has no limit: when a container is gone, and its address with
// it, the set would accept no writes for another 3 s.
const catchUpTimeoutMillis = 250

// replicaSet declares a replica set: its members, then the set itself. The members
// form a chain of dependencies, container → Node → next container, so that a
// change replaces one member at a time, and the next only after the previous one
// has caught up. The first member depends on the resources in after.
func (c *Cluster) replicaSet(ctx *pulumi.Context, set topology.ReplicaSet, after []pulumi.Resource) (*replicaSet, error) {
	r := &replicaSet{}
	if err := ctx.RegisterComponentResource("speedscale:cluster:ReplicaSet", set.Name, r, pulumi.Parent(c)); err != nil {
		return nil, err
	}
	var members []sdk.Member
	for i, m := range set.Members {
		member, err := c.member(ctx, r, set, i, after)
		if err != nil {
			return nil, err
		}
		after = []pulumi.Resource{member.node}
		members = append(members, sdkMember(m))
		if i == len(set.Members)/2 {
			r.majority = member.container
		}
	}
	var err error
	r.set, err = sdk.NewReplicaSet(ctx, set.Name, &sdk.ReplicaSetArgs{
		Name:         set.Name,
		ConfigServer: set.ConfigServer,
		Members:      members,
		Settings: sdk.Settings{
			ElectionTimeoutMillis:   int(c.args.ElectionTimeout.Milliseconds()),
			HeartbeatIntervalMillis: int(c.args.HeartbeatInterval.Milliseconds()),
			CatchUpTimeoutMillis:    catchUpTimeoutMillis,
		},
		TimeoutSeconds: c.args.Network.TimeoutSeconds(),
	}, pulumi.Parent(r), pulumi.DependsOn(after))
	if err != nil {
		return nil, err
	}
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{})
}

func sdkMember(c topology.Container) sdk.Member {
	m := sdk.Member{Endpoint: endpoint(c), Hidden: c.Hidden}
	if c.Priority != 1 {
		m.Priority = &c.Priority
	}
	return m
}

// member is the component of a replica set member.
type member struct {
	pulumi.ResourceState

	container *docker.Container
	node      *sdk.Node // created once the member serves
}

// member declares the i-th member of a set: its volume, its container, and the
// Node that waits for its mongod.
func (c *Cluster) member(ctx *pulumi.Context, parent *replicaSet, set topology.ReplicaSet, i int, after []pulumi.Resource) (*member, error) {
	spec := set.Members[i]
	m := &member{}
	if err := ctx.RegisterComponentResource("speedscale:cluster:Member", spec.Name, m, pulumi.Parent(parent)); err != nil {
		return nil, err
	}
	volume, err := c.volume(ctx, spec, m)
	if err != nil {
		return nil, err
	}
	m.container, err = c.args.Network.Container(ctx, spec,
		c.secured(spec, containers.Spec{Image: c.args.Mongod, Command: c.mongodCommand(set, i), Grace: mongodGrace}),
		pulumi.Parent(m), pulumi.DependsOn(append([]pulumi.Resource{volume}, after...)))
	if err != nil {
		return nil, err
	}
	m.node, err = sdk.NewNode(ctx, spec.Name, &sdk.NodeArgs{
		ContainerArgs: c.args.Network.WaitArgs(spec, m.container), Host: spec.Host(), ReplicaSet: set.Name,
	}, pulumi.Parent(m))
	if err != nil {
		return nil, err
	}
	return m, ctx.RegisterResourceOutputs(m, pulumi.Map{})
}

// volume declares the volume with a member's data. Changes of its labels and
// options are ignored: they would replace it, and so delete the data. A volume
// that a destroy kept is reused, since Docker's create returns an existing volume
// of that name.
func (c *Cluster) volume(ctx *pulumi.Context, spec topology.Container, parent *member) (*docker.Volume, error) {
	return docker.NewVolume(ctx, spec.Volume, &docker.VolumeArgs{
		Name: pulumi.String(spec.Volume),
		Labels: docker.VolumeLabelArray{
			docker.VolumeLabelArgs{Label: pulumi.String(containers.LabelStack), Value: pulumi.String(c.args.Network.Owner)},
		},
	}, pulumi.Parent(parent), pulumi.IgnoreChanges([]string{"labels", "driver", "driverOpts"}), pulumi.RetainOnDelete(c.args.KeepData))
}
