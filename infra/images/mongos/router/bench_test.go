package router

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

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
