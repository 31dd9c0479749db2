package provider_test

import (
	"fmt"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/require"

	"speedscale/infra/mongoadmin"
)

func TestCollectionIsShardedOnce(t *testing.T) {
	t.Parallel()
	e, _, made := stack(t, "s1", "s2")
	require.Equal(t, "speedscale.products", made.ID)
	require.Equal(t, "speedscale.products", made.Properties.Get("namespace").AsString())
	e.mustCreate("ShardedCollection", products())
	require.Equal(t, map[string]int64{"s1": 2000, "s2": 2000}, e.documents())
	require.Empty(t, e.changed("ShardedCollection", e.read("ShardedCollection", made, products()).Inputs, products()))
	require.Contains(t, e.cluster.Journal(), `shardCollection speedscale.products by {"_id": "hashed"}`)
}

func TestCollectionKeyCannotBeChanged(t *testing.T) {
	t.Parallel()
	e, _, made := stack(t, "s1")
	other := products().with("key", []any{map[string]any{"field": "category", "type": "1"}})
	_, err := e.Update(p.UpdateRequest{ID: made.ID, Urn: urn("ShardedCollection", "r"), State: made.Properties, Inputs: e.check("ShardedCollection", other), DryRun: true})
	require.ErrorContains(t, err, `speedscale.products is sharded by {"_id": "hashed"}: its key cannot be changed to {"category": 1}`)
	_, err = e.create("ShardedCollection", other)
	require.ErrorContains(t, err, "its key cannot be changed")
	require.Equal(t, map[string]p.DiffKind{"collection": p.UpdateReplace},
		e.changed("ShardedCollection", made.Properties, products().with("collection", "others")))
}

func TestCollectionReadSeesDrift(t *testing.T) {
	t.Parallel()
	e, _, made := stack(t, "s1")
	require.NoError(t, e.cluster.SetBalancing(t.Context(), routerEndpoint, false))
	read := e.read("ShardedCollection", made, products())
	require.Equal(t, map[string]p.DiffKind{"balancer": p.Update}, e.changed("ShardedCollection", read.Inputs, products()))
	_, err := e.update("ShardedCollection", made, products())
	require.NoError(t, err)
	on, err := e.cluster.Balancing(t.Context(), routerEndpoint)
	require.NoError(t, err)
	require.True(t, on)

	gone := products().with("collection", "gone")
	require.Empty(t, e.read("ShardedCollection", made, gone).ID)
	e.cluster.Down("mongos:27017", true)
	read = e.read("ShardedCollection", made, products())
	require.Equal(t, made.ID, read.ID)
	require.Contains(t, read.PartialState.Reasons[0], "cannot be read")
}

// A shard that is added gets its part, and one that is removed keeps none. A refresh
// sees a part that was moved by hand, and the next update moves it back.
func TestCollectionIsSpreadOverItsShards(t *testing.T) {
	t.Parallel()
	e, _, made := stack(t, "s1", "s2")
	update := func(shards ...any) map[string]int64 {
		in := products().with("shards", shards)
		resp, err := e.update("ShardedCollection", made, in)
		require.NoError(t, err)
		made.Properties = resp.Properties
		require.Empty(t, e.changed("ShardedCollection", e.read("ShardedCollection", made, in).Inputs, in), "a refresh shows nothing")
		return e.documents()
	}
	require.Equal(t, map[string]int64{"s1": 2000, "s2": 2000}, update("s2", "s1"))
	e.mustCreate("ReplicaSet", replicaSet("s3", 3))
	e.mustCreate("Shard", shard("s3"))
	e.cluster.Journal()
	require.Positive(t, update("s1", "s2", "s3")["s3"])
	require.Equal(t, []string{"moveRange speedscale.products from s1 to s3", "moveRange speedscale.products from s2 to s3"}, e.cluster.Journal())
	require.NotContains(t, update("s1", "s2"), "s3")

	chunks, err := e.cluster.ChunkList(t.Context(), routerEndpoint, productsName)
	require.NoError(t, err)
	for _, c := range chunks {
		require.NoError(t, e.cluster.MoveRange(t.Context(), routerEndpoint, productsName, c.Range, "s1"))
	}
	in := products().with("shards", []any{"s1", "s2"})
	read := e.read("ShardedCollection", made, in)
	require.Equal(t, map[string]p.DiffKind{"shards[1]": p.Add}, e.changed("ShardedCollection", read.Inputs, in))
	require.Positive(t, update("s1", "s2")["s2"])
}

// A range that is larger than a chunk cannot be moved at once; the balancer moves it
// piece by piece.
func TestCollectionLeavesLargeMovesToTheBalancer(t *testing.T) {
	t.Parallel()
	e, _, made := stack(t, "s1", "s2")
	e.cluster.Fail("MoveRange", fmt.Errorf("mongos:27017: %w", mongoadmin.ErrTooBig))
	e.cluster.Journal()
	_, err := e.update("ShardedCollection", made, products().with("shards", []any{"s1"}))
	require.NoError(t, err)
	require.Empty(t, e.cluster.Journal())
}

func zone(name string, shards []any, bounds ...string) map[string]any {
	ranges := []any{}
	for i := 0; i+1 < len(bounds); i++ {
		ranges = append(ranges, map[string]any{"min": bounds[i], "max": bounds[i+1]})
	}
	return map[string]any{"name": name, "shards": shards, "ranges": ranges}
}

func TestCollectionZonesFollowTheDeclaration(t *testing.T) {
	t.Parallel()
	e, _, made := stack(t, "s1", "s2")
	e.cluster.Journal()
	low, middle, high := `{"_id":{"$minKey":1}}`, `{"_id":0}`, `{"_id":{"$maxKey":1}}`
	update := func(zones ...any) []string {
		in := products().with("zones", zones)
		if zones == nil {
			in = products()
		}
		resp, err := e.update("ShardedCollection", made, in)
		require.NoError(t, err)
		made.Properties = resp.Properties
		require.Empty(t, e.changed("ShardedCollection", e.read("ShardedCollection", made, in).Inputs, in), "a refresh shows nothing")
		return e.cluster.Journal()
	}
	require.Equal(t, []string{
		"addShardToZone s1 cold", "addShardToZone s2 hot",
		`updateZoneKeyRange speedscale.products {"_id":{"$minKey":1}} to {"_id":{"$numberLong":"0"}}: cold`,
		`updateZoneKeyRange speedscale.products {"_id":{"$numberLong":"0"}} to {"_id":{"$maxKey":1}}: hot`,
	}, update(zone("hot", []any{"s2"}, middle, high), zone("cold", []any{"s1"}, low, middle)))
	require.Equal(t, []string{
		`updateZoneKeyRange speedscale.products {"_id":{"$minKey":1}} to {"_id":{"$numberLong":"0"}}: none`,
		`updateZoneKeyRange speedscale.products {"_id":{"$numberLong":"0"}} to {"_id":{"$maxKey":1}}: none`,
		"addShardToZone s2 cold",
		`updateZoneKeyRange speedscale.products {"_id":{"$minKey":1}} to {"_id":{"$maxKey":1}}: cold`,
		"removeShardFromZone s1 cold", "removeShardFromZone s2 hot",
	}, update(zone("cold", []any{"s2"}, low, high)))

	in := products().with("zones", []any{zone("cold", []any{"s2"}, low, high)})
	require.NoError(t, e.cluster.AddShardToZone(t.Context(), routerEndpoint, "s1", "cold"))
	require.NoError(t, e.cluster.AddShardToZone(t.Context(), routerEndpoint, "s1", "of another collection"))
	read := e.read("ShardedCollection", made, in)
	require.Equal(t, map[string]p.DiffKind{"zones[0].shards[0]": p.Update, "zones[0].shards[1]": p.Delete}, e.changed("ShardedCollection", read.Inputs, in))
	e.cluster.Journal()
	require.Equal(t, []string{
		`updateZoneKeyRange speedscale.products {"_id":{"$minKey":1}} to {"_id":{"$maxKey":1}}: none`,
		"removeShardFromZone s1 cold", "removeShardFromZone s2 cold",
	}, update())
}

func TestCollectionChecksZones(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	require.Equal(t, []string{
		"zones[0].shards: is empty, must name at least one shard",
		`zones[0].ranges[0].min: {"sku": 1} must have the fields of the shard key {"_id": "hashed"}`,
		`zones[1].name: zone "a" is listed twice`,
	}, e.mistakes("ShardedCollection", products().with("zones", []any{
		zone("a", []any{}, `{"sku": 1}`, `{"_id": 1}`), zone("a", []any{"s1"}),
	})))
}

func TestCollectionDeleteDropsNothing(t *testing.T) {
	t.Parallel()
	e, _, made := stack(t, "s1")
	require.NoError(t, e.delete("ShardedCollection", made))
	require.Equal(t, map[string]int64{"s1": 4000}, e.documents())
}

func TestCollectionChecksAllInputs(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	require.Equal(t, []string{
		`key[1].type: "text": must be "hashed", "1" or "-1"`,
		"key: has 2 hashed fields, but at most one is allowed",
		"unique: is true, but a hashed key cannot be unique",
		`database: "config" is one of MongoDB's own databases, whose collections cannot be sharded`,
		"numInitialChunks: 0: must be at least 1",
	}, e.mistakes("ShardedCollection", products().with("database", "config").with("unique", true).with("numInitialChunks", 0.0).with("key", []any{
		map[string]any{"field": "a", "type": "hashed"}, map[string]any{"field": "b", "type": "text"}, map[string]any{"field": "c", "type": "hashed"},
	})))
	require.Equal(t, []string{"key: is empty, must name at least one field"}, e.mistakes("ShardedCollection", products().with("key", []any{})))
}
