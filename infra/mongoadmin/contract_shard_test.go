package mongoadmin_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/infra/mongoadmin"
	"speedscale/infra/mongoadmin/fake"
	"speedscale/internal/testenv"
)

// sharded is a router under the contract, and two sets that can be shards.
type sharded struct {
	admin  mongoadmin.Admin
	router mongoadmin.Endpoint
	sets   map[string][]string // hosts by set
	insert func(t *testing.T, name mongoadmin.Namespace, n int)
}

func TestShardContractFake(t *testing.T) {
	t.Parallel()
	c := fake.New()
	s := sharded{admin: c, router: mongoadmin.Endpoint{Host: "mongos:27017"}, sets: map[string][]string{}}
	for _, name := range []string{"s1", "s2"} {
		s.sets[name] = oneMember(t, c, name, mongoadmin.Endpoint{Host: name + "-a:27017"}, false)
	}
	s.insert = func(_ *testing.T, name mongoadmin.Namespace, n int) { c.Insert(name, int64(n)) }
	shardContract(t, s)
}

func TestShardContractReal(t *testing.T) {
	t.Parallel()
	onEachRelease(t, func(t *testing.T, r testenv.Release) {
		if r.Older("6.0") {
			t.Skip("the embedded router speaks to 6.0 alone, and packages carry no mongos")
		}
		realShardContract(t, r)
	})
}

func realShardContract(t *testing.T, r testenv.Release) {
	admin := realCluster(t, r).admin
	config := start(t, r, 1, "--configsvr", "--replSet", "cfg")[0]
	oneMember(t, admin, "cfg", config, true)
	s := sharded{admin: admin, sets: map[string][]string{}}
	for _, name := range []string{"s1", "s2"} {
		s.sets[name] = oneMember(t, admin, name, start(t, r, 1, "--shardsvr", "--replSet", name, "--setParameter", "orphanCleanupDelaySecs=1")[0], false)
	}
	s.router = mongoadmin.Endpoint{Host: router(t, "cfg/"+config.Host)}
	s.insert = func(t *testing.T, name mongoadmin.Namespace, n int) { insert(t, s.router, name, n) }
	shardContract(t, s)
}

// oneMember makes a set of the one member.
func oneMember(t *testing.T, admin mongoadmin.Admin, name string, at mongoadmin.Endpoint, configServer bool) []string {
	require.NoError(t, admin.Initiate(t.Context(), at, mongoadmin.SetConfig{
		Name: name, ConfigServer: configServer, Members: []mongoadmin.Member{{Host: at.Host, Priority: 1, Votes: 1}},
	}))
	settled(t, admin, at, 1)
	return []string{at.Host}
}

// router builds and starts the embedded router.
func router(t *testing.T, configdb string) string {
	binary := filepath.Join(t.TempDir(), "mongos")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "speedscale/infra/cmd/mongos").CombinedOutput()
	require.NoError(t, err, "%s", out)
	port := strconv.Itoa(testenv.FreePort(t))
	cmd := exec.Command(binary, "--configdb", configdb, "--bind_ip", "127.0.0.1", "--port", port) //nolint:noctx // ended by the cleanup
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		require.NoError(t, cmd.Wait())
	})
	return "127.0.0.1:" + port
}

func insert(t *testing.T, router mongoadmin.Endpoint, name mongoadmin.Namespace, n int) {
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + router.Host))
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Disconnect(t.Context())) }()
	var documents []any
	for i := range n {
		documents = append(documents, bson.D{{Key: "_id", Value: i}})
	}
	_, err = client.Database(name.Database).Collection(name.Collection).InsertMany(t.Context(), documents)
	require.NoError(t, err)
}

// shardContract is what every ShardAdmin and CollectionAdmin does, step by
// step on one cluster.
func shardContract(t *testing.T, c sharded) {
	ctx := t.Context()
	products := mongoadmin.Namespace{Database: "speedscale", Collection: "products"}
	spec := mongoadmin.CollectionSpec{Collection: mongoadmin.Collection{
		Name: products, Key: mongoadmin.ShardKey{{Field: "_id", Type: "hashed"}},
	}}

	t.Run("the router says what it is", func(t *testing.T) {
		eventually(t, func() string {
			hello, err := c.admin.Hello(ctx, c.router)
			if err != nil {
				require.True(t, mongoadmin.IsTransient(err), "%v", err)
				return err.Error()
			}
			require.True(t, hello.Router)
			return ""
		})
	})
	t.Run("a new cluster has no shard and no sharded collection", func(t *testing.T) {
		require.Empty(t, shards(t, c))
		_, err := c.admin.Collection(ctx, c.router, products)
		require.ErrorIs(t, err, mongoadmin.ErrNotSharded)
		require.False(t, mongoadmin.IsTransient(err))
	})
	t.Run("shards are added, once", func(t *testing.T) {
		for _, name := range []string{"s2", "s1", "s2"} {
			require.NoError(t, c.admin.AddShard(ctx, c.router, name, c.sets[name]))
		}
		require.Equal(t, []mongoadmin.Shard{{Name: "s1", Hosts: c.sets["s1"]}, {Name: "s2", Hosts: c.sets["s2"]}}, shards(t, c))
	})
	t.Run("the shards serve", func(t *testing.T) {
		eventually(t, func() string {
			err := c.admin.ShardsServe(ctx, c.router)
			if err != nil {
				require.True(t, mongoadmin.IsTransient(err), "%v", err)
				return err.Error()
			}
			return ""
		})
	})
	t.Run("a set of another name is refused", func(t *testing.T) {
		err := c.admin.AddShard(ctx, c.router, "s3", c.sets["s1"])
		require.Error(t, err)
		require.False(t, mongoadmin.IsTransient(err), "%v", err)
	})
	t.Run("the balancer is switched", func(t *testing.T) {
		for _, on := range []bool{true, false, true} {
			require.NoError(t, c.admin.SetBalancing(ctx, c.router, on))
			is, err := c.admin.Balancing(ctx, c.router)
			require.NoError(t, err)
			require.Equal(t, on, is)
		}
	})
	t.Run("a collection is sharded, once, over all shards", func(t *testing.T) {
		require.NoError(t, c.admin.ShardCollection(ctx, c.router, spec))
		require.NoError(t, c.admin.ShardCollection(ctx, c.router, spec))
		got, err := c.admin.Collection(ctx, c.router, products)
		require.NoError(t, err)
		require.Equal(t, spec.Collection, got)
		all, err := c.admin.Collections(ctx, c.router)
		require.NoError(t, err)
		require.Equal(t, []mongoadmin.Collection{got}, all)
		chunks, err := c.admin.Chunks(ctx, c.router, products)
		require.NoError(t, err)
		require.Equal(t, map[string]int{"s1": 2, "s2": 2}, chunks)
	})
	t.Run("indexes are listed", func(t *testing.T) {
		indexes, err := c.admin.Indexes(ctx, c.router, products)
		require.NoError(t, err)
		require.Contains(t, indexes, "_id_")
		indexes, err = c.admin.Indexes(ctx, c.router, mongoadmin.Namespace{Database: "nowhere", Collection: "nothing"})
		require.NoError(t, err)
		require.Empty(t, indexes)
	})
	t.Run("another key is refused", func(t *testing.T) {
		other := spec
		other.Key = mongoadmin.ShardKey{{Field: "category", Type: "1"}}
		err := c.admin.ShardCollection(ctx, c.router, other)
		require.Error(t, err)
		require.False(t, mongoadmin.IsTransient(err), "%v", err)
	})
	t.Run("documents are counted by shard", func(t *testing.T) {
		c.insert(t, products, 400)
		documents := documents(t, c, products)
		require.Equal(t, int64(400), documents["s1"]+documents["s2"])
		require.Positive(t, documents["s1"])
		require.Positive(t, documents["s2"])
	})
	t.Run("a range is cut off its chunk and moved", func(t *testing.T) {
		move := func(shards ...string) map[string]int64 {
			list, err := c.admin.ChunkList(ctx, c.router, products)
			require.NoError(t, err)
			moves, err := mongoadmin.PlanLevel(spec.Key, list, shards)
			require.NoError(t, err)
			require.NotEmpty(t, moves)
			for _, m := range moves {
				eventually(t, func() string {
					err := c.admin.MoveRange(ctx, c.router, products, m.Range, m.To)
					if err == nil {
						return ""
					}
					require.True(t, mongoadmin.IsTransient(err), "%v", err)
					return err.Error()
				})
			}
			chunks, err := c.admin.Chunks(ctx, c.router, products)
			require.NoError(t, err)
			require.Len(t, chunks, len(shards))
			return documents(t, c, products)
		}
		require.GreaterOrEqual(t, move("s1")["s1"], int64(400))
		move("s1", "s2")
		list, err := c.admin.ChunkList(ctx, c.router, products)
		require.NoError(t, err)
		err = c.admin.MoveRange(ctx, c.router, products, list[0].Range, "s9")
		require.Error(t, err)
		require.False(t, mongoadmin.IsTransient(err), "%v", err)
	})
	t.Run("ranges belong to zones, and zones to shards", func(t *testing.T) { zoneContract(t, c, spec.Collection) })
	t.Run("a removal is called off", func(t *testing.T) {
		_, err := c.admin.RemoveShard(ctx, c.router, "s1")
		require.NoError(t, err)
		require.True(t, shards(t, c)[0].Draining)
		require.NoError(t, c.admin.KeepShard(ctx, c.router, "s1"))
		require.False(t, shards(t, c)[0].Draining)
	})
	t.Run("a shard is drained and removed", func(t *testing.T) {
		eventually(t, func() string {
			drain, err := c.admin.RemoveShard(ctx, c.router, "s1")
			if err != nil {
				require.True(t, mongoadmin.IsTransient(err), "%v", err)
				return err.Error()
			}
			if drain.Done {
				return ""
			}
			if drain.Chunks == 0 {
				for _, database := range drain.Databases {
					require.NoError(t, c.admin.MovePrimary(ctx, c.router, database, "s2"))
				}
			}
			return "not done"
		})
		require.Equal(t, []mongoadmin.Shard{{Name: "s2", Hosts: c.sets["s2"]}}, shards(t, c))
		require.GreaterOrEqual(t, documents(t, c, products)["s2"], int64(400))
		chunks, err := c.admin.Chunks(ctx, c.router, products)
		require.NoError(t, err)
		require.Len(t, chunks, 1)
		require.GreaterOrEqual(t, chunks["s2"], 1)
	})
	t.Run("a former shard is one again once what it kept is dropped", func(t *testing.T) {
		s1 := mongoadmin.Endpoint{Host: c.sets["s1"][0]}
		require.ErrorIs(t, c.admin.AddShard(ctx, c.router, "s1", c.sets["s1"]), mongoadmin.ErrRemains)
		require.NoError(t, c.admin.DropRemains(ctx, c.router, s1, "s1"))
		require.NoError(t, c.admin.AddShard(ctx, c.router, "s1", c.sets["s1"]))
		require.GreaterOrEqual(t, documents(t, c, products)["s2"], int64(400))
		eventually(t, func() string {
			drain, err := c.admin.RemoveShard(ctx, c.router, "s1")
			if err != nil {
				return err.Error()
			}
			if !drain.Done {
				return "not done"
			}
			return ""
		})
	})
	t.Run("the last shard is not removed", func(t *testing.T) {
		_, err := c.admin.RemoveShard(ctx, c.router, "s2")
		require.Error(t, err)
		require.False(t, mongoadmin.IsTransient(err), "%v", err)
		require.Len(t, shards(t, c), 1)
	})
}

func zoneContract(t *testing.T, c sharded, products mongoadmin.Collection) {
	ctx := t.Context()
	bound := func(text string) string {
		b, err := mongoadmin.ParseBound(products.Key, text)
		require.NoError(t, err)
		return b
	}
	low := mongoadmin.Range{Min: bound(`{"_id": {"$minKey": 1}}`), Max: bound(`{"_id": 0}`)}
	high := mongoadmin.Range{Min: bound(`{"_id": 0}`), Max: bound(`{"_id": {"$maxKey": 1}}`)}
	zones := func() []mongoadmin.Zone {
		zones, err := c.admin.Zones(ctx, c.router, products.Name)
		require.NoError(t, err)
		return zones
	}
	require.Empty(t, zones())
	require.Error(t, c.admin.SetRange(ctx, c.router, products.Name, low, "cold"), "no such zone")
	require.NoError(t, c.admin.AddShardToZone(ctx, c.router, "s1", "cold"))
	require.NoError(t, c.admin.AddShardToZone(ctx, c.router, "s1", "cold"))
	require.NoError(t, c.admin.AddShardToZone(ctx, c.router, "s2", "hot"))
	require.Error(t, c.admin.AddShardToZone(ctx, c.router, "s9", "hot"), "no such shard")
	require.NoError(t, c.admin.SetRange(ctx, c.router, products.Name, low, "cold"))
	require.NoError(t, c.admin.SetRange(ctx, c.router, products.Name, high, "hot"))
	require.Equal(t, []mongoadmin.Zone{
		{Name: "cold", Shards: []string{"s1"}, Ranges: []mongoadmin.Range{low}},
		{Name: "hot", Shards: []string{"s2"}, Ranges: []mongoadmin.Range{high}},
	}, zones())
	require.Error(t, c.admin.RemoveShardFromZone(ctx, c.router, "s1", "cold"), "its range has no other shard")
	require.NoError(t, c.admin.SetRange(ctx, c.router, products.Name, low, ""))
	require.NoError(t, c.admin.SetRange(ctx, c.router, products.Name, high, ""))
	require.NoError(t, c.admin.RemoveShardFromZone(ctx, c.router, "s1", "cold"))
	require.NoError(t, c.admin.RemoveShardFromZone(ctx, c.router, "s2", "hot"))
	require.Empty(t, zones())
}

func TestParseBound(t *testing.T) {
	t.Parallel()
	hashed := mongoadmin.ShardKey{{Field: "_id", Type: "hashed"}}
	compound := mongoadmin.ShardKey{{Field: "category", Type: "1"}, {Field: "sku", Type: "-1"}}
	for text, want := range map[string]string{
		`{"_id": 5}`:                      `{"_id":{"$numberLong":"5"}}`,
		`{"_id": {"$numberLong": "5"}}`:   `{"_id":{"$numberLong":"5"}}`,
		`{"_id": -4611686018427387904}`:   `{"_id":{"$numberLong":"-4611686018427387904"}}`,
		` { "_id" : { "$minKey" : 1 } } `: `{"_id":{"$minKey":1}}`,
		`{"category": "books"}`:           "must have the fields of the shard key",
		`{"_id": 1, "more": 1}`:           "must have the fields of the shard key",
		`_id: 5`:                          "is no document in extended JSON",
	} {
		got, err := mongoadmin.ParseBound(hashed, text)
		if err != nil {
			got = err.Error()
		}
		require.Contains(t, got, want, text)
	}
	got, err := mongoadmin.ParseBound(compound, `{"category": "books", "sku": 5}`)
	require.NoError(t, err)
	require.Equal(t, `{"category":"books","sku":{"$numberInt":"5"}}`, got)
}

func shards(t *testing.T, c sharded) []mongoadmin.Shard {
	list, err := c.admin.Shards(t.Context(), c.router)
	require.NoError(t, err)
	return list
}

func documents(t *testing.T, c sharded, name mongoadmin.Namespace) map[string]int64 {
	counts, err := c.admin.Documents(t.Context(), c.router, name)
	require.NoError(t, err)
	return counts
}
