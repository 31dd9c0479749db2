package tests

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// writer writes numbered documents with majority, one after the other, and
// writes a number again until it is acknowledged.
type writer struct {
	mu          sync.Mutex
	collections []*mongo.Collection // the same one, by different clients: each is used until it fails
	acked       []int
	failed      int // attempts that had to be repeated
	longest     time.Duration
	pause       time.Duration // between two writes
}

func (w *writer) run(ctx context.Context) {
	last := time.Now()
	for n := 0; ctx.Err() == nil; {
		_, err := w.collection().InsertOne(ctx, bson.D{{Key: "_id", Value: n}})
		if err != nil && !mongo.IsDuplicateKeyError(err) {
			w.mu.Lock()
			w.failed++
			w.collections = append(w.collections[1:], w.collections[0])
			w.mu.Unlock()
			continue
		}
		w.mu.Lock()
		w.acked = append(w.acked, n)
		w.longest = max(w.longest, time.Since(last))
		w.mu.Unlock()
		last, n = time.Now(), n+1
		if w.pause > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(w.pause):
			}
			last = last.Add(w.pause)
		}
	}
}

func (w *writer) collection() *mongo.Collection {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.collections[0]
}

func (w *writer) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.acked)
}

// A shard's primary is killed during a stream of majority writes: another is
// elected, and nothing that was acknowledged is lost.
func TestNoAcknowledgedWriteIsLostWithAPrimary(t *testing.T) {
	healthy(t)
	stream := connect(t, uri(t, "mongo"), options.Client().SetTimeout(5*time.Second).SetWriteConcern(writeconcern.Majority()))
	collection := stream.Database("failover").Collection("writes")
	t.Cleanup(func() {
		require.NoError(t, collection.Database().Drop(context.WithoutCancel(t.Context())))
		require.NoError(t, stream.Disconnect(context.WithoutCancel(t.Context())))
	})
	require.NoError(t, stream.Database("admin").RunCommand(t.Context(), bson.D{
		{Key: "shardCollection", Value: "failover.writes"}, {Key: "key", Value: bson.D{{Key: "_id", Value: "hashed"}}},
	}).Err())

	w := &writer{collections: []*mongo.Collection{collection}}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.run(ctx) })
	more := func(n int) {
		start := w.count()
		eventually(t, time.Minute, fmt.Sprintf("%d more writes are acknowledged", n), func() error {
			if now := w.count(); now < start+n {
				return fmt.Errorf("%d since", now-start)
			}
			return nil
		})
	}
	more(200)
	victim := primaryContainer(t, "shard1ReplSet")
	docker(t, "kill", victim)
	more(500)
	stop()
	running.Wait()
	docker(t, "start", victim)
	healthy(t)

	t.Logf("killed %s: longest gap between acknowledged writes %s, %d acknowledged", victim, w.longest.Round(time.Millisecond), len(w.acked))
	for _, n := range w.acked {
		require.NoError(t, collection.FindOne(t.Context(), bson.D{{Key: "_id", Value: n}}).Err(), "acknowledged write %d", n)
	}
}

// primaryContainer is the container of a set's primary.
func primaryContainer(t *testing.T, set string) string {
	t.Helper()
	for _, s := range readStatus(t).Sets {
		if s.Name == set && s.Primary() != "" {
			return prefix + s.Primary()[:len(s.Primary())-len(":27017")]
		}
	}
	t.Fatalf("%s has no primary", set)
	return ""
}
