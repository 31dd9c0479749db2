package sdk

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Member is a member of a replica set.
type Member struct {
	Endpoint
	Priority *float64 // nil: 1; 0: never primary
	Votes    *int     // nil: 1; 0: no vote, which needs priority 0
	Hidden   bool     // not shown to clients, which needs priority 0
}

// Settings are a replica set's; zero means the server's default.
type Settings struct {
	ElectionTimeoutMillis   int
	HeartbeatIntervalMillis int
	CatchUpTimeoutMillis    int
}

// ReplicaSetArgs describes a replica set.
type ReplicaSetArgs struct {
	Name           string
	ConfigServer   bool
	Members        []Member
	Settings       Settings
	TimeoutSeconds int // 0: the provider's default, 600
}

// ReplicaSet exists once the set has a primary that takes writes, and all its
// members serve.
type ReplicaSet struct {
	pulumi.CustomResourceState

	Name pulumi.StringOutput `pulumi:"name"`
}

// NewReplicaSet registers a ReplicaSet. It must depend on the Nodes of its
// members.
func NewReplicaSet(ctx *pulumi.Context, name string, args *ReplicaSetArgs, opts ...pulumi.ResourceOption) (*ReplicaSet, error) {
	var res ReplicaSet
	err := register(ctx, "ReplicaSet", name, args.inputs(), &res, opts)
	return &res, err
}

func (args *ReplicaSetArgs) inputs() inputs {
	var members pulumi.Array
	for _, m := range args.Members {
		member := inputs(m.Endpoint.inputs()).flag("hidden", m.Hidden)
		if m.Priority != nil {
			member["priority"] = pulumi.Float64(*m.Priority)
		}
		if m.Votes != nil {
			member["votes"] = pulumi.Int(*m.Votes)
		}
		members = append(members, pulumi.Map(member))
	}
	in := inputs{"name": pulumi.String(args.Name), "members": members}
	if args.Settings != (Settings{}) {
		in["settings"] = pulumi.Map(inputs{}.
			number("electionTimeoutMillis", args.Settings.ElectionTimeoutMillis).
			number("heartbeatIntervalMillis", args.Settings.HeartbeatIntervalMillis).
			number("catchUpTimeoutMillis", args.Settings.CatchUpTimeoutMillis))
	}
	return in.flag("configServer", args.ConfigServer).number("timeoutSeconds", args.TimeoutSeconds)
}
