package router

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"
)

const (
	benchRecords = 10_000
	benchClients = 16
)

// BenchmarkYCSB compares a load like YCSB's through the router and asked of the
// shards' primaries themselves, in turns: `go test -run '^$' -bench YCSB
// -benchtime 5x`. Each iteration is two seconds either way.
func BenchmarkYCSB(b *testing.B) {
	g := startCluster(b, 1, 2, 3)
	g.addShards(b)
	run(b, g.client, "admin", bson.D{{Key: "shardCollection", Value: "ycsb.usertable"}, {Key: "key", Value: bson.D{{Key: "_id", Value: "hashed"}}}})
	l := &ycsb{through: g.client.Database("ycsb").Collection("usertable")}
	l.load(b)
	for name, members := range g.shards {
		client := direct(b, g.primary(b, name))
		require.NotEmpty(b, members)
		l.spread(b, client.Database("ycsb").Collection("usertable"))
	}
	for _, kind := range []struct {
		name string
		do   func(at []*mongo.Collection, key string) error
		all  bool // of the shards have to be asked
	}{{"read", ycsbRead, false}, {"update", ycsbUpdate, false}, {"insert", ycsbInsert, false}, {"scan", ycsbScan, true}} {
		b.Run(kind.name, func(b *testing.B) {
			ratios, routed, directly := []float64{}, 0.0, 0.0
			for b.Loop() {
				d, r := l.rate(b, func(key string) error {
					if kind.all {
						return kind.do(l.primaries, key)
					}
					return kind.do([]*mongo.Collection{l.at[key]}, key)
				}), l.rate(b, func(key string) error { return kind.do([]*mongo.Collection{l.through}, key) })
				ratios, directly, routed = append(ratios, r/d), d, r
			}
			slices.Sort(ratios)
			b.ReportMetric(ratios[len(ratios)/2], "ratio")
			b.ReportMetric(directly, "direct/s")
			b.ReportMetric(routed, "router/s")
		})
	}
}

type ycsb struct {
	through   *mongo.Collection
	at        map[string]*mongo.Collection // by record
	primaries []*mongo.Collection
}

func ycsbKey(i int) string { return fmt.Sprintf("user%d", i) }

func ycsbRecord(key string) bson.D {
	doc := bson.D{{Key: "_id", Value: key}}
	for i := range 10 {
		doc = append(doc, bson.E{Key: fmt.Sprintf("field%d", i), Value: make([]byte, 100)})
	}
	return doc
}

func (l *ycsb) load(b *testing.B) {
	var docs []bson.D
	for i := range benchRecords {
		docs = append(docs, ycsbRecord(ycsbKey(i)))
	}
	_, err := l.through.InsertMany(context.Background(), docs)
	require.NoError(b, err)
	l.at = map[string]*mongo.Collection{}
}

// spread notes which records a shard has.
func (l *ycsb) spread(b *testing.B, coll *mongo.Collection) {
	var docs []struct {
		ID string `bson:"_id"`
	}
	found, err := coll.Find(context.Background(), bson.D{}, options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	require.NoError(b, err)
	require.NoError(b, found.All(context.Background(), &docs))
	l.primaries = append(l.primaries, coll)
	for _, doc := range docs {
		l.at[doc.ID] = coll
	}
}

// rate is how many operations a second the clients get done.
func (l *ycsb) rate(b *testing.B, do func(key string) error) float64 {
	var n atomic.Int64
	var all sync.WaitGroup
	const took = 2 * time.Second
	end := time.Now().Add(took)
	for range benchClients {
		all.Go(func() {
			for time.Now().Before(end) {
				if err := do(ycsbKey(rand.N(benchRecords))); err != nil {
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

func ycsbRead(at []*mongo.Collection, key string) error {
	return at[0].FindOne(context.Background(), bson.D{{Key: "_id", Value: key}}).Err()
}

func ycsbUpdate(at []*mongo.Collection, key string) error {
	_, err := at[0].UpdateOne(context.Background(), bson.D{{Key: "_id", Value: key}}, bson.D{{Key: "$set", Value: bson.D{{Key: "field3", Value: make([]byte, 100)}}}})
	return err
}

func ycsbInsert(at []*mongo.Collection, _ string) error {
	_, err := at[0].InsertOne(context.Background(), ycsbRecord(bson.NewObjectID().Hex()))
	return err
}

// ycsbScan reads 50 records from a key on. Of a hashed collection every shard has
// some of them: whoever asks the primaries merges what they say.
func ycsbScan(at []*mongo.Collection, key string) error {
	parts := make([][]bson.Raw, len(at))
	var asked errgroup.Group
	for i, coll := range at {
		asked.Go(func() error {
			found, err := coll.Find(context.Background(), bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: key}}}}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(50))
			if err != nil {
				return err
			}
			return found.All(context.Background(), &parts[i])
		})
	}
	err := asked.Wait()
	all := slices.Concat(parts...)
	slices.SortFunc(all, func(a, b bson.Raw) int {
		return strings.Compare(a.Lookup("_id").StringValue(), b.Lookup("_id").StringValue())
	})
	_ = all[:min(len(all), 50)]
	return err
}

// BenchmarkFindByID compares a find by _id, one after another and at the
// median: asked of the shard itself, and through the router.
func BenchmarkFindByID(b *testing.B) {
	g := startCluster(b, 1, 1, 1)
	g.addShards(b)
	fill(b, g.client.Database("bench").Collection("c"), 1000)
	const name = "c"
	for _, way := range []struct {
		name   string
		client *mongo.Client
	}{{"direct", direct(b, g.shards["shard1"][0])}, {"router", g.client}} {
		coll := way.client.Database("bench").Collection(name)
		b.Run(way.name, func(b *testing.B) {
			took := make([]time.Duration, 0, b.N)
			for i := 0; b.Loop(); i++ {
				begin := time.Now()
				require.NoError(b, coll.FindOne(context.Background(), bson.D{{Key: "_id", Value: i % 1000}}).Err())
				took = append(took, time.Since(begin))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs/p50")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs/p99")
		})
	}
}
