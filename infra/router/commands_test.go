package router

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func testCounting(t *testing.T, g *genuine) {
	ctx := context.Background()
	coll := g.shardOn(t, "counting", "c")
	plain := startPlain(t, g, "counting", "plain")
	docs := []bson.D{
		{{Key: "_id", Value: 1}, {Key: "a", Value: 1}},
		{{Key: "_id", Value: 2}, {Key: "a", Value: bson.A{1, 2, bson.A{3}}}},
		{{Key: "_id", Value: 3}, {Key: "a", Value: nil}},
		{{Key: "_id", Value: 4}},
		{{Key: "_id", Value: 5}, {Key: "a", Value: bson.A{}}},
		{{Key: "_id", Value: 6}, {Key: "a", Value: bson.D{{Key: "b", Value: 1}}}},
		{{Key: "_id", Value: 7}, {Key: "a", Value: bson.A{bson.D{{Key: "b", Value: 2}}, bson.D{{Key: "b", Value: bson.A{3, 4}}}, 5}}},
		{{Key: "_id", Value: 8}, {Key: "a", Value: "Text"}},
	}
	for _, c := range []*mongo.Collection{coll, plain} {
		_, err := c.InsertMany(ctx, docs)
		require.NoError(t, err)
	}
	// A mongod alone says what distinct and count mean.
	for _, key := range []string{"a", "a.b", "_id", "missing"} {
		for _, query := range []bson.D{{}, {{Key: "_id", Value: bson.D{{Key: "$gt", Value: 1}}}}} {
			cmd := bson.D{{Key: "distinct", Value: "c"}, {Key: "key", Value: key}, {Key: "query", Value: query}}
			got := run(t, g.client, "counting", cmd)["values"]
			cmd[0].Value = "plain"
			want := run(t, direct(t, g.shards[plainShard(t, g, "counting")][0]), "counting", cmd)["values"]
			require.ElementsMatch(t, want, got, "distinct %s %v", key, query)
		}
	}
	for _, c := range []struct {
		options bson.D
		want    int32
	}{
		{nil, 8},
		{bson.D{{Key: "query", Value: bson.D{{Key: "a", Value: 1}}}}, 2},
		{bson.D{{Key: "limit", Value: 3}}, 3},
		{bson.D{{Key: "limit", Value: -3}}, 3},
		{bson.D{{Key: "skip", Value: 6}}, 2},
		{bson.D{{Key: "skip", Value: 6}, {Key: "limit", Value: 1}}, 1},
		{bson.D{{Key: "query", Value: bson.D{{Key: "a", Value: "text"}}}, {Key: "collation", Value: bson.D{{Key: "locale", Value: "en"}, {Key: "strength", Value: 2}}}}, 1},
		{bson.D{{Key: "query", Value: bson.D{{Key: "_id", Value: 100}}}}, 0},
		{bson.D{{Key: "hint", Value: "_id_"}}, 8},
	} {
		require.Equal(t, c.want, run(t, g.client, "counting", append(bson.D{{Key: "count", Value: "c"}}, c.options...))["n"], "%v", c.options)
	}
	require.EqualValues(t, 0, run(t, g.client, "counting", bson.D{{Key: "count", Value: "nowhere"}})["n"])
	refused(t, g.client, "counting", bson.D{{Key: "count", Value: "c"}, {Key: "skip", Value: -1}}, 2)
	refused(t, g.client, "counting", bson.D{{Key: "count", Value: "c"}, {Key: "limit", Value: "x"}}, 2)
	refused(t, g.client, "counting", bson.D{{Key: "count", Value: "c"}, {Key: "query", Value: bson.D{{Key: "$nonsense", Value: 1}}}}, 2)
	refused(t, g.client, "counting", bson.D{{Key: "distinct", Value: "c"}}, 2)
	n, err := coll.EstimatedDocumentCount(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 8, n)
}

func startPlain(t *testing.T, g *genuine, db, coll string) *mongo.Collection {
	t.Helper()
	require.NoError(t, g.client.Database(db).CreateCollection(context.Background(), coll))
	return g.client.Database(db).Collection(coll)
}

// plainShard is the primary shard of a database.
func plainShard(t *testing.T, g *genuine, db string) string {
	t.Helper()
	entry, err := g.router.cluster.Database(context.Background(), db)
	require.NoError(t, err)
	return entry.Primary
}

func testFindAndModify(t *testing.T, g *genuine) {
	ctx := context.Background()
	coll := g.shardOn(t, "modify", "c")
	fill(t, coll, 20)
	inc := bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: 1}}}}
	after := options.FindOneAndUpdate().SetReturnDocument(options.After)
	for i := range 20 {
		var doc struct{ N int }
		require.NoError(t, coll.FindOneAndUpdate(ctx, bson.D{{Key: "_id", Value: i}}, inc, after).Decode(&doc))
		require.Equal(t, i+1, doc.N)
	}
	require.ErrorIs(t, coll.FindOneAndUpdate(ctx, bson.D{{Key: "_id", Value: -1}}, inc).Err(), mongo.ErrNoDocuments)
	var made struct{ N int }
	require.NoError(t, coll.FindOneAndUpdate(ctx, bson.D{{Key: "_id", Value: "new"}}, inc, after.SetUpsert(true)).Decode(&made))
	require.Equal(t, 1, made.N)
	require.NoError(t, coll.FindOneAndReplace(ctx, bson.D{{Key: "_id", Value: 1}}, bson.D{{Key: "n", Value: 77}}).Err())
	require.NoError(t, coll.FindOneAndDelete(ctx, bson.D{{Key: "_id", Value: 2}}).Err())
	require.Contains(t, refused(t, g.client, "modify", bson.D{{Key: "findAndModify", Value: "c"}, {Key: "query", Value: bson.D{{Key: "n", Value: 1}}}, {Key: "update", Value: inc}}, 61), "shard key")

	fresh := g.client.Database("modify2").Collection("plain") // neither exists yet
	require.NoError(t, fresh.FindOneAndUpdate(ctx, bson.D{{Key: "x", Value: 1}}, inc, after).Decode(&made))
	require.Equal(t, 1, made.N)

	// While its chunk moves to and fro, no increment is lost and none counts twice.
	var moving sync.WaitGroup
	moving.Go(func() {
		for _, to := range []string{"shard1", "shard2", "shard1", "shard2"} {
			g.admin(t, bson.D{{Key: "moveChunk", Value: "modify.c"}, {Key: "find", Value: bson.D{{Key: "_id", Value: 5}}}, {Key: "to", Value: to}, {Key: "_waitForDelete", Value: true}})
		}
	})
	const times = 300
	for range times {
		require.NoError(t, coll.FindOneAndUpdate(ctx, bson.D{{Key: "_id", Value: 5}}, inc).Err())
	}
	moving.Wait()
	var doc struct{ N int }
	require.NoError(t, coll.FindOne(ctx, bson.D{{Key: "_id", Value: 5}}).Decode(&doc))
	require.Equal(t, 6+times, doc.N)
}

func testExplain(t *testing.T, g *genuine) {
	coll := g.shardOn(t, "explain", "c")
	fill(t, coll, 5)
	for name, cmd := range map[string]bson.D{
		"find":      {{Key: "find", Value: "c"}, {Key: "filter", Value: bson.D{{Key: "_id", Value: 1}}}},
		"aggregate": {{Key: "aggregate", Value: "c"}, {Key: "pipeline", Value: bson.A{}}, {Key: "cursor", Value: bson.D{}}},
		"count":     {{Key: "count", Value: "c"}, {Key: "query", Value: bson.D{{Key: "_id", Value: 1}}}},
		"distinct":  {{Key: "distinct", Value: "c"}, {Key: "key", Value: "n"}},
	} {
		reply := run(t, g.client, "explain", bson.D{{Key: "explain", Value: cmd}, {Key: "verbosity", Value: "executionStats"}})
		require.True(t, reply["queryPlanner"] != nil || reply["shards"] != nil, "%s: %v", name, reply)
	}
	run(t, g.client, "config", bson.D{{Key: "explain", Value: bson.D{{Key: "find", Value: "shards"}}}})
	refused(t, g.client, "explain", bson.D{{Key: "explain", Value: 1}}, 9)
	refused(t, g.client, "explain", bson.D{{Key: "explain", Value: bson.D{}}}, 9)
}

func testPipelines(t *testing.T, g *genuine) {
	ctx := context.Background()
	db := g.client.Database("pipelines")
	coll := g.shardOn(t, "pipelines", "c")
	fill(t, coll, 60)
	one := func(from *mongo.Collection, stages ...bson.D) bson.M {
		cursor, err := from.Aggregate(ctx, stages)
		require.NoError(t, err)
		var docs []bson.M
		require.NoError(t, cursor.All(ctx, &docs))
		if len(docs) == 0 {
			return nil
		}
		return docs[0]
	}
	group := bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$odd"}, {Key: "sum", Value: bson.D{{Key: "$sum", Value: "$n"}}}}}}
	match := bson.D{{Key: "$match", Value: bson.D{{Key: "_id", Value: false}}}}
	require.EqualValues(t, 870, one(coll, group, match)["sum"])
	require.Nil(t, one(coll, bson.D{{Key: "$out", Value: "copy"}}))
	require.Nil(t, one(coll, bson.D{{Key: "$merge", Value: "copy"}}))
	require.EqualValues(t, 60, one(db.Collection("copy"), bson.D{{Key: "$count", Value: "n"}})["n"])
	lookup := bson.D{{Key: "$lookup", Value: bson.D{{Key: "from", Value: "copy"}, {Key: "localField", Value: "_id"}, {Key: "foreignField", Value: "_id"}, {Key: "as", Value: "same"}}}}
	require.Len(t, one(coll, lookup)["same"], 1)
	require.NoError(t, db.CreateView(ctx, "odd", "c", bson.A{bson.D{{Key: "$match", Value: bson.D{{Key: "odd", Value: true}}}}}))
	n, err := db.Collection("odd").CountDocuments(ctx, bson.D{})
	require.NoError(t, err)
	require.EqualValues(t, 30, n)
	run(t, g.client, "admin", bson.D{{Key: "aggregate", Value: 1}, {Key: "pipeline", Value: bson.A{bson.D{{Key: "$currentOp", Value: bson.D{}}}}}, {Key: "cursor", Value: bson.D{}}})
	run(t, g.client, "admin", bson.D{{Key: "aggregate", Value: 1}, {Key: "pipeline", Value: bson.A{bson.D{{Key: "$shardedDataDistribution", Value: bson.D{}}}}}, {Key: "cursor", Value: bson.D{}}})
}

func testCollections(t *testing.T, g *genuine) {
	ctx := context.Background()
	db := g.client.Database("collections")
	names := func() []string {
		list, err := db.ListCollectionNames(ctx, bson.D{})
		require.NoError(t, err)
		return list
	}
	require.Empty(t, names())
	require.Equal(t, "database does not exist", run(t, g.client, "collections", bson.D{{Key: "drop", Value: "c"}})["info"])
	require.Equal(t, "database does not exist", run(t, g.client, "collections", bson.D{{Key: "dropDatabase", Value: 1}})["info"])
	require.NoError(t, db.CreateCollection(ctx, "a", options.CreateCollection().SetCapped(true).SetSizeInBytes(10000)))
	refused(t, g.client, "collections", bson.D{{Key: "create", Value: "a"}}, 48)
	coll := g.shardOn(t, "collections", "b")
	fill(t, coll, 10)
	g.admin(t, bson.D{{Key: "renameCollection", Value: "collections.b"}, {Key: "to", Value: "collections.c"}})
	require.ElementsMatch(t, []string{"a", "c"}, names())
	n, err := db.Collection("c").CountDocuments(ctx, bson.D{})
	require.NoError(t, err)
	require.EqualValues(t, 10, n)
	refused(t, g.client, "admin", bson.D{{Key: "renameCollection", Value: "collections.nowhere"}, {Key: "to", Value: "collections.x"}}, 26)
	refused(t, g.client, "admin", bson.D{{Key: "renameCollection", Value: "nonsense"}, {Key: "to", Value: "collections.x"}}, 73)
	run(t, g.client, "collections", bson.D{{Key: "collMod", Value: "c"}, {Key: "validator", Value: bson.D{{Key: "n", Value: bson.D{{Key: "$type", Value: "int"}}}}}})
	_, err = db.Collection("c").InsertOne(ctx, bson.D{{Key: "n", Value: "text"}})
	require.ErrorContains(t, err, "Document failed validation")
	require.NoError(t, db.Collection("c").Drop(ctx))
	require.Equal(t, []string{"a"}, names())
	require.Equal(t, "collections", run(t, g.client, "collections", bson.D{{Key: "dropDatabase", Value: 1}})["dropped"])
	require.NotContains(t, databaseNames(t, g), "collections")
	for _, system := range []string{"admin", "config"} {
		refused(t, g.client, system, bson.D{{Key: "dropDatabase", Value: 1}}, 20)
		refused(t, g.client, system, bson.D{{Key: "drop", Value: "shards"}}, 20)
	}
}

func databaseNames(t *testing.T, g *genuine) []string {
	t.Helper()
	names, err := g.client.ListDatabaseNames(context.Background(), bson.D{})
	require.NoError(t, err)
	return names
}

func testIndexes(t *testing.T, g *genuine) {
	ctx := context.Background()
	for _, c := range []struct {
		name   string
		coll   *mongo.Collection
		shards int
	}{
		{"sharded", g.shardOn(t, "indexes", "sharded"), 2},
		{"unsharded", g.client.Database("indexes").Collection("plain"), 1},
		{"implicit database", g.client.Database("indexes2").Collection("plain"), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			db, name := c.coll.Database().Name(), c.coll.Name()
			reply := run(t, g.client, db, bson.D{{Key: "createIndexes", Value: name}, {Key: "indexes", Value: bson.A{
				bson.D{{Key: "key", Value: bson.D{{Key: "n", Value: 1}}}, {Key: "name", Value: "n_1"}},
			}}})
			require.Len(t, reply["raw"], c.shards)
			specs, err := c.coll.Indexes().ListSpecifications(ctx)
			require.NoError(t, err)
			require.Equal(t, "n_1", specs[len(specs)-1].Name)
			held := 0
			for _, members := range g.shards {
				specs, err := direct(t, members[0]).Database(db).Collection(name).Indexes().ListSpecifications(ctx)
				require.NoError(t, err)
				for _, s := range specs {
					if s.Name == "n_1" {
						held++
					}
				}
			}
			require.Equal(t, c.shards, held)
			require.NoError(t, c.coll.Indexes().DropOne(ctx, "n_1"))
			after, err := c.coll.Indexes().ListSpecifications(ctx)
			require.NoError(t, err)
			require.Len(t, after, len(specs)-1)
			refused(t, g.client, db, bson.D{{Key: "dropIndexes", Value: name}, {Key: "index", Value: "n_1"}}, 27)
		})
	}
	refused(t, g.client, "indexes", bson.D{{Key: "listIndexes", Value: "nowhere"}}, 26)
	refused(t, g.client, "nowhere", bson.D{{Key: "listIndexes", Value: "nowhere"}}, 26)
}

func testConfigDatabase(t *testing.T, g *genuine) {
	ctx := context.Background()
	config := g.client.Database("config")
	n, err := config.Collection("shards").CountDocuments(ctx, bson.D{})
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
	ids, err := config.Collection("shards").Distinct(ctx, "_id", bson.D{}).Raw()
	require.NoError(t, err)
	require.Contains(t, ids.String(), "shard2")
	_, err = config.Collection("settings").UpdateOne(ctx, bson.D{{Key: "_id", Value: "chunksize"}}, bson.D{{Key: "$set", Value: bson.D{{Key: "value", Value: 32}}}}, options.UpdateOne().SetUpsert(true))
	require.NoError(t, err)
	require.NoError(t, config.Collection("settings").FindOneAndDelete(ctx, bson.D{{Key: "_id", Value: "chunksize"}}).Err())
	names, err := config.ListCollectionNames(ctx, bson.D{})
	require.NoError(t, err)
	require.Contains(t, names, "chunks")
	_, err = config.Collection("chunks").Indexes().ListSpecifications(ctx)
	require.NoError(t, err)
}
