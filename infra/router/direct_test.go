package router

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// keys are values of shard keys of all kinds: those that the router finds a place
// for, and those that it must leave to MongoDB.
func keys() []any {
	list := []any{
		nil, true, false, "", "a", "é", "zz", bson.NewObjectID(), bson.NewObjectID(), bson.NewDateTimeFromTime(time.Unix(1, 0)), bson.NewDateTimeFromTime(time.Unix(-1, 0)),
		bson.D{{Key: "a", Value: 1}},
		bson.Binary{Data: []byte("x")},
		bson.Timestamp{T: 1},
		bson.NewDecimal128(0x3040000000000000, 7),
		int64(1) << 53, int64(1)<<53 + 1, float64(1 << 54), 0.5, -0.5, 1e300, -1e300, int64(-1) << 63,
		bson.MinKey{},
		bson.MaxKey{},
	}
	for range 40 {
		list = append(list, rand.Int32(), -rand.Int64(), rand.NormFloat64()*1000, fmt.Sprint(rand.Int32()))
	}
	return list
}

// testDirect finds, changes and deletes each document by its shard key, and looks
// whether all of it is what MongoDB's own router code sees.
func testDirect(t *testing.T, g *genuine) {
	for _, c := range []struct {
		name string
		key  bson.D
	}{
		{"hashed", bson.D{{Key: "k", Value: "hashed"}}},
		{"ranged", bson.D{{Key: "k", Value: 1}}},
		{"compound", bson.D{{Key: "k", Value: 1}, {Key: "n", Value: 1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			coll := g.client.Database("direct").Collection(c.name)
			g.admin(t, bson.D{{Key: "shardCollection", Value: "direct." + c.name}, {Key: "key", Value: c.key}})
			if c.name != "hashed" {
				g.scatter(t, "direct."+c.name, c.key)
			}
			values := keys()
			for n, k := range values {
				_, err := coll.InsertOne(context.Background(), bson.D{{Key: "_id", Value: n}, {Key: "k", Value: k}, {Key: "n", Value: n}})
				require.NoError(t, err, "%v", k)
			}
			seesAll(t, coll, values)
			require.NoError(t, coll.Drop(context.Background())) // else it would have to be drained
		})
	}
}

// scatter splits a collection at all kinds of values and gives each second chunk
// to the other shard.
func (g *genuine) scatter(t *testing.T, ns string, key bson.D) {
	t.Helper()
	var middles []bson.D
	for _, at := range []any{nil, -1e6, int64(0), 0.25, 100.5, int64(1) << 53, "", "5", "b", bson.D{}, bson.NewObjectID(), false, bson.NewDateTimeFromTime(time.Unix(0, 0))} {
		middle := bson.D{{Key: "k", Value: at}}
		if len(key) > 1 {
			middle = append(middle, bson.E{Key: "n", Value: 0})
		}
		g.admin(t, bson.D{{Key: "split", Value: ns}, {Key: "middle", Value: middle}})
		middles = append(middles, middle)
	}
	for i, middle := range middles {
		g.admin(t, bson.D{{Key: "moveChunk", Value: ns}, {Key: "find", Value: middle}, {Key: "to", Value: fmt.Sprintf("shard%d", i%2+1)}, {Key: "_waitForDelete", Value: true}})
	}
}

func seesAll(t *testing.T, coll *mongo.Collection, values []any) {
	ctx := context.Background()
	n, err := coll.CountDocuments(ctx, bson.D{})
	require.NoError(t, err)
	require.EqualValues(t, len(values), n, "nothing is where its shard does not own it")
	for n, k := range values {
		query := bson.D{{Key: "k", Value: k}, {Key: "n", Value: n}}
		if k == nil {
			query = bson.D{{Key: "_id", Value: n}} // without its key, only an exact _id will do
		}
		require.NoError(t, coll.FindOne(ctx, query).Err(), "find %v", k)
		changed, err := coll.UpdateOne(ctx, query, bson.D{{Key: "$set", Value: bson.D{{Key: "seen", Value: true}}}})
		require.NoError(t, err, "%v", k)
		require.EqualValues(t, 1, changed.ModifiedCount, "update %v", k)
	}
	for n, k := range values[:len(values)/2] {
		deleted, err := coll.DeleteOne(ctx, bson.D{{Key: "k", Value: k}, {Key: "n", Value: n}, {Key: "_id", Value: n}})
		require.NoError(t, err, "%v", k)
		require.EqualValues(t, 1, deleted.DeletedCount, "delete %v", k)
	}
	n, err = coll.CountDocuments(ctx, bson.D{{Key: "seen", Value: true}})
	require.NoError(t, err)
	require.EqualValues(t, len(values)-len(values)/2, n)
}

// testOutdated asks a router whose catalogue another one has made outdated.
func testOutdated(t *testing.T, g *genuine) {
	ctx := context.Background()
	_, address := startRouter(t, "configReplSet", addresses(g.config))
	other := connect(t, "mongodb://"+address)
	coll := g.client.Database("outdated").Collection("c")
	run(t, g.client, "admin", bson.D{{Key: "enableSharding", Value: "outdated"}, {Key: "primaryShard", Value: "shard1"}})
	write := func(n int) {
		t.Helper()
		_, err := coll.InsertOne(ctx, bson.D{{Key: "_id", Value: n}})
		require.NoError(t, err)
		changed, err := coll.UpdateOne(ctx, bson.D{{Key: "_id", Value: n}}, bson.D{{Key: "$set", Value: bson.D{{Key: "n", Value: n}}}})
		require.NoError(t, err)
		require.EqualValues(t, 1, changed.ModifiedCount)
	}
	count := func(want int) {
		t.Helper()
		for n := range want {
			require.NoError(t, coll.FindOne(ctx, bson.D{{Key: "_id", Value: n}}).Err(), "%d", n)
		}
		n, err := coll.CountDocuments(ctx, bson.D{})
		require.NoError(t, err)
		require.EqualValues(t, want, n)
	}
	admin := func(cmd bson.D) { t.Helper(); run(t, other, "admin", cmd) }
	write(0)
	admin(bson.D{{Key: "movePrimary", Value: "outdated"}, {Key: "to", Value: "shard2"}})
	count(1)
	write(1)
	admin(bson.D{{Key: "shardCollection", Value: "outdated.c"}, {Key: "key", Value: bson.D{{Key: "_id", Value: 1}}}})
	write(2)
	for i, to := range []string{"shard1", "shard2", "shard1"} {
		admin(bson.D{{Key: "moveChunk", Value: "outdated.c"}, {Key: "find", Value: bson.D{{Key: "_id", Value: 0}}}, {Key: "to", Value: to}, {Key: "_waitForDelete", Value: true}})
		write(3 + i)
		admin(bson.D{{Key: "split", Value: "outdated.c"}, {Key: "middle", Value: bson.D{{Key: "_id", Value: 1 + i}}}})
		count(4 + i)
	}
	require.NoError(t, other.Database("outdated").Collection("c").Drop(ctx))
	count(0)
	write(0) // not sharded any more
	require.NoError(t, other.Database("outdated").Drop(ctx))
	run(t, other, "admin", bson.D{{Key: "enableSharding", Value: "outdated"}, {Key: "primaryShard", Value: "shard1"}})
	count(0)
	write(0)
	count(1)
}

// testTailing follows a capped collection, which ended a mongod when it was asked
// of the router code.
func testTailing(t *testing.T, g *genuine) {
	ctx := context.Background()
	db := g.client.Database("tailing")
	require.NoError(t, db.CreateCollection(ctx, "capped", options.CreateCollection().SetCapped(true).SetSizeInBytes(1<<20)))
	coll := db.Collection("capped")
	for n := range 3 {
		_, err := coll.InsertOne(ctx, bson.D{{Key: "_id", Value: n}})
		require.NoError(t, err)
	}
	for _, kind := range []options.CursorType{options.Tailable, options.TailableAwait} {
		cursor, err := coll.Find(ctx, bson.D{}, options.Find().SetCursorType(kind).SetMaxAwaitTime(100*time.Millisecond))
		require.NoError(t, err)
		for range 3 {
			require.True(t, cursor.Next(ctx), "%v", cursor.Err())
		}
		require.False(t, cursor.TryNext(ctx))
		require.False(t, cursor.TryNext(ctx))
		require.NoError(t, cursor.Err())
		_, err = coll.InsertOne(ctx, bson.D{{Key: "new", Value: true}})
		require.NoError(t, err)
		require.True(t, cursor.Next(ctx), "what came later: %v", cursor.Err())
		require.NoError(t, cursor.Close(ctx))
		_, err = coll.DeleteMany(ctx, bson.D{{Key: "new", Value: true}})
		require.NoError(t, err)
	}
	g.shardOn(t, "tailing", "sharded")
	for _, name := range []string{"sharded", "system.views"} {
		for _, field := range []string{"tailable", "awaitData"} {
			refused(t, g.client, "tailing", bson.D{{Key: "find", Value: name}, {Key: field, Value: 1}}, codeNotSupported)
		}
	}
	refused(t, g.client, "nowhere", bson.D{{Key: "find", Value: "c"}, {Key: "tailable", Value: true}}, codeNotSupported)
	refused(t, g.client, "tailing", bson.D{{Key: "find", Value: "capped"}, {Key: "tailable", Value: true}, {Key: "$readPreference", Value: bson.D{{Key: "mode", Value: "secondary"}}}}, codeNotSupported)
}

// testKilledCursors opens cursors and closes them: nothing stays on the shards.
func testKilledCursors(t *testing.T, g *genuine) {
	ctx := context.Background()
	sharded := g.shardOn(t, "killed", "sharded")
	fill(t, sharded, 100)
	plain := g.client.Database("killed").Collection("plain")
	fill(t, plain, 100)
	before := g.openCursors(t)
	for _, coll := range []*mongo.Collection{sharded, plain} {
		var open []*mongo.Cursor
		for range 20 {
			cursor, err := coll.Find(ctx, bson.D{}, options.Find().SetBatchSize(2))
			require.NoError(t, err)
			open = append(open, cursor)
		}
		require.GreaterOrEqual(t, g.openCursors(t), before+20)
		for _, cursor := range open {
			require.NoError(t, cursor.Close(ctx))
		}
		eventually(t, "no cursor is left", func() error {
			if n := g.openCursors(t); n > before {
				return fmt.Errorf("%d are open, %d were before", n, before)
			}
			return nil
		})
	}
}

// openCursors are those on all shards, with those of their router code.
func (g *genuine) openCursors(t *testing.T) (n int) {
	t.Helper()
	for _, members := range g.shards {
		var status struct {
			Metrics struct {
				Cursor struct{ Open struct{ Total int } }
			}
		}
		require.NoError(t, direct(t, members[0]).Database("admin").RunCommand(context.Background(), bson.D{{Key: "serverStatus", Value: 1}}).Decode(&status))
		n += status.Metrics.Cursor.Open.Total
	}
	return n
}

// testTimeseries uses time-series collections, whose documents are in another
// one.
func testTimeseries(t *testing.T, g *genuine) {
	ctx := context.Background()
	db := g.client.Database("weather")
	for _, sharded := range []bool{false, true} {
		name := fmt.Sprintf("t%v", sharded)
		require.NoError(t, db.CreateCollection(ctx, name, options.CreateCollection().SetTimeSeriesOptions(options.TimeSeries().SetTimeField("at").SetMetaField("place"))))
		if sharded {
			g.admin(t, bson.D{{Key: "shardCollection", Value: "weather." + name}, {Key: "key", Value: bson.D{{Key: "place", Value: 1}}}})
		}
		coll := db.Collection(name)
		for n := range 10 {
			_, err := coll.InsertOne(ctx, bson.D{{Key: "at", Value: time.Unix(int64(n), 0)}, {Key: "place", Value: fmt.Sprint(n % 3)}, {Key: "n", Value: n}})
			require.NoError(t, err)
		}
		_, err := coll.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: bson.D{{Key: "place", Value: 1}, {Key: "at", Value: -1}}})
		require.NoError(t, err)
		list, err := coll.Indexes().ListSpecifications(ctx)
		require.NoError(t, err)
		names := []string{}
		for _, index := range list {
			names = append(names, index.Name)
		}
		require.Contains(t, names, "place_1_at_-1", "sharded: %v", sharded)
		n, err := coll.CountDocuments(ctx, bson.D{{Key: "place", Value: "1"}})
		require.NoError(t, err)
		require.EqualValues(t, 3, n)
		require.NoError(t, coll.FindOne(ctx, bson.D{{Key: "n", Value: 7}}).Err())
		require.NoError(t, coll.Indexes().DropOne(ctx, "place_1_at_-1"))
		deleted, err := coll.DeleteMany(ctx, bson.D{{Key: "place", Value: "1"}})
		require.NoError(t, err)
		require.EqualValues(t, 3, deleted.DeletedCount)
		require.NoError(t, coll.Drop(ctx))
	}
}

func TestOutdated(t *testing.T) {
	for name, c := range map[string]struct {
		reply bson.D
		want  bool
	}{
		"fine":          {bson.D{{Key: "ok", Value: 1.0}}, false},
		"a find":        {bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(codeStaleConfig)}}, true},
		"a database":    {bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(codeStaleDBVersion)}}, true},
		"another error": {bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(2)}}, false},
		"a write":       {bson.D{{Key: "ok", Value: 1.0}, {Key: "writeErrors", Value: bson.A{bson.D{{Key: "code", Value: int32(codeStaleConfig)}}}}}, true},
		"a duplicate":   {bson.D{{Key: "ok", Value: 1.0}, {Key: "writeErrors", Value: bson.A{bson.D{{Key: "code", Value: int32(11000)}}}}}, false},
		"no list":       {bson.D{{Key: "ok", Value: 1.0}, {Key: "writeErrors", Value: bson.A{}}}, false},
	} {
		require.Equal(t, c.want, outdated(document(c.reply)), name)
	}
}

func TestTruthy(t *testing.T) {
	for value, want := range map[any]bool{true: true, false: false, int32(1): true, 0.0: false, 0.5: true, int64(0): false, nil: false, "x": true} {
		require.Equal(t, want, truthy(document(bson.D{{Key: "v", Value: value}}).Lookup("v")), "%v", value)
	}
	require.False(t, truthy(bsoncore.Value{}))
	require.True(t, truthy(document(bson.D{{Key: "v", Value: bson.NewDecimal128(0, 1)}}).Lookup("v")))
	zero, err := bson.ParseDecimal128("-0.00")
	require.NoError(t, err)
	require.False(t, truthy(document(bson.D{{Key: "v", Value: zero}}).Lookup("v")))
	infinite, err := bson.ParseDecimal128("Infinity")
	require.NoError(t, err)
	require.True(t, truthy(document(bson.D{{Key: "v", Value: infinite}}).Lookup("v")))
}

// However a client writes that many documents are meant: such a write goes to
// every shard, has more time, and is not repeated.
func TestWritesOfMany(t *testing.T) {
	for _, c := range []struct {
		command, list string
		write         bson.D
		single        bool
	}{
		{"update", "updates", bson.D{}, true},
		{"update", "updates", bson.D{{Key: "multi", Value: false}}, true},
		{"update", "updates", bson.D{{Key: "multi", Value: int64(0)}}, true},
		{"update", "updates", bson.D{{Key: "multi", Value: true}}, false},
		{"update", "updates", bson.D{{Key: "multi", Value: int32(1)}}, false},
		{"update", "updates", bson.D{{Key: "multi", Value: 2.5}}, false},
		{"delete", "deletes", bson.D{{Key: "limit", Value: 1.0}}, true},
		{"delete", "deletes", bson.D{{Key: "limit", Value: int64(0)}}, false},
		{"delete", "deletes", bson.D{{Key: "limit", Value: bson.NewDecimal128(0x3040000000000000, 0)}}, false},
	} {
		q := &request{name: c.command, body: document(bson.D{{Key: c.list, Value: bson.A{append(bson.D{{Key: "q", Value: bson.D{}}}, c.write...)}}})}
		_, one := ofWrite(q)
		require.Equal(t, c.single, one, "%s %v", c.command, c.write)
		require.Equal(t, c.single, writesSingle(q), "%s %v", c.command, c.write)
	}
}
