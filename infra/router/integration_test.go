package router

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// TestIntegrationRouter runs all that one small cluster can show. Each part
// has a database of its own; the last ones change the shards.
func TestIntegrationRouter(t *testing.T) {
	g := startCluster(t, 1, 2, 1)
	t.Run("without a shard", func(t *testing.T) { testNoShard(t, g) })
	g.addShards(t)
	parts := []struct {
		name string
		test func(*testing.T, *genuine)
	}{
		{"hello", testHello},
		{"documents", testDocuments},
		{"cursors", testCursors},
		{"one shard", testDirect},
		{"outdated", testOutdated},
		{"foreign", testForeign},
		{"tailing", testTailing},
		{"killed cursors", testKilledCursors},
		{"time series", testTimeseries},
		{"count and distinct", testCounting},
		{"find and modify", testFindAndModify},
		{"unacknowledged", testUnacknowledged},
		{"a whole message", testWholeMessage},
		{"a full message", testFullMessage},
		{"replies that nobody takes", testRepliesThatNobodyTakes},
		{"explain", testExplain},
		{"crash guards", testCrashGuards},
		{"denied", testDenied},
		{"stable API", testStableAPI},
		{"databases and collections", testCollections},
		{"indexes", testIndexes},
		{"pipelines", testPipelines},
		{"config", testConfigDatabase},
		{"statistics", testStatistics},
		{"local answers", testLocalAnswers},
		{"chunks", testChunks},
		{"hashed keys", testHash},
		{"zones and balancer", testZones},
		{"drain", testDrain},
	}
	for _, part := range parts {
		t.Run(part.name, func(t *testing.T) { part.test(t, g) })
	}
}

func testNoShard(t *testing.T, g *genuine) {
	g.admin(t, bson.D{{Key: "ping", Value: 1}})
	require.Empty(t, g.admin(t, bson.D{{Key: "listShards", Value: 1}})["shards"])
	require.Contains(t, refused(t, g.client, "db", bson.D{{Key: "find", Value: "c"}}, 70), "addShard")
	refused(t, g.client, "db", bson.D{{Key: "insert", Value: "c"}, {Key: "documents", Value: bson.A{bson.D{}}}}, 70)
	refused(t, g.client, "db", bson.D{{Key: "createIndexes", Value: "c"}, {Key: "indexes", Value: bson.A{}}}, 70)
	refused(t, g.client, "admin", bson.D{{Key: "shardCollection", Value: "db.c"}, {Key: "key", Value: bson.D{{Key: "_id", Value: 1}}}}, 70)
	refused(t, g.client, "admin", bson.D{{Key: "removeShard", Value: "shard1"}}, 70)
	require.Empty(t, run(t, g.client, "db", bson.D{{Key: "listCollections", Value: 1}})["cursor"].(bson.D)[2].Value)
}

func testHello(t *testing.T, g *genuine) {
	for _, name := range []string{"hello", "isMaster", "ismaster"} {
		reply := g.admin(t, bson.D{{Key: name, Value: 1}, {Key: "helloOk", Value: true}})
		require.Equal(t, "isdbgrid", reply["msg"])
		require.Equal(t, true, reply["isWritablePrimary"])
		require.Equal(t, true, reply["helloOk"])
		require.EqualValues(t, 17, reply["maxWireVersion"])
		require.EqualValues(t, 48_000_000, reply["maxMessageSizeBytes"])
		require.NotContains(t, reply, "logicalSessionTimeoutMinutes") // else drivers send what crashes a mongod
		require.NotContains(t, reply, "topologyVersion")
		require.Equal(t, name != "hello", reply["ismaster"] == true)
	}
}

func testDocuments(t *testing.T, g *genuine) {
	ctx := context.Background()
	for _, c := range []struct {
		name string
		coll *mongo.Collection
	}{
		{"sharded", g.shardOn(t, "documents", "sharded")},
		{"unsharded", g.client.Database("documents").Collection("plain")},
		{"implicit database", g.client.Database("documents2").Collection("plain")},
	} {
		t.Run(c.name, func(t *testing.T) {
			fill(t, c.coll, 300)
			_, err := c.coll.InsertOne(ctx, bson.D{{Key: "_id", Value: 7}})
			require.True(t, mongo.IsDuplicateKeyError(err), "%v", err)

			var found bson.M
			require.NoError(t, c.coll.FindOne(ctx, bson.D{{Key: "_id", Value: 7}}).Decode(&found))
			require.EqualValues(t, 7, found["n"])
			require.ErrorIs(t, c.coll.FindOne(ctx, bson.D{{Key: "_id", Value: -1}}).Err(), mongo.ErrNoDocuments)

			updated, err := c.coll.UpdateMany(ctx, bson.D{{Key: "odd", Value: true}}, bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: 1000}}}})
			require.NoError(t, err)
			require.EqualValues(t, 150, updated.ModifiedCount)
			upserted, err := c.coll.UpdateOne(ctx, bson.D{{Key: "_id", Value: 5000}}, bson.D{{Key: "$set", Value: bson.D{{Key: "n", Value: 1}}}}, options.UpdateOne().SetUpsert(true))
			require.NoError(t, err)
			require.EqualValues(t, 5000, upserted.UpsertedID)

			bulk, err := c.coll.BulkWrite(ctx, []mongo.WriteModel{
				mongo.NewInsertOneModel().SetDocument(bson.D{{Key: "_id", Value: 6000}}),
				mongo.NewUpdateOneModel().SetFilter(bson.D{{Key: "_id", Value: 3}}).SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "x", Value: 1}}}}),
				mongo.NewDeleteOneModel().SetFilter(bson.D{{Key: "_id", Value: 5000}}),
			})
			require.NoError(t, err)
			require.Equal(t, []int64{1, 1, 1}, []int64{bulk.InsertedCount, bulk.ModifiedCount, bulk.DeletedCount})

			_, err = c.coll.InsertMany(ctx, []bson.D{{{Key: "_id", Value: 7000}}, {{Key: "_id", Value: 7}}, {{Key: "_id", Value: 7001}}}, options.InsertMany().SetOrdered(false))
			var failed mongo.BulkWriteException
			require.ErrorAs(t, err, &failed)
			require.Len(t, failed.WriteErrors, 1)
			require.Equal(t, 1, failed.WriteErrors[0].Index)

			deleted, err := c.coll.DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: 6000}}}})
			require.NoError(t, err)
			require.EqualValues(t, 3, deleted.DeletedCount)
			n, err := c.coll.CountDocuments(ctx, bson.D{})
			require.NoError(t, err)
			require.EqualValues(t, 300, n)
		})
	}
	for name, members := range g.shards {
		n, err := direct(t, members[0]).Database("documents").Collection("sharded").CountDocuments(ctx, bson.D{})
		require.NoError(t, err)
		require.Greater(t, n, int64(100), "%s must hold its part", name)
	}
}

func testCursors(t *testing.T, g *genuine) {
	ctx := context.Background()
	coll := g.shardOn(t, "cursors", "c")
	fill(t, coll, 500)
	before := g.router.cursors.count()
	for name, open := range map[string]func() (*mongo.Cursor, error){
		"find": func() (*mongo.Cursor, error) {
			return coll.Find(ctx, bson.D{}, options.Find().SetBatchSize(7).SetSort(bson.D{{Key: "n", Value: 1}}))
		},
		"aggregate": func() (*mongo.Cursor, error) {
			return coll.Aggregate(ctx, bson.A{bson.D{{Key: "$sort", Value: bson.D{{Key: "n", Value: 1}}}}}, options.Aggregate().SetBatchSize(7))
		},
	} {
		cursor, err := open()
		require.NoError(t, err, name)
		var docs []struct{ N int }
		require.NoError(t, cursor.All(ctx, &docs), name)
		require.Len(t, docs, 500, name)
		for i, doc := range docs {
			require.Equal(t, i, doc.N, name)
		}
	}
	cursor, err := coll.Find(ctx, bson.D{}, options.Find().SetBatchSize(7))
	require.NoError(t, err)
	id := cursor.ID()
	require.Equal(t, before+1, g.router.cursors.count())
	require.NoError(t, cursor.Close(ctx)) // killCursors
	require.Equal(t, before, g.router.cursors.count())
	refused(t, g.client, "cursors", bson.D{{Key: "getMore", Value: id}, {Key: "collection", Value: "c"}}, 43)

	for i := range 30 { // a cursor of the ordinary kind, on one shard
		require.NoError(t, g.client.Database("cursors").CreateCollection(ctx, fmt.Sprintf("x%d", i)))
	}
	names, err := g.client.Database("cursors").ListCollections(ctx, bson.D{}, options.ListCollections().SetBatchSize(4))
	require.NoError(t, err)
	var list []bson.M
	require.NoError(t, names.All(ctx, &list))
	require.Len(t, list, 31)
	require.Equal(t, before, g.router.cursors.count())
}

func testUnacknowledged(t *testing.T, g *genuine) {
	ctx := context.Background()
	coll := g.client.Database("unack").Collection("c", options.Collection().SetWriteConcern(writeconcern.Unacknowledged()))
	for i := range 20 {
		inserted, err := coll.InsertOne(ctx, bson.D{{Key: "_id", Value: i}})
		require.NoError(t, err)
		require.False(t, inserted.Acknowledged)
	}
	eventually(t, "all unacknowledged inserts arrive", func() error {
		if n, err := coll.CountDocuments(ctx, bson.D{}); err != nil || n != 20 {
			return fmt.Errorf("counted %d: %w", n, err)
		}
		return nil
	})
}

func testWholeMessage(t *testing.T, g *genuine) {
	ctx := context.Background()
	coll := g.shardOn(t, "large", "c")
	text := string(make([]byte, 15<<20))
	docs := []bson.D{} // 3 × 15 MB: the driver puts them into one message of 47 MB
	for i := range 3 {
		docs = append(docs, bson.D{{Key: "_id", Value: i}, {Key: "text", Value: text}})
	}
	_, err := coll.InsertMany(ctx, docs)
	require.NoError(t, err)
	cursor, err := coll.Find(ctx, bson.D{})
	require.NoError(t, err)
	var found []struct{ Text string }
	require.NoError(t, cursor.All(ctx, &found))
	require.Len(t, found, 3)
	require.Len(t, found[2].Text, len(text))
	_, err = coll.InsertOne(ctx, bson.D{{Key: "text", Value: string(make([]byte, 17<<20))}})
	require.Error(t, err)
	_, err = coll.DeleteMany(ctx, bson.D{})
	require.NoError(t, err)
}
