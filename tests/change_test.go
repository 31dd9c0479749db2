package tests

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// change replaces every mongod, then changes limits and the sets' settings,
// under a stream of majority writes of which none is lost.
func (s *changing) change(t *testing.T) {
	stream := mongoOf(t, s.name, options.Client().SetTimeout(10*time.Second).SetWriteConcern(writeconcern.Majority()))
	collection := stream.Database("changes").Collection("writes")
	s.command(t, bson.D{{Key: "shardCollection", Value: "changes.writes"}, {Key: "key", Value: bson.D{{Key: "_id", Value: "hashed"}}}})
	w := &writer{collections: []*mongo.Collection{collection}}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.run(ctx) })
	ended := func() {
		stop()
		running.Wait()
	}
	defer ended()
	log := func(what string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		t.Logf("%s: %d writes acknowledged, %d attempts repeated, longest gap %s", what, len(w.acked), w.failed, w.longest.Round(time.Millisecond))
		w.longest, w.failed = 0, 0
	}
	ids := func() string {
		return docker(t, "ps", "-q", "--no-trunc", "--filter", "label=speedscale.stack="+s.name)
	}

	const refs, parameter = "imageRefs: ", "mongodParameters: {ttlMonitorSleepSecs: 30}"
	image := func() string { return docker(t, "inspect", "-f", "{{.Image}}", s.name+"-shard2-node3") }
	was := image()
	s.up(t, refs+s.official.refs(s.official.push(t, "mongo:6.0.27-another", relabelled(t, s.official.mongod, "tag"))))
	log("another tag of the mongo image, every mongod and mongos replaced")
	require.NotEqual(t, was, image())

	was = image()
	third := relabelled(t, s.official.mongod, "digest")
	s.official.push(t, "mongo:6.0.27-third", third)
	digest, err := third.Digest()
	require.NoError(t, err)
	exact := refs + s.official.refs(s.official.mongo+"@"+digest.String())
	s.up(t, exact, parameter)
	log("another digest and a server parameter, every mongod and mongos replaced")
	require.NotEqual(t, was, image())
	require.Contains(t, docker(t, "inspect", "-f", "{{.RepoDigests}}", image()), digest.String())
	require.EqualValues(t, 30, s.parameter(t, "shard1-node1:27017", "ttlMonitorSleepSecs"))

	before := ids()
	s.up(t, exact, parameter, "memory: {shard: 2304}",
		"priorities: {shard1-node2: 3}", "hidden: [shard2-node3]", "electionTimeout: 4s")
	log("memory, priorities, hidden, election timeout, all in place")
	require.Equal(t, before, ids(), "no container was replaced")
	require.Equal(t, "2415919104", docker(t, "inspect", "-f", "{{.HostConfig.Memory}}", s.name+"-shard1-node1"))
	for _, set := range s.status(t).Sets {
		if set.Name == "shard1ReplSet" {
			require.Equal(t, "shard1-node2:27017", set.Primary(), "the preferred member leads")
		}
	}
	ended()
	for _, n := range w.acked {
		require.NoError(t, collection.FindOne(t.Context(), bson.D{{Key: "_id", Value: n}}).Err(), "acknowledged write %d", n)
	}
	require.NoError(t, collection.Database().Drop(t.Context()))
	s.up(t)
	s.settled(t)
}

// parameter is what a member says of one of its server parameters.
func (s *changing) parameter(t *testing.T, host, name string) int32 {
	t.Helper()
	reply, err := s.direct(t, host).Database("admin").RunCommand(t.Context(), bson.D{{Key: "getParameter", Value: 1}, {Key: name, Value: 1}}).Raw()
	require.NoError(t, err)
	return reply.Lookup(name).Int32()
}
