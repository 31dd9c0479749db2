package router

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"speedscale/internal/mongods"
)

func testStatistics(t *testing.T, g *genuine) {
	coll := g.shardOn(t, "statistics", "c")
	fill(t, coll, 100)
	for _, s := range []struct {
		db, coll string
		chunks   int64
		sharded  bool
	}{{"statistics", "c", 4, true}, {"statistics2", "plain", 1, false}} {
		if !s.sharded {
			fill(t, g.client.Database(s.db).Collection(s.coll), 100)
		}
		stats := run(t, g.client, s.db, bson.D{{Key: "collStats", Value: s.coll}})
		require.Equal(t, s.sharded, stats["sharded"])
		require.EqualValues(t, 100, stats["count"])
		require.Equal(t, s.chunks, stats["nchunks"])
		require.Equal(t, s.db+"."+s.coll, stats["ns"])
		require.Positive(t, stats["avgObjSize"])
		db := run(t, g.client, s.db, bson.D{{Key: "dbStats", Value: 1}})
		require.EqualValues(t, 100, db["objects"])
		require.Len(t, db["raw"], 2)
	}
	run(t, g.client, "config", bson.D{{Key: "collStats", Value: "chunks"}})
	run(t, g.client, "config", bson.D{{Key: "dbStats", Value: 1}})

	list := g.admin(t, bson.D{{Key: "listDatabases", Value: 1}})
	require.Subset(t, databaseNames(t, g), []string{"admin", "config", "statistics"})
	require.NotContains(t, databaseNames(t, g), "local")
	require.Positive(t, list["totalSize"])
	only := g.admin(t, bson.D{{Key: "listDatabases", Value: 1}, {Key: "nameOnly", Value: true}, {Key: "filter", Value: bson.D{{Key: "name", Value: "statistics"}}}})
	require.Equal(t, bson.A{bson.D{{Key: "name", Value: "statistics"}}}, only["databases"])
}

func testLocalAnswers(t *testing.T, g *genuine) {
	for name, field := range map[string]string{
		"buildInfo": "versionArray", "hostInfo": "system", "serverStatus": "connections", "getCmdLineOpts": "argv", "connectionStatus": "authInfo",
		"whatsmyuri": "you", "listCommands": "commands", "isdbgrid": "hostname", "getShardMap": "hosts", "getDefaultRWConcern": "defaultWriteConcern",
		"flushRouterConfig": "flushed",
	} {
		require.Contains(t, g.admin(t, bson.D{{Key: name, Value: 1}}), field, name)
	}
	require.Equal(t, "mongos", g.admin(t, bson.D{{Key: "serverStatus", Value: 1}})["process"])
	require.Equal(t, mongods.Default, g.admin(t, bson.D{{Key: "buildInfo", Value: 1}})["version"])
	require.Contains(t, g.admin(t, bson.D{{Key: "getParameter", Value: 1}, {Key: "featureCompatibilityVersion", Value: 1}}), "featureCompatibilityVersion")
	refused(t, g.client, "admin", bson.D{{Key: "getParameter", Value: 1}, {Key: "nonsense", Value: 1}}, 72)
	require.Equal(t, false, g.admin(t, bson.D{{Key: "getParameter", Value: "*"}})["enableTestCommands"])
	require.Contains(t, g.admin(t, bson.D{{Key: "getParameter", Value: bson.D{{Key: "allParameters", Value: true}}}}), "requireApiVersion")
	uptime := g.admin(t, bson.D{{Key: "serverStatus", Value: 1}})["uptime"].(float64)
	require.Equal(t, math.Trunc(uptime), uptime, "tools read whole seconds")
	require.Empty(t, g.admin(t, bson.D{{Key: "getLog", Value: "startupWarnings"}})["log"])
	shardMap := g.admin(t, bson.D{{Key: "getShardMap", Value: 1}})["map"].(bson.D)
	require.Len(t, shardMap, 3)
}

// layout is the number of a collection's chunks on each shard.
func layout(t *testing.T, g *genuine, ns string) map[string]int64 {
	t.Helper()
	g.router.cluster.ForgetAll()
	coll, err := g.router.cluster.Collection(context.Background(), ns)
	require.NoError(t, err)
	out := map[string]int64{}
	for _, owner := range coll.Owners {
		out[owner.Shard] = owner.Chunks
	}
	return out
}

func testChunks(t *testing.T, g *genuine) {
	coll := g.shardOn(t, "chunks", "c")
	fill(t, coll, 400)
	ns := "chunks.c"
	require.Equal(t, map[string]int64{"shard1": 2, "shard2": 2}, layout(t, g, ns))
	id := bson.D{{Key: "_id", Value: 5}}
	point := bson.D{{Key: "_id", Value: int64(7)}}
	g.admin(t, bson.D{{Key: "split", Value: ns}, {Key: "find", Value: id}})
	g.admin(t, bson.D{{Key: "split", Value: ns}, {Key: "middle", Value: point}})
	refused(t, g.client, "admin", bson.D{{Key: "split", Value: ns}, {Key: "middle", Value: point}}, 72)
	for _, to := range []string{"shard1", "shard2", "shard2"} {
		moved := g.admin(t, bson.D{{Key: "moveChunk", Value: ns}, {Key: "find", Value: id}, {Key: "to", Value: to}, {Key: "_waitForDelete", Value: true}})
		require.Contains(t, moved, "millis")
		require.Equal(t, to, g.chunkOf(t, ns, id).Shard)
	}
	for _, to := range []string{"shard1", "shard2"} {
		g.admin(t, bson.D{{Key: "moveRange", Value: ns}, {Key: "min", Value: point}, {Key: "toShard", Value: to}, {Key: "waitForDelete", Value: true}})
	}
	total := int64(0)
	for _, n := range layout(t, g, ns) {
		total += n
	}
	require.EqualValues(t, 6, total)
	g.mergeAll(t, ns)
	n, err := coll.CountDocuments(context.Background(), bson.D{})
	require.NoError(t, err)
	require.EqualValues(t, 400, n)

	refused(t, g.client, "admin", bson.D{{Key: "moveChunk", Value: ns}, {Key: "find", Value: id}, {Key: "to", Value: "nowhere"}}, 70)
	refused(t, g.client, "admin", bson.D{{Key: "moveChunk", Value: "chunks.plain"}, {Key: "find", Value: id}, {Key: "to", Value: "shard1"}}, 118)
	refused(t, g.client, "admin", bson.D{{Key: "moveChunk", Value: ns}, {Key: "find", Value: bson.D{{Key: "n", Value: 1}}}, {Key: "to", Value: "shard1"}}, 61)
	refused(t, g.client, "admin", bson.D{{Key: "split", Value: ns}}, 2)
	refused(t, g.client, "admin", bson.D{{Key: "split", Value: ns}, {Key: "bounds", Value: bson.A{1}}}, 2)
	refused(t, g.client, "admin", bson.D{{Key: "mergeChunks", Value: ns}, {Key: "bounds", Value: 1}}, 2)
	refused(t, g.client, "admin", bson.D{{Key: "shardCollection", Value: ns}, {Key: "key", Value: bson.D{{Key: "other", Value: 1}}}}, 23)
	refused(t, g.client, "admin", bson.D{{Key: "shardCollection", Value: "nonsense"}, {Key: "key", Value: id}}, 73)
	refused(t, g.client, "admin", bson.D{{Key: "shardCollection", Value: "chunks.x"}}, 9)
}

func (g *genuine) chunkOf(t *testing.T, ns string, id bson.D) chunk {
	t.Helper()
	ctx := context.Background()
	coll, err := g.router.sharded(ctx, ns)
	require.NoError(t, err)
	key, err := shardKey(coll.Key, document(id))
	require.NoError(t, err)
	c, err := g.router.chunkAt(ctx, coll, key)
	require.NoError(t, err)
	return c
}

// mergeAll merges the first two neighbours on one shard.
func (g *genuine) mergeAll(t *testing.T, ns string) {
	t.Helper()
	ctx := context.Background()
	coll, err := g.router.sharded(ctx, ns)
	require.NoError(t, err)
	var chunks []chunk
	require.NoError(t, g.router.cluster.Aggregate(ctx, "chunks", bson.A{
		bson.D{{Key: "$match", Value: bson.D{{Key: "uuid", Value: coll.UUID}}}}, bson.D{{Key: "$sort", Value: bson.D{{Key: "min", Value: 1}}}},
	}, &chunks))
	for i, c := range chunks[1:] {
		if before := chunks[i]; before.Shard == c.Shard {
			g.admin(t, bson.D{{Key: "mergeChunks", Value: ns}, {Key: "bounds", Value: bson.A{before.Min, c.Max}}})
			return
		}
	}
	t.Fatalf("no two neighbours of %v are on one shard", chunks)
}

// testHash compares the router's idea of a key's shard with where MongoDB puts
// the document.
func testHash(t *testing.T, g *genuine) {
	ctx := context.Background()
	coll := g.shardOn(t, "hash", "c")
	values := []any{
		0, 1, -1, int64(1) << 60, 1.5, -2.7, math.Inf(1), math.Inf(-1), math.NaN(), "", "text", "café", true, false, nil,
		bson.NewObjectID(), bson.NewDateTimeFromTime(g.router.started),
		bson.Timestamp{T: 1, I: 2},
		bson.Binary{Data: []byte("ab")},
	}
	for i := range 200 {
		values = append(values, fmt.Sprintf("key %d", i), 1000+i)
	}
	shards := map[string]*mongo.Client{}
	for name, members := range g.shards {
		shards[name] = direct(t, members[0])
	}
	for _, v := range values {
		id := bson.D{{Key: "_id", Value: v}}
		_, err := coll.InsertOne(ctx, id)
		require.NoError(t, err, "%v", v)
		want := g.chunkOf(t, "hash.c", id).Shard
		n, err := shards[want].Database("hash").Collection("c").CountDocuments(ctx, id)
		require.NoError(t, err)
		require.EqualValues(t, 1, n, "%T %v is on %s", v, v, want)
	}
	_, err := shardKey(bson.D{{Key: "_id", Value: "hashed"}}, document(bson.D{{Key: "_id", Value: bson.D{}}}))
	require.ErrorContains(t, err, "cannot hash")
}

func testZones(t *testing.T, g *genuine) {
	g.shardOn(t, "zones", "c")
	ns := "zones.c"
	bounds := bson.D{{Key: "min", Value: bson.D{{Key: "_id", Value: bson.MinKey{}}}}, {Key: "max", Value: bson.D{{Key: "_id", Value: bson.MaxKey{}}}}}
	zone := func(name any) bson.D {
		return append(append(bson.D{{Key: "updateZoneKeyRange", Value: ns}}, bounds...), bson.E{Key: "zone", Value: name})
	}
	refused(t, g.client, "admin", zone("europe"), 177)
	g.admin(t, bson.D{{Key: "addShardToZone", Value: "shard1"}, {Key: "zone", Value: "europe"}})
	g.admin(t, zone("europe"))
	n, err := g.client.Database("config").Collection("tags").CountDocuments(context.Background(), bson.D{{Key: "ns", Value: ns}})
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	g.admin(t, zone(nil))
	g.admin(t, bson.D{{Key: "removeShardFromZone", Value: "shard1"}, {Key: "zone", Value: "europe"}})
	refused(t, g.client, "admin", bson.D{{Key: "addShardToZone", Value: "nowhere"}, {Key: "zone", Value: "x"}}, 70)

	g.admin(t, bson.D{{Key: "configureCollectionBalancing", Value: ns}, {Key: "chunkSize", Value: 64}})
	require.EqualValues(t, 64, g.admin(t, bson.D{{Key: "balancerCollectionStatus", Value: ns}})["chunkSize"])
	g.admin(t, bson.D{{Key: "setAllowMigrations", Value: ns}, {Key: "allowMigrations", Value: true}})

	for _, mode := range []string{"Stop", "Start", "Stop"} {
		g.admin(t, bson.D{{Key: "balancer" + mode, Value: 1}})
		want := map[string]string{"Start": "full", "Stop": "off"}[mode]
		require.Equal(t, want, g.admin(t, bson.D{{Key: "balancerStatus", Value: 1}})["mode"])
	}
	g.admin(t, bson.D{{Key: "enableSharding", Value: "zones3"}, {Key: "primaryShard", Value: "shard2"}})
	require.Equal(t, "shard2", plainShard(t, g, "zones3"))
	g.admin(t, bson.D{{Key: "shardCollection", Value: "zones.r"}, {Key: "key", Value: bson.D{{Key: "a", Value: 1}}}})
	run(t, g.client, "zones", bson.D{{Key: "createIndexes", Value: "r"}, {Key: "indexes", Value: bson.A{bson.D{{Key: "key", Value: bson.D{{Key: "a", Value: 1}, {Key: "b", Value: 1}}}, {Key: "name", Value: "ab"}}}}})
	g.admin(t, bson.D{{Key: "refineCollectionShardKey", Value: "zones.r"}, {Key: "key", Value: bson.D{{Key: "a", Value: 1}, {Key: "b", Value: 1}}}})
}

// testDrain takes a shard out and sees every document stay.
func testDrain(t *testing.T, g *genuine) {
	ctx := context.Background()
	coll := g.shardOn(t, "drain", "c")
	fill(t, coll, 500)
	fill(t, g.client.Database("drain2").Collection("plain"), 50)
	g.admin(t, bson.D{{Key: "movePrimary", Value: "drain2"}, {Key: "to", Value: "shard2"}})
	g.admin(t, bson.D{{Key: "balancerStart", Value: 1}})

	remove := bson.D{{Key: "removeShard", Value: "shard2"}}
	first := g.admin(t, remove)
	require.Equal(t, "started", first["state"])
	require.Contains(t, first["dbsToMove"], "drain2")
	second := g.admin(t, remove)
	require.Equal(t, "ongoing", second["state"])
	require.Contains(t, fmt.Sprint(second["remaining"]), "chunks")
	require.Contains(t, fmt.Sprint(second["remaining"]), "dbs")
	for left := int64(math.MaxInt64); left > 0; {
		eventually(t, "another chunk leaves", func() error { // each takes a second or more
			reply := g.admin(t, remove)
			var remaining struct{ Chunks int64 }
			b, err := bson.Marshal(reply["remaining"])
			require.NoError(t, err)
			require.NoError(t, bson.Unmarshal(b, &remaining))
			if remaining.Chunks >= left {
				return fmt.Errorf("%v", reply)
			}
			left = remaining.Chunks
			return nil
		})
	}
	for _, db := range g.admin(t, remove)["dbsToMove"].(bson.A) {
		g.admin(t, bson.D{{Key: "movePrimary", Value: db}, {Key: "to", Value: "shard1"}})
	}
	eventually(t, "the shard is removed", func() error {
		if reply := g.admin(t, remove); reply["state"] != "completed" {
			return fmt.Errorf("%v", reply)
		}
		return nil
	})
	require.Len(t, g.admin(t, bson.D{{Key: "listShards", Value: 1}})["shards"], 1)
	for name, want := range map[string]int64{"drain": 500, "drain2": 50} {
		for _, c := range []string{"c", "plain"} {
			n, err := g.client.Database(name).Collection(c).CountDocuments(ctx, bson.D{})
			require.NoError(t, err)
			require.True(t, n == want || n == 0, "%s.%s holds %d", name, c, n)
		}
	}
	refused(t, g.client, "admin", bson.D{{Key: "removeShard", Value: "shard1"}}, 20)
	refused(t, g.client, "admin", remove, 70)
}
