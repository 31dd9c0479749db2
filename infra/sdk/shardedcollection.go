package sdk

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// KeyField is one field of a shard key; Type is "hashed", "1" or "-1".
type KeyField struct{ Field, Type string }

// Zone keeps ranges of the shard key on some shards.
type Zone struct {
	Name   string
	Shards []string
	Ranges []Range
}

// Range is a range of the shard key from Min to before Max: documents in
// extended JSON with the key's fields, {"category": "a"} or {"_id": {"$minKey": 1}}.
type Range struct{ Min, Max string }

func (z Zone) inputs() pulumi.Map {
	var ranges pulumi.Array
	for _, r := range z.Ranges {
		ranges = append(ranges, pulumi.Map{"min": pulumi.String(r.Min), "max": pulumi.String(r.Max)})
	}
	return pulumi.Map{"name": pulumi.String(z.Name), "shards": pulumi.ToStringArray(z.Shards), "ranges": ranges}
}

// ShardedCollectionArgs describes a sharded collection.
type ShardedCollectionArgs struct {
	Router           Endpoint
	Database         string
	Collection       string
	Key              []KeyField
	Unique           bool
	NumInitialChunks int // 0: the server's choice
	Zones            []Zone
	Shards           []string // spread evenly over these; nil, or with zones: as the balancer likes
	BalancerOff      bool     // by default the balancer is kept running
	TimeoutSeconds   int      // 0: the provider's default, 120
}

// ShardedCollection exists once the collection is sharded by its key.
type ShardedCollection struct {
	pulumi.CustomResourceState

	Namespace pulumi.StringOutput `pulumi:"namespace"`
}

// NewShardedCollection registers a ShardedCollection. It must depend on all
// Shards: its deletion, before theirs, is how they know that the stack is being
// destroyed.
func NewShardedCollection(ctx *pulumi.Context, name string, args *ShardedCollectionArgs, opts ...pulumi.ResourceOption) (*ShardedCollection, error) {
	var res ShardedCollection
	err := register(ctx, "ShardedCollection", name, args.inputs(), &res, opts)
	return &res, err
}

func (args *ShardedCollectionArgs) inputs() inputs {
	var key pulumi.Array
	for _, f := range args.Key {
		key = append(key, pulumi.Map{"field": pulumi.String(f.Field), "type": pulumi.String(f.Type)})
	}
	in := inputs{
		"router": args.Router.inputs(), "database": pulumi.String(args.Database),
		"collection": pulumi.String(args.Collection), "key": key,
	}
	if len(args.Zones) > 0 {
		var zones pulumi.Array
		for _, z := range args.Zones {
			zones = append(zones, z.inputs())
		}
		in["zones"] = zones
	}
	if len(args.Shards) > 0 {
		in["shards"] = pulumi.ToStringArray(args.Shards)
	}
	if args.BalancerOff {
		in["balancer"] = pulumi.Bool(false)
	}
	return in.flag("unique", args.Unique).number("numInitialChunks", args.NumInitialChunks).
		number("timeoutSeconds", args.TimeoutSeconds)
}
