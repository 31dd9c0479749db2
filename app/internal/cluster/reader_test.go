package cluster

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.uber.org/goleak"

	"speedscale/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shard is a genuine replica set of three.
func shard(t *testing.T) (members map[string]*testenv.Process, hosts []string) {
	t.Helper()
	members = map[string]*testenv.Process{}
	for _, p := range testenv.ReplicaSet(t, "shard1ReplSet", 3) {
		members[p.Addr()] = p
		hosts = append(hosts, p.Addr())
	}
	return members, hosts
}

func replies(shardHosts []string) map[string]any {
	uuid := bson.Binary{Subtype: 4, Data: make([]byte, 16)}
	return map[string]any{
		"listShards": bson.D{{Key: "ok", Value: 1}, {Key: "shards", Value: bson.A{
			bson.D{{Key: "_id", Value: "s1"}, {Key: "host", Value: "shard1ReplSet/" + strings.Join(shardHosts, ",")}},
			bson.D{{Key: "_id", Value: "s2"}, {Key: "host", Value: "shard2ReplSet/127.0.0.1:1"}, {Key: "draining", Value: true}},
		}}},
		"getShardMap":      bson.D{{Key: "ok", Value: 1}, {Key: "map", Value: bson.D{{Key: "config", Value: "configReplSet/127.0.0.1:2"}}}},
		"find collections": batch("config.collections", bson.D{{Key: "uuid", Value: uuid}}),
		"aggregate chunks": batch("config.chunks", bson.D{{Key: "_id", Value: "s1"}, {Key: "n", Value: 2}}),
		"aggregate products": batch("speedscale.products",
			bson.D{{Key: "shard", Value: "s1"}, {Key: "storageStats", Value: bson.D{{Key: "count", Value: 962}, {Key: "size", Value: 400_000}}}}),
	}
}

func open(t *testing.T, mongos string) *Reader {
	t.Helper()
	r, err := Open(Config{
		MongoURI: "mongodb://" + mongos + "/speedscale", Database: "speedscale", MongosHost: mongos, RedisHost: "redis:6379", GatewayName: "api-gateway",
		Parts:    []Part{{"frontend", "frontend", mongos}, {"redis-ui", "redis-ui", "127.0.0.1:3"}},
		Redis:    func(context.Context) bool { return true },
		InitDone: func() (bool, bool) { return true, true },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close(context.Background())) })
	return r
}

// eventually reads until the topology is as wanted.
func eventually(t *testing.T, r *Reader, wanted func(Topology) bool) Topology {
	t.Helper()
	var last Topology
	require.Eventually(t, func() bool {
		last = r.read(t.Context())
		return wanted(last)
	}, 2*time.Minute, 100*time.Millisecond)
	return last
}

func count(t Topology, state string) int {
	n := 0
	for _, c := range t.Containers {
		if c.Set != nil && *c.Set == "shard1ReplSet" && *c.State == state {
			n++
		}
	}
	return n
}

func find(t *testing.T, topology Topology, name string) Container {
	t.Helper()
	for _, c := range topology.Containers {
		if c.Name == name || c.Host != nil && *c.Host == name {
			return c
		}
	}
	require.Fail(t, "no container "+name)
	return Container{}
}

func TestTopologyOfAWholeSystem(t *testing.T) {
	members, hosts := shard(t)
	mongos := newFakeMongos(t, replies(hosts))
	r := open(t, mongos.addr)
	top := eventually(t, r, func(top Topology) bool { return count(top, "PRIMARY") == 1 && count(top, "SECONDARY") == 2 })

	require.Len(t, top.Containers, 6+3+1+1)
	require.Empty(t, top.Problems)
	config, one, two := top.Sets[0], top.Sets[1], top.Sets[2]
	require.Equal(t, []string{"configReplSet", "shard1ReplSet", "shard2ReplSet"}, []string{config.Name, one.Name, two.Name})
	require.Equal(t, []int64{962, 400_000, 2}, []int64{*one.Documents, *one.Bytes, *one.Chunks})
	require.Nil(t, two.Documents)
	require.Zero(t, *two.Chunks)
	require.True(t, two.Draining)
	require.Nil(t, two.Primary)
	require.True(t, *find(t, top, "frontend").Healthy)
	require.False(t, *find(t, top, "redis-ui").Healthy)
	require.Equal(t, "DONE", *find(t, top, "init").State)
	require.Nil(t, find(t, top, "init").Healthy)
	require.Equal(t, "DOWN", *find(t, top, "127.0.0.1:2").State)
	for _, host := range hosts {
		require.NotNil(t, find(t, top, host).LagSeconds)
	}

	// A primary that dies is seen, and who follows it.
	lost := *one.Primary
	members[lost].Stop()
	top = eventually(t, r, func(top Topology) bool { return count(top, "PRIMARY") == 1 && count(top, "DOWN") == 1 })
	require.Equal(t, "DOWN", *find(t, top, lost).State)
	require.False(t, *find(t, top, lost).Healthy)
	require.NotEqual(t, lost, *top.Sets[1].Primary)

	// One that hangs costs no more than the time-out.
	frozen := *top.Sets[1].Primary
	require.NoError(t, members[frozen].Signal(syscall.SIGSTOP))
	top = eventually(t, r, func(top Topology) bool { return *find(t, top, frozen).State == "DOWN" })

	// Without mongos the members that it named are still looked at.
	mongos.close()
	top = r.read(t.Context())
	require.False(t, *find(t, top, mongos.addr).Healthy)
	require.Len(t, top.Problems, 1)
	require.Equal(t, "shard1ReplSet", top.Sets[1].Name)
	require.NoError(t, members[frozen].Signal(syscall.SIGCONT))
	eventually(t, r, func(top Topology) bool { return count(top, "DOWN") == 1 })
}

func TestWhatMongosDoesNotTellIsNamed(t *testing.T) {
	answers := replies(nil)
	delete(answers, "aggregate chunks")
	r := open(t, newFakeMongos(t, answers).addr)
	top := r.read(t.Context())
	require.Len(t, top.Problems, 1)
	require.Contains(t, top.Problems[0], "count chunks: ")
	require.Nil(t, top.Sets[1].Chunks)
	require.EqualValues(t, 962, *top.Sets[1].Documents)
}

func TestManyReadersAskOnce(t *testing.T) {
	r := open(t, newFakeMongos(t, replies(nil)).addr)
	var wg sync.WaitGroup
	answers := make([]Topology, 50)
	for i := range answers {
		wg.Go(func() {
			var err error
			answers[i], err = r.Read(t.Context())
			require.NoError(t, err)
		})
	}
	wg.Wait()
	for _, a := range answers {
		require.Equal(t, answers[0].At, a.At)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	r.last = nil
	_, err := r.Read(gone)
	require.ErrorIs(t, err, context.Canceled)
	_, err = r.Read(t.Context()) // joins the flight that goes on
	require.NoError(t, err)
}

func TestNames(t *testing.T) {
	require.Equal(t, "shard1-node1", name("shard1-node1:27017"))
	require.Equal(t, "mongos", name("mongos"))
	set := newSet("127.0.0.1:27018", "shard")
	require.Equal(t, []string{"127.0.0.1:27018"}, set.members)
	require.Equal(t, fmt.Sprint([]string{"a:1", "b:1"}), fmt.Sprint(newSet("rs/b:1,a:1", "shard").members))
}

func TestASecondLookInVainLeavesWhatTheFirstSaw(t *testing.T) {
	s := newStates()
	s.set("gone", nil)
	h, asked := s.get("gone")
	require.Nil(t, h)
	require.True(t, asked)
	s.set("behind", &hello{Secondary: true})
	s.set("behind", nil)
	h, _ = s.get("behind")
	require.NotNil(t, h)
}
