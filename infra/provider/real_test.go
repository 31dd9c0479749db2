package provider_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	dockerfake "speedscale/infra/dockerhost/fake"
	"speedscale/infra/mongoadmin"
	"speedscale/internal/testenv"
)

// realEngine is an engine whose provider manages genuine mongods on this machine.
func realEngine(t *testing.T) *engine {
	admin := mongoadmin.NewMongo(mongoadmin.TCP, mongoadmin.NoFiles)
	t.Cleanup(func() { require.NoError(t, admin.Close()) })
	e := &engine{t: t, admin: admin, containers: &dockerfake.Engine{AllRun: true}}
	return e.start()
}

// member returns the inputs for a mongod.
func member(m *testenv.Process) map[string]any {
	return map[string]any{"host": m.Addr(), "container": fmt.Sprint("mongod-", m.Port)}
}

func setOf(mongods ...*testenv.Process) props {
	var list []any
	for _, m := range mongods {
		list = append(list, member(m))
	}
	return props{"name": "s1", "members": list, "timeoutSeconds": 120}
}

// TestGenuineSetChangesUnderWrites scales a set from 3 members to 5 and back to 3, which
// removes the primary, replaces a member that lost its data, and moves the primary by
// changing priorities. All the while a client writes with write concern majority.
func TestGenuineSetChangesUnderWrites(t *testing.T) {
	t.Parallel()
	e := realEngine(t)
	var mongods []*testenv.Process
	for range 5 {
		mongods = append(mongods, testenv.Mongod(t, "--replSet", "s1"))
	}
	lap := stopwatch(t)
	made := e.mustCreate("ReplicaSet", setOf(mongods[:3]...))
	lap("initiate 3")
	writes := startWriting(t, mongods)

	update := func(in props) {
		t.Helper()
		resp, err := e.update("ReplicaSet", made, in)
		require.NoError(t, err)
		made.Properties = resp.Properties
		require.Empty(t, e.changed("ReplicaSet", e.read("ReplicaSet", made, in).Inputs, in))
	}
	update(setOf(mongods...))
	lap("3 → 5")

	preferred := setOf(mongods...)
	preferred["members"].([]any)[4].(map[string]any)["priority"] = 5.0
	update(preferred)
	hello, err := e.admin.Hello(t.Context(), mongoadmin.Endpoint{Host: mongods[4].Addr(), Container: fmt.Sprint("mongod-", mongods[4].Port)})
	require.NoError(t, err)
	require.True(t, hello.Writable, "the preferred member is primary")
	lap("priority")

	update(setOf(mongods[:3]...)) // removes the primary
	lap("5 → 3")

	mongods[2].Stop()
	testenv.MongodAt(t, mongods[2].Port, "--replSet", "s1") // without its data
	node := props{"container": "c", "containerId": "c-id", "host": mongods[2].Addr(), "replicaSet": "s1", "timeoutSeconds": 60}
	resp, err := e.create("Node", node)
	require.NoError(t, err)
	_, err = e.update("Node", resp, node.with("containerId", "new"))
	require.NoError(t, err)
	lap("a lost member copied again")

	hidden := setOf(mongods[:3]...).with("settings", map[string]any{"electionTimeoutMillis": 4000.0})
	hidden["members"].([]any)[1].(map[string]any)["priority"] = 0.0
	hidden["members"].([]any)[1].(map[string]any)["hidden"] = true
	update(hidden)
	lap("hidden, settings")

	writes.stop()
	count, err := connect(t, mongods[0]).CountDocuments(t.Context(), bson.D{})
	require.NoError(t, err)
	require.Equal(t, writes.acknowledged, count, "every acknowledged write is there, once")
	t.Logf("%d writes, longest gap %s", writes.acknowledged, writes.longest)
}

func stopwatch(t *testing.T) func(string) {
	last := time.Now()
	return func(what string) {
		t.Logf("%-28s %5.1f s", what, time.Since(last).Seconds())
		last = time.Now()
	}
}

// writer inserts numbered documents, each until it is acknowledged.
type writer struct {
	cancel       context.CancelFunc
	done         chan struct{}
	acknowledged int64
	longest      time.Duration
}

func connect(t *testing.T, mongods ...*testenv.Process) *mongo.Collection {
	var hosts []string
	for _, m := range mongods {
		hosts = append(hosts, m.Addr())
	}
	client, err := mongo.Connect(options.Client().SetHosts(hosts).SetReplicaSet("s1").SetWriteConcern(writeconcern.Majority()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Disconnect(context.Background())) })
	return client.Database("test").Collection("writes")
}

func startWriting(t *testing.T, mongods []*testenv.Process) *writer {
	writes := connect(t, mongods...)
	ctx, cancel := context.WithCancel(t.Context())
	w := &writer{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		last := time.Now()
		for n := int64(0); ctx.Err() == nil; n++ {
			for writeOne(writes, n) != nil {
			}
			w.acknowledged = n + 1
			w.longest = max(w.longest, time.Since(last))
			last = time.Now()
			<-tick.C
		}
	}()
	t.Cleanup(w.stop)
	return w
}

func writeOne(writes *mongo.Collection, n int64) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	set := bson.D{{Key: "$set", Value: bson.D{{Key: "n", Value: n}}}}
	_, err := writes.UpdateByID(ctx, n, set, options.UpdateOne().SetUpsert(true))
	return err
}

// stop lets the last write be acknowledged first.
func (w *writer) stop() {
	w.cancel()
	<-w.done
}

// TestGenuineMemberOfAnotherSetIsRefused checks with genuine mongods that a member of
// another set is refused.
func TestGenuineMemberOfAnotherSetIsRefused(t *testing.T) {
	t.Parallel()
	e := realEngine(t)
	a, b := testenv.Mongod(t, "--replSet", "s1"), testenv.Mongod(t, "--replSet", "s1")
	e.mustCreate("ReplicaSet", setOf(a))
	e.mustCreate("ReplicaSet", setOf(b))
	_, err := e.create("ReplicaSet", setOf(a, b))
	require.ErrorContains(t, err, "belong to two different replica sets of the name s1")
	_, err = e.Create(p.CreateRequest{Urn: urn("ReplicaSet", "r"), Properties: e.check("ReplicaSet", setOf(a).with("name", "s2"))})
	require.ErrorContains(t, err, a.Addr()+" already belongs to the replica set s1, not s2")
}
