package router

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"speedscale/internal/testenv"
)

// TestIntegrationFailover takes primaries away under load, those that route
// included: each shard's does. No acknowledged write may be lost, none may be
// carried out twice, and no read may fail.
func TestIntegrationFailover(t *testing.T) {
	g := startCluster(t, 3, 2, 3)
	g.addShards(t)
	coll := g.shardOn(t, "failover", "c")
	t.Run("orphans on secondaries", func(t *testing.T) { testOrphans(t, g) })
	fill(t, coll, 100)
	for _, event := range []struct {
		name, set string
		signal    os.Signal
	}{
		{"SIGSTOP", "shard1", syscall.SIGSTOP},
		{"SIGKILL", "configReplSet", syscall.SIGKILL},
		{"SIGTERM", "shard2", syscall.SIGTERM},
		{"SIGKILL", "shard1", syscall.SIGKILL},
	} {
		t.Run(event.name+" "+event.set, func(t *testing.T) {
			load := startLoad(t, coll)
			defer load.stop()
			load.progress(t, 50)
			primary := g.primary(t, event.set)
			require.NoError(t, primary.Signal(event.signal))
			load.begin()
			eventually(t, "another member is primary", func() error {
				if now, err := g.findPrimary(event.set); err != nil || now == primary {
					return fmt.Errorf("still %v: %w", now, err)
				}
				return nil
			})
			elected := time.Since(load.began())
			load.progress(t, 50)
			load.stop()
			t.Logf("%s of %s's primary: another after %s; %s", event.name, event.set, elected.Round(10*time.Millisecond), load)
			load.verify(t, coll)
			require.Len(t, g.admin(t, bson.D{{Key: "listShards", Value: 1}})["shards"], 2)
			if event.signal == syscall.SIGSTOP {
				require.NoError(t, primary.Signal(syscall.SIGCONT))
				eventually(t, "all members are back", func() error { return testenv.Whole(t.Context(), direct(t, primary).Database("admin"), 3) })
			}
		})
	}
	t.Run("no primary", func(t *testing.T) { testNoPrimary(t, g, coll) })
}

// testOrphans reads from secondaries what chunks that have moved away left
// behind: nothing of it.
func testOrphans(t *testing.T, g *genuine) {
	ctx := context.Background()
	coll := g.shardOn(t, "orphans", "c")
	fill(t, coll, 300)
	var moved struct {
		Shard    string
		Min, Max bson.D
	}
	require.NoError(t, g.client.Database("config").Collection("chunks").FindOne(ctx, bson.D{{Key: "uuid", Value: g.uuid(t, "orphans.c")}}).Decode(&moved))
	to := map[string]string{"shard1": "shard2", "shard2": "shard1"}[moved.Shard]
	g.admin(t, bson.D{{Key: "moveChunk", Value: "orphans.c"}, {Key: "bounds", Value: bson.A{moved.Min, moved.Max}}, {Key: "to", Value: to}})
	eventually(t, "there are orphans to see", func() error {
		held := int64(0)
		for _, members := range g.shards {
			n, err := direct(t, members[0]).Database("orphans").Collection("c").EstimatedDocumentCount(ctx)
			require.NoError(t, err)
			held += n
		}
		if held <= 300 {
			return fmt.Errorf("the shards have %d documents", held)
		}
		return nil
	})
	for _, mode := range []*readpref.ReadPref{readpref.Secondary(), readpref.Nearest(), readpref.SecondaryPreferred()} {
		from := coll.Clone(options.Collection().SetReadPreference(mode))
		eventually(t, "secondaries have it all", func() error {
			all, err := from.Find(ctx, bson.D{})
			if err != nil {
				return err
			}
			var docs []bson.Raw
			if err := all.All(ctx, &docs); err != nil || len(docs) < 300 {
				return fmt.Errorf("%d documents: %w", len(docs), err)
			}
			require.Len(t, docs, 300, "find, %s", mode.Mode())
			return nil
		})
		n, err := from.CountDocuments(ctx, bson.D{})
		require.NoError(t, err)
		require.EqualValues(t, 300, n, "aggregate, %s", mode.Mode())
		var values []int
		require.NoError(t, from.Distinct(ctx, "_id", bson.D{}).Decode(&values))
		require.Len(t, values, 300, "distinct, %s", mode.Mode())
		counted := run(t, g.client, "orphans", bson.D{{Key: "count", Value: "c"}, {Key: "$readPreference", Value: bson.D{{Key: "mode", Value: mode.Mode().String()}}}})
		require.EqualValues(t, 300, counted["n"], "count, %s", mode.Mode())
	}
}

// testNoPrimary leaves each shard without a majority.
func testNoPrimary(t *testing.T, g *genuine, coll *mongo.Collection) {
	ctx := context.Background()
	for set := range g.shards {
		require.NoError(t, g.primary(t, set).Signal(syscall.SIGKILL))
	}
	eventually(t, "there is no primary", func() error {
		if node, err := g.router.cluster.AnyShard(); err == nil {
			return fmt.Errorf("%s is", node.Address())
		}
		return nil
	})
	opts := options.Collection().SetReadPreference(readpref.SecondaryPreferred()).SetReadConcern(readconcern.Local())
	second, err := coll.Clone(opts).CountDocuments(ctx, bson.D{{Key: "_id", Value: 1}})
	require.NoError(t, err, "secondaries can still be read")
	require.EqualValues(t, 1, second)
	insert := bson.D{{Key: "insert", Value: "c"}, {Key: "documents", Value: bson.A{bson.D{}}}, {Key: "maxTimeMS", Value: 300}}
	require.Contains(t, refused(t, g.client, "failover", insert, 133), "no primary")
	g.admin(t, bson.D{{Key: "ping", Value: 1}})
}

func (g *genuine) findPrimary(set string) (*testenv.Process, error) {
	target, members := g.router.cluster.ConfigPrimary, g.config
	if set != "configReplSet" {
		target, members = g.router.cluster.ShardPrimary(set), g.shards[set]
	}
	node, err := target()
	if err != nil {
		return nil, err
	}
	for _, p := range members {
		if p.Addr() == node.Address() {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%s is unknown", node.Address())
}

func (g *genuine) primary(t testing.TB, set string) *testenv.Process {
	t.Helper()
	var p *testenv.Process
	eventually(t, set+" has a primary", func() (err error) { p, err = g.findPrimary(set); return err })
	return p
}

// load is writers and readers, and what they saw.
type load struct {
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu       sync.Mutex
	since    time.Time
	inserted []int       // acknowledged
	counted  map[int]int // _id → acknowledged increments
	before   map[int]int // _id → n at the start
	unknown  map[int]int // _id → increments with an error
	failures map[string]int
	reads    int
	readErrs []error
	slowest  map[string]time.Duration
}

const workers = 4 // of each kind

func startLoad(t *testing.T, coll *mongo.Collection) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{
		cancel: cancel, since: time.Now(), before: map[int]int{}, counted: map[int]int{}, unknown: map[int]int{}, failures: map[string]int{}, slowest: map[string]time.Duration{},
	}
	for id := range workers {
		l.before[id] = counter(t, coll, id)
	}
	base := int(time.Now().UnixMilli() % 1e9 * 1000)
	for w := range workers {
		l.done.Go(func() {
			for i := base + w; ctx.Err() == nil; i += workers {
				l.insert(ctx, coll, i)
				l.increment(ctx, coll, w)
			}
		})
		l.done.Go(func() {
			for i := w; ctx.Err() == nil; i++ {
				l.read(ctx, coll, i%100)
			}
		})
	}
	return l
}

func (l *load) insert(ctx context.Context, coll *mongo.Collection, id int) {
	begin := time.Now()
	_, err := coll.InsertOne(ctx, bson.D{{Key: "_id", Value: id}})
	l.saw(ctx, "write", begin, err, func() { l.inserted = append(l.inserted, id) }, func() {})
}

func (l *load) increment(ctx context.Context, coll *mongo.Collection, id int) {
	begin := time.Now()
	_, err := coll.UpdateOne(ctx, bson.D{{Key: "_id", Value: id}}, bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: 1}}}})
	l.saw(ctx, "write", begin, err, func() { l.counted[id]++ }, func() { l.unknown[id]++ })
}

func (l *load) read(ctx context.Context, coll *mongo.Collection, id int) {
	begin := time.Now()
	err := coll.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Err()
	l.saw(ctx, "find", begin, err, func() { l.reads++ }, func() { l.readErrs = append(l.readErrs, err) })
	begin = time.Now()
	_, err = coll.CountDocuments(ctx, bson.D{{Key: "odd", Value: true}})
	l.saw(ctx, "aggregate", begin, err, func() { l.reads++ }, func() { l.readErrs = append(l.readErrs, err) })
}

func (l *load) saw(ctx context.Context, what string, begin time.Time, err error, good, bad func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		if ctx.Err() == nil {
			l.failures[what+": "+kind(err)]++
			what = "failed " + what
		} else if what != "write" {
			return // cut off at the end
		}
		bad()
	} else {
		good()
	}
	if ctx.Err() == nil && begin.After(l.since.Add(-time.Second)) {
		l.slowest[what] = max(l.slowest[what], time.Since(begin).Round(time.Millisecond))
	}
}

func kind(err error) string {
	var write mongo.WriteException
	var command mongo.CommandError
	switch {
	case errors.As(err, &write) && len(write.WriteErrors) > 0:
		return fmt.Sprintf("writeError %d", write.WriteErrors[0].Code)
	case errors.As(err, &write) && write.WriteConcernError != nil:
		return fmt.Sprintf("writeConcernError %d", write.WriteConcernError.Code)
	case errors.As(err, &command):
		return fmt.Sprintf("%s (%d)", command.Name, command.Code)
	}
	return err.Error()
}

func (l *load) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.since, l.slowest = time.Now(), map[string]time.Duration{}
}

func (l *load) began() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since
}

func (l *load) stop() {
	l.cancel()
	l.done.Wait()
}

// progress waits until each kind of work succeeded n more times.
func (l *load) progress(t *testing.T, n int) {
	t.Helper()
	count := func() (int, int) {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.inserted), l.reads
	}
	writes, reads := count()
	eventually(t, "work goes on", func() error {
		if w, r := count(); w < writes+n || r < reads+n {
			return fmt.Errorf("%d writes and %d reads of %d since", w-writes, r-reads, n)
		}
		return nil
	})
}

func (l *load) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("slowest %v; failures %v", l.slowest, l.failures)
}

func (l *load) verify(t *testing.T, coll *mongo.Collection) {
	t.Helper()
	ctx := context.Background()
	require.Empty(t, l.readErrs, "reads are repeated")
	slices.Sort(l.inserted)
	n, err := coll.CountDocuments(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: l.inserted}}}})
	require.NoError(t, err)
	require.EqualValues(t, len(l.inserted), n, "acknowledged inserts")
	for id := range workers {
		grown := counter(t, coll, id) - l.before[id]
		require.GreaterOrEqual(t, grown, l.counted[id], "increments lost")
		require.LessOrEqual(t, grown, l.counted[id]+l.unknown[id], "increments carried out twice")
	}
}

func counter(t *testing.T, coll *mongo.Collection, id int) int {
	t.Helper()
	var doc struct{ N int }
	require.NoError(t, coll.FindOne(context.Background(), bson.D{{Key: "_id", Value: id}}).Decode(&doc))
	return doc.N
}
