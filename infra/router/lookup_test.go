package router

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// testForeign has a collection that is not sharded, which its shard answers for,
// look things up in one that is, and in views of it; also after another router
// has moved its chunks.
func testForeign(t *testing.T, g *genuine) {
	ctx := context.Background()
	db := g.client.Database("foreign")
	plain := db.Collection("plain")
	fill(t, plain, 30)
	fill(t, g.shardOn(t, "foreign", "sharded"), 100)
	odd := bson.A{bson.D{{Key: "$match", Value: bson.D{{Key: "odd", Value: true}}}}}
	require.NoError(t, db.CreateView(ctx, "oddSharded", "sharded", odd))
	require.NoError(t, db.CreateView(ctx, "oddPlain", "plain", odd))
	require.NoError(t, db.CreateView(ctx, "oddTwice", "oddSharded", bson.A{}))
	_, address := startRouter(t, "configReplSet", addresses(g.config))
	other := connect(t, "mongodb://"+address)
	sees := func() {
		t.Helper()
		for view, want := range map[string]int64{"oddSharded": 50, "oddPlain": 15, "oddTwice": 50, "missing": 0} {
			coll := db.Collection(view)
			n, err := coll.CountDocuments(ctx, bson.D{})
			require.NoError(t, err, view)
			require.Equal(t, want, n, view)
			require.Len(t, all(t, coll, nil), int(want), view)
			found, err := coll.Find(ctx, bson.D{})
			require.NoError(t, err, view)
			var docs []bson.Raw
			require.NoError(t, found.All(ctx, &docs), view)
			require.Len(t, docs, int(want), view)
		}
		joined := all(t, plain, bson.A{bson.D{{Key: "$lookup", Value: bson.D{
			{Key: "from", Value: "sharded"}, {Key: "localField", Value: "_id"}, {Key: "foreignField", Value: "_id"}, {Key: "as", Value: "other"},
		}}}, bson.D{{Key: "$match", Value: bson.D{{Key: "other.0", Value: bson.D{{Key: "$exists", Value: true}}}}}}})
		require.Len(t, joined, 30)
		require.Len(t, all(t, plain, bson.A{bson.D{{Key: "$unionWith", Value: "sharded"}}}), 130)
		require.Len(t, all(t, plain, bson.A{bson.D{{Key: "$unionWith", Value: "oddSharded"}}}), 80)
		graph := all(t, plain, bson.A{bson.D{{Key: "$match", Value: bson.D{{Key: "_id", Value: 3}}}}, bson.D{{Key: "$graphLookup", Value: bson.D{
			{Key: "from", Value: "sharded"}, {Key: "startWith", Value: "$n"}, {Key: "connectFromField", Value: "n"}, {Key: "connectToField", Value: "_id"}, {Key: "as", Value: "g"},
		}}}, bson.D{{Key: "$unwind", Value: "$g"}}})
		require.Len(t, graph, 1)
	}
	sees()
	var chunk struct {
		Min, Max bson.D
		Shard    string
	}
	for range 3 {
		require.NoError(t, g.client.Database("config").Collection("chunks").FindOne(ctx, bson.D{{Key: "uuid", Value: g.uuid(t, "foreign.sharded")}}).Decode(&chunk))
		to := map[string]string{"shard1": "shard2", "shard2": "shard1"}[chunk.Shard]
		run(t, other, "admin", bson.D{{Key: "moveChunk", Value: "foreign.sharded"}, {Key: "bounds", Value: bson.A{chunk.Min, chunk.Max}}, {Key: "to", Value: to}, {Key: "_waitForDelete", Value: true}})
		sees()
	}
	require.NoError(t, db.Drop(ctx))
}

func (g *genuine) uuid(t *testing.T, ns string) bson.Binary {
	t.Helper()
	var found struct{ UUID bson.Binary }
	require.NoError(t, g.client.Database("config").Collection("collections").FindOne(context.Background(), bson.D{{Key: "_id", Value: ns}}).Decode(&found))
	return found.UUID
}

func all(t *testing.T, coll *mongo.Collection, pipeline bson.A) (docs []bson.Raw) {
	t.Helper()
	if pipeline == nil {
		pipeline = bson.A{}
	}
	found, err := coll.Aggregate(context.Background(), pipeline, options.Aggregate().SetBatchSize(7))
	require.NoError(t, err)
	require.NoError(t, found.All(context.Background(), &docs))
	return docs
}
