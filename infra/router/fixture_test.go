package router

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"

	"speedscale/infra/router/auth"
	"speedscale/infra/router/cluster"
	"speedscale/infra/router/secure"
	"speedscale/internal/mongods"
	"speedscale/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 3 * time.Minute // a busy machine takes its time

// genuine is a sharded cluster of genuine mongods behind a router.
type genuine struct {
	config  []*testenv.Process
	shards  map[string][]*testenv.Process
	router  *Router
	address string
	client  *mongo.Client // through the router
	auth    []string      // the mongods' flags for logins
}

// startCluster starts config servers and shards ("shard1", …) of members each.
func startCluster(t testing.TB, configs, shards, members int) *genuine {
	t.Helper()
	g := startMongods(t, configs, shards, members)
	g.router, g.address = startRouter(t, "configReplSet", addresses(g.config))
	g.client = connect(t, "mongodb://"+g.address)
	return g
}

func startMongods(t testing.TB, configs, shards, members int, flags ...string) *genuine {
	t.Helper()
	g := &genuine{shards: map[string][]*testenv.Process{}, auth: flags}
	flags = append(flags, "--setParameter", "diagnosticDataCollectionEnabled=false")
	g.config = testenv.ReplicaSet(t, "configReplSet", configs, append(flags, "--configsvr")...)
	for i := range shards {
		name := fmt.Sprintf("shard%d", i+1)
		g.shards[name] = testenv.ReplicaSet(t, name, members, append(flags, "--shardsvr")...)
	}
	return g
}

func (g *genuine) addShards(t testing.TB) {
	t.Helper()
	for name, members := range g.shards {
		g.admin(t, bson.D{{Key: "addShard", Value: name + "/" + strings.Join(addresses(members), ",")}})
	}
}

// startRouter serves on a free port until the test ends.
func startRouter(t testing.TB, configSet string, hosts []string) (*Router, string) {
	t.Helper()
	r, address, _ := startLimited(t, configSet, hosts, DefaultLimits)
	return r, address
}

// startMember is startRouter for a cluster with logins.
func startMember(t testing.TB, member *auth.Membership, hosts []string) (*Router, string) {
	t.Helper()
	r, address, _ := startAs(t, nil, member, "configReplSet", hosts, DefaultLimits)
	return r, address
}

// startLimited also returns what stops the router earlier.
func startLimited(t testing.TB, configSet string, hosts []string, limits Limits) (r *Router, address string, stop func()) {
	t.Helper()
	return startAs(t, nil, nil, configSet, hosts, limits)
}

func startAs(t testing.TB, s *secure.TLS, member *auth.Membership, configSet string, hosts []string, limits Limits) (r *Router, address string, stop func()) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	c, err := cluster.Open(configSet, hosts, s, member, log)
	require.NoError(t, err)
	r = New(c, mongods.Default, limits, log)
	address, stop = serve(t, r)
	t.Cleanup(func() {
		stop()
		closing, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, c.Close(closing))
	})
	return r, address, stop
}

func serve(t testing.TB, r *Router) (address string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- r.Serve(ctx, []net.Listener{l}) }()
	return l.Addr().String(), sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-served)
	})
}

func connect(t testing.TB, uri string) *mongo.Client {
	t.Helper()
	return connectWith(t, options.Client().ApplyURI(uri))
}

func connectWith(t testing.TB, opts *options.ClientOptions) *mongo.Client {
	t.Helper()
	client, err := mongo.Connect(opts.SetServerSelectionTimeout(patience))
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second) // the server may be gone
		defer cancel()
		_ = client.Disconnect(ctx)
	})
	return client
}

func direct(t testing.TB, p *testenv.Process) *mongo.Client {
	t.Helper()
	return connect(t, "mongodb://"+p.Addr()+"/?directConnection=true")
}

func addresses(set []*testenv.Process) []string {
	var out []string
	for _, p := range set {
		out = append(out, p.Addr())
	}
	slices.Sort(out)
	return out
}

// run runs a command that must succeed.
func run(t testing.TB, client *mongo.Client, db string, cmd bson.D) bson.M {
	t.Helper()
	var reply bson.M
	require.NoError(t, client.Database(db).RunCommand(context.Background(), cmd).Decode(&reply), "%v", cmd)
	return reply
}

func (g *genuine) admin(t testing.TB, cmd bson.D) bson.M {
	t.Helper()
	return run(t, g.client, "admin", cmd)
}

// refused runs a command that must fail with code.
func refused(t testing.TB, client *mongo.Client, db string, cmd bson.D, code int32) string {
	t.Helper()
	err := client.Database(db).RunCommand(context.Background(), cmd).Err()
	var failed mongo.CommandError
	require.ErrorAs(t, err, &failed, "%v", cmd)
	require.Equal(t, code, failed.Code, "%v: %v", cmd, err)
	require.NotEmpty(t, failed.Name)
	return failed.Message
}

// eventually waits until check is nil.
func eventually(t testing.TB, what string, check func() error) {
	t.Helper()
	deadline, tick := time.After(patience), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			require.NoError(t, err, "%s, within %s", what, patience)
		case <-tick.C:
		}
	}
}

// shardOn shards db.coll by a hashed _id.
func (g *genuine) shardOn(t testing.TB, db, coll string) *mongo.Collection {
	t.Helper()
	reply := g.admin(t, bson.D{{Key: "shardCollection", Value: db + "." + coll}, {Key: "key", Value: bson.D{{Key: "_id", Value: "hashed"}}}})
	require.Equal(t, db+"."+coll, reply["collectionsharded"])
	return g.client.Database(db).Collection(coll)
}

// fill inserts documents {_id: 0 … n-1, n: _id, odd: bool}.
func fill(t testing.TB, coll *mongo.Collection, n int) {
	t.Helper()
	docs := make([]bson.D, n)
	for i := range docs {
		docs[i] = bson.D{{Key: "_id", Value: i}, {Key: "n", Value: i}, {Key: "odd", Value: i%2 == 1}, {Key: "tags", Value: bson.A{i % 3, "t"}}}
	}
	_, err := coll.InsertMany(context.Background(), docs)
	require.NoError(t, err)
}
