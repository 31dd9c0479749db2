package cluster

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/containers"
	"speedscale/infra/sdk"
	"speedscale/infra/topology"
)

// replicaSet is a replica set as declared.
type replicaSet struct {
	pulumi.ResourceState

	set *sdk.ReplicaSet
	// majority is the container with which a majority of the members exists.
	majority *docker.Container
}

// catchUp is how long a new primary may wait to hear from all members whether it
// has missed something, in milliseconds. It has what a majority has, so nothing
// that was acknowledged by one can be missing. MongoDB waits without a limit: for
// a container that is gone with its address that is 3 s more, in which nobody
// can write.
const catchUp = 250

// replicaSet declares a set: its members, then that they are one. The members
// are a chain, container → Node → next container, so that a change replaces one
// at a time and the next only once this one has caught up. The first one waits
// for what is in after.
func (c *Cluster) replicaSet(ctx *pulumi.Context, set topology.ReplicaSet, after []pulumi.Resource) (*replicaSet, error) {
	r := &replicaSet{}
	if err := ctx.RegisterComponentResource("speedscale:cluster:ReplicaSet", set.Name, r, pulumi.Parent(c)); err != nil {
		return nil, err
	}
	var list []sdk.Member
	for i, m := range set.Members {
		member, err := c.member(ctx, r, set, i, after)
		if err != nil {
			return nil, err
		}
		after = []pulumi.Resource{member.node}
		list = append(list, setMember(m))
		if i == len(set.Members)/2 {
			r.majority = member.container
		}
	}
	var err error
	r.set, err = sdk.NewReplicaSet(ctx, set.Name, &sdk.ReplicaSetArgs{
		Name:         set.Name,
		ConfigServer: set.ConfigServer,
		Members:      list,
		Settings: sdk.Settings{
			ElectionTimeoutMillis:   int(c.args.ElectionTimeout.Milliseconds()),
			HeartbeatIntervalMillis: int(c.args.HeartbeatInterval.Milliseconds()),
			CatchUpTimeoutMillis:    catchUp,
		},
		TimeoutSeconds: c.args.Network.TimeoutSeconds(),
	}, pulumi.Parent(r), pulumi.DependsOn(after))
	if err != nil {
		return nil, err
	}
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{})
}

// setMember is a container as a member of its set.
func setMember(c topology.Container) sdk.Member {
	m := sdk.Member{Endpoint: endpoint(c), Hidden: c.Hidden}
	if c.Priority != 1 {
		m.Priority = &c.Priority
	}
	return m
}

// member is a member of a replica set as declared.
type member struct {
	pulumi.ResourceState

	container *docker.Container
	node      *sdk.Node // once it is there, the member serves
}

// member declares the i-th mongod of a set: its volume, its container, and the
// wait for it.
func (c *Cluster) member(ctx *pulumi.Context, under *replicaSet, set topology.ReplicaSet, i int, after []pulumi.Resource) (*member, error) {
	is := set.Members[i]
	m := &member{}
	if err := ctx.RegisterComponentResource("speedscale:cluster:Member", is.Name, m, pulumi.Parent(under)); err != nil {
		return nil, err
	}
	volume, err := c.volume(ctx, is, m)
	if err != nil {
		return nil, err
	}
	m.container, err = c.args.Network.Container(ctx, is,
		containers.Spec{Image: c.args.Mongod, Command: c.mongod(set, i), Grace: mongodGrace},
		pulumi.Parent(m), pulumi.DependsOn(append([]pulumi.Resource{volume}, after...)))
	if err != nil {
		return nil, err
	}
	m.node, err = sdk.NewNode(ctx, is.Name, &sdk.NodeArgs{
		ContainerArgs: c.args.Network.WaitFor(is, m.container), Host: is.Host(), ReplicaSet: set.Name,
	}, pulumi.Parent(m))
	if err != nil {
		return nil, err
	}
	return m, ctx.RegisterResourceOutputs(m, pulumi.Map{})
}

// volume declares a member's data. Changed labels or options would replace it,
// which means: delete the data. One that is kept is taken over when it is created
// again: Docker answers with the volume that has the name.
func (c *Cluster) volume(ctx *pulumi.Context, of topology.Container, under *member) (*docker.Volume, error) {
	return docker.NewVolume(ctx, of.Volume, &docker.VolumeArgs{
		Name: pulumi.String(of.Volume),
		Labels: docker.VolumeLabelArray{
			docker.VolumeLabelArgs{Label: pulumi.String(containers.LabelStack), Value: pulumi.String(c.args.Network.Owner)},
		},
	}, pulumi.Parent(under), pulumi.IgnoreChanges([]string{"labels", "driver", "driverOpts"}), pulumi.RetainOnDelete(c.args.KeepData))
}
