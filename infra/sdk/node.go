package sdk

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// NodeArgs describes a mongod to wait for.
type NodeArgs struct {
	Container      string             // the container's name
	ContainerID    pulumi.StringInput // Docker's id of it: another one means waiting again
	Host           string             // "shard1-node1:27017"
	ReplicaSet     string             // the set that it is, or will be, a member of
	TimeoutSeconds int                // 0: the provider's default, 120
}

// Node exists once the mongod answers and, when it belongs to its set, is
// PRIMARY or SECONDARY and caught up.
type Node struct {
	pulumi.CustomResourceState

	State         pulumi.StringOutput `pulumi:"state"`
	ServerVersion pulumi.StringOutput `pulumi:"serverVersion"`
}

// NewNode registers a Node.
func NewNode(ctx *pulumi.Context, name string, args *NodeArgs, opts ...pulumi.ResourceOption) (*Node, error) {
	var res Node
	err := register(ctx, "Node", name, args.inputs(), &res, opts)
	return &res, err
}

func (args *NodeArgs) inputs() inputs {
	in := inputs{
		"container": pulumi.String(args.Container), "containerId": args.ContainerID,
		"host": pulumi.String(args.Host), "replicaSet": pulumi.String(args.ReplicaSet),
	}
	return in.number("timeoutSeconds", args.TimeoutSeconds)
}
