package router

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"speedscale/infra/router/auth"
	"speedscale/infra/router/secure"
	"speedscale/infra/router/secure/securetest"
	"speedscale/internal/testenv"
)

// BenchmarkLogins compares finds by _id through a router with logins and one
// without, in front of the same members, in turns: `go test -run '^$' -bench Logins
// -benchtime 5x`. The members take logins and do not ask for them. Each iteration is
// two seconds either way.
func BenchmarkLogins(b *testing.B) {
	g := startMongods(b, 1, 2, 1, append(testenv.Auth(testenv.Keyfile(b)), "--transitionToAuth")...)
	g.router, g.address = startMember(b, membership(b, true), addresses(g.config))
	g.client = connect(b, "mongodb://"+g.address)
	g.addShards(b)
	run(b, g.client, "admin", user("jane", role("readWrite", "bench"), role("readWrite", "shop"), "clusterMonitor"))
	run(b, g.client, "admin", bson.D{{Key: "shardCollection", Value: "bench.c"}, {Key: "key", Value: bson.D{{Key: "_id", Value: "hashed"}}}})
	fill(b, g.client.Database("bench").Collection("c"), 1000)
	_, plainly := startRouter(b, "configReplSet", addresses(g.config))
	_, secured := startMember(b, membership(b, false), addresses(g.config))
	without := connect(b, "mongodb://"+plainly)
	with := loginAs(b, "mongodb://"+secured, credential("jane", "admin", password))
	compare(b, without, with)
}

// BenchmarkTLS compares finds by _id through a router with TLS on both sides and one
// without, both with logins, as BenchmarkLogins does. The members take either.
func BenchmarkTLS(b *testing.B) {
	a := securetest.New(b)
	f := securetest.Write(b, a.Leaf(b), a)
	client := securetest.Client(b, a.Leaf(b), a)
	g := startEncrypted(b, secure.Prefer, f, client, 2)
	run(b, g.client, "admin", bson.D{{Key: "shardCollection", Value: "bench.c"}, {Key: "key", Value: bson.D{{Key: "_id", Value: "hashed"}}}})
	fill(b, g.client.Database("bench").Collection("c"), 1000)
	_, plainly := startMember(b, membership(b, false), addresses(g.config))
	without := over(b, "mongodb://"+plainly, nil, credential("root", "admin", password))
	compare(b, without, g.client)
}

// compare has two clients find documents in turns.
func compare(b *testing.B, without, with *mongo.Client) {
	b.Helper()
	require.Positive(b, rate(b, without)*rate(b, with), "all connections are there")
	ratios, last := []float64{}, [2]float64{}
	for b.Loop() {
		last[0], last[1] = rate(b, without), rate(b, with)
		ratios = append(ratios, last[1]/last[0])
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	b.ReportMetric(last[0], "without/s")
	b.ReportMetric(last[1], "with/s")
}

// rate is how many documents a client finds in a second.
func rate(b *testing.B, client *mongo.Client) float64 {
	b.Helper()
	const took = 2 * time.Second
	var n atomic.Int64
	var all sync.WaitGroup
	end := time.Now().Add(took)
	for range benchClients {
		all.Go(func() {
			for time.Now().Before(end) {
				if err := client.Database("bench").Collection("c").FindOne(context.Background(), bson.D{{Key: "_id", Value: rand.IntN(1000)}}).Err(); err != nil {
					b.Error(err)
					return
				}
				n.Add(1)
			}
		})
	}
	all.Wait()
	return float64(n.Load()) / took.Seconds()
}

// BenchmarkAllow is what the check itself takes.
func BenchmarkAllow(b *testing.B) {
	r := &Router{logins: &logins{}}
	jane := auth.Name{Name: "jane", DB: "admin"}
	u := &auth.User{Name: jane, Privileges: auth.Privileges{auth.Database("bench"): {"find": true}}}
	r.logins.users.read = func(context.Context, auth.Name) (*auth.User, error) { return u, nil }
	q := &request{name: "find", db: "bench", by: &login{name: jane}, body: document(bson.D{
		{Key: "find", Value: "c"}, {Key: "filter", Value: bson.D{{Key: "_id", Value: 1}}}, {Key: "limit", Value: 1}, {Key: "singleBatch", Value: true}, {Key: "$db", Value: "bench"},
	})}
	need := needs()["find"]
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, r.allow(context.Background(), q, need))
	}
}
