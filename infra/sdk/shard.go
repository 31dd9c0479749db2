package sdk

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// ShardArgs describes a shard.
type ShardArgs struct {
	Name           string // of the shard and of its replica set
	Members        []Endpoint
	Router         Endpoint
	TimeoutSeconds int // that draining may take; 0: the provider's default, 3600
}

// Shard exists once the replica set is a shard of the cluster. Deleting it
// drains it first, except when the whole stack is destroyed.
type Shard struct {
	pulumi.CustomResourceState

	Name pulumi.StringOutput `pulumi:"name"`
}

// NewShard registers a Shard. It must depend on its ReplicaSet and on the
// router's container.
func NewShard(ctx *pulumi.Context, name string, args *ShardArgs, opts ...pulumi.ResourceOption) (*Shard, error) {
	var res Shard
	err := register(ctx, "Shard", name, args.inputs(), &res, opts)
	return &res, err
}

func (args *ShardArgs) inputs() inputs {
	in := inputs{"name": pulumi.String(args.Name), "members": endpoints(args.Members), "router": args.Router.inputs()}
	return in.number("timeoutSeconds", args.TimeoutSeconds)
}
