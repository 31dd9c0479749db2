package sdk

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// NodeArgs describes a mongod to wait for.
type NodeArgs struct {
	ContainerArgs
	Host       string // "shard1-node1:27017"
	ReplicaSet string // the set that it is, or will be, a member of
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
	in := args.ContainerArgs.inputs()
	in["host"], in["replicaSet"] = pulumi.String(args.Host), pulumi.String(args.ReplicaSet)
	return in
}
