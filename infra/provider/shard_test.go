package provider_test

import (
	"sync"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/require"

	"speedscale/infra/mongoadmin"
	"speedscale/infra/provider"
)

var routerEndpoint = mongoadmin.Endpoint{Host: "mongos:27017", Container: "cluster-mongos"}

func (e *engine) shards() []string {
	shards, err := e.cluster.Shards(e.t.Context(), routerEndpoint)
	require.NoError(e.t, err)
	var names []string
	for _, s := range shards {
		names = append(names, s.Name)
	}
	return names
}

func (e *engine) documents() map[string]int64 {
	documents, err := e.cluster.Documents(e.t.Context(), routerEndpoint, productsName)
	require.NoError(e.t, err)
	return documents
}

func TestShardIsAddedOnce(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	e.mustCreate("ReplicaSet", replicaSet("s1", 3))
	e.cluster.Journal()
	e.cluster.Fail("AddShard", mongoadmin.ErrUnreachable)
	made := e.mustCreate("Shard", shard("s1"))
	require.Equal(t, "s1", made.ID)
	e.mustCreate("Shard", shard("s1"))
	require.Equal(t, []string{"addShard s1"}, e.cluster.Journal())
	require.Empty(t, e.changed("Shard", e.read("Shard", made, shard("s1")).Inputs, shard("s1")))
}

func TestShardOfOtherMembersIsRefused(t *testing.T) {
	t.Parallel()
	e, _, _ := stack(t, "s1")
	_, err := e.create("Shard", shard("s1").with("members", members("x", 2)))
	require.ErrorContains(t, err, "the cluster already has a shard of this name, with other members: s1-a:27017, s1-b:27017, s1-c:27017")
}

func TestShardReportsWhatStays(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	_, err := e.create("Shard", shard("s1")) // no such set
	require.ErrorContains(t, err, "s1: mongos:27017: in seed list")
}

func TestShardReadSeesDrift(t *testing.T) {
	t.Parallel()
	e, made, _ := stack(t, "s1", "s2")
	_, err := e.cluster.RemoveShard(t.Context(), routerEndpoint, "s2")
	require.NoError(t, err)
	read := e.read("Shard", made["s2"], shard("s2"))
	require.Equal(t, []string{"s2: is being removed from the cluster"}, read.PartialState.Reasons)
	_, err = e.update("Shard", made["s2"], shard("s2"))
	require.NoError(t, err)
	require.Nil(t, e.read("Shard", made["s2"], shard("s2")).PartialState, "the removal was called off")

	e.cluster.Down("mongos:27017", true)
	read = e.read("Shard", made["s2"], shard("s2"))
	require.Equal(t, "s2", read.ID, "what cannot be seen is not gone")
	require.Contains(t, read.PartialState.Reasons[0], "s2: cannot be read")
	e.cluster.Down("mongos:27017", false)

	require.Empty(t, e.read("Shard", p.CreateResponse{ID: "s3", Properties: made["s2"].Properties.Set("name", made["s2"].Properties.Get("namespace"))}, shard("s3")).ID)
}

func TestShardRemovedFromTheProgramIsDrained(t *testing.T) {
	t.Parallel()
	e, made, collection := stack(t, "s1", "s2")
	require.NoError(t, e.cluster.SetBalancing(t.Context(), routerEndpoint, false))
	require.NoError(t, e.cluster.MovePrimary(t.Context(), routerEndpoint, "other", "s2"))
	e.cluster.Journal()

	run := e.start() // another run of the engine
	run.check("Shard", shard("s1"))
	run.check("ShardedCollection", products())
	require.NoError(t, run.delete("ShardedCollection", collection), "removed from the program at the same time")
	require.NoError(t, run.delete("Shard", made["s2"]))
	require.Equal(t, []string{"balancer true", "removeShard s2", "movePrimary other to s1", "removed s2"}, run.cluster.Journal())
	require.Equal(t, []string{"s1"}, run.shards())
	require.Equal(t, map[string]int64{"s1": 4000}, run.documents(), "every document is still there")
	require.NoError(t, run.delete("Shard", made["s2"]), "once more")
}

func TestShardDrainGoesOnWhereItWasLeft(t *testing.T) {
	t.Parallel()
	e, made, _ := stack(t, "s1", "s2")
	run := e.start()
	run.check("Shard", shard("s1"))
	run.cluster.ChunksPerDrain = 0
	err := run.Delete(p.DeleteRequest{ID: "s2", Urn: urn("Shard", "r"), Properties: e.check("Shard", shard("s2").with("timeoutSeconds", 1))})
	require.ErrorContains(t, err, "s2: gave up at the deadline, still: draining, 2 chunks and 0 databases left")
	require.Equal(t, []string{"s1", "s2"}, run.shards())

	run.cluster.ChunksPerDrain = 2
	require.NoError(t, run.delete("Shard", made["s2"]))
	require.Equal(t, map[string]int64{"s1": 4000}, run.documents())
}

func TestLastShardIsRefused(t *testing.T) {
	t.Parallel()
	e, made, _ := stack(t, "s1")
	run := e.start()
	run.check("ReplicaSet", replicaSet("s1", 3))
	require.ErrorContains(t, run.delete("Shard", made["s1"]), "s1: it is the last shard, its data has nowhere to go")
	require.Equal(t, map[string]int64{"s1": 4000}, run.documents())
}

func TestDestroyDoesNotDrain(t *testing.T) {
	t.Parallel()
	e, made, collection := stack(t, "s1", "s2")
	e.cluster.Journal()
	run := e.start()
	run.cluster.Down("mongos:27017", true) // the router need not even answer
	require.NoError(t, run.delete("ShardedCollection", collection))
	require.NoError(t, run.delete("Shard", made["s1"]))
	require.NoError(t, run.delete("Shard", made["s2"]))
	require.Empty(t, run.cluster.Journal())
}

func TestDestroyCarriedOnStillEnds(t *testing.T) {
	t.Parallel()
	e, made, _ := stack(t, "s1", "s2")

	t.Run("all shards but the last are drained", func(t *testing.T) {
		run := e.start() // the previous run has deleted the collection
		var deleted sync.WaitGroup
		errs := make([]error, 2)
		for i, name := range []string{"s1", "s2"} {
			deleted.Go(func() { errs[i] = run.delete("Shard", made[name]) })
		}
		deleted.Wait()
		require.Equal(t, []error{nil, nil}, errs)
		require.Len(t, run.shards(), 1)
		require.Equal(t, int64(4000), run.documents()[run.shards()[0]])
	})
	t.Run("without a router there is nothing to drain", func(t *testing.T) {
		run := e.start()
		run.cluster.Down("mongos:27017", true)
		run.containers.Lose("cluster-mongos")
		require.NoError(t, run.delete("Shard", made["s1"]))
	})
	t.Run("without its router a shard of the program is not forgotten", func(t *testing.T) {
		run := e.start()
		run.check("ReplicaSet", replicaSet("s1", 3))
		in := run.check("Shard", shard("s2").with("timeoutSeconds", 1))
		require.Error(t, run.Delete(p.DeleteRequest{ID: "s2", Urn: urn("Shard", "r"), Properties: in}))
	})
}

func TestDestroyEnvCountsOnlyWhenNothingIsDeclared(t *testing.T) {
	t.Setenv(provider.DestroyEnv, "1")
	e, made, _ := stack(t, "s1", "s2")
	e.cluster.Journal()

	run := e.start()
	run.check("Shard", shard("s1"))
	require.NoError(t, run.delete("Shard", made["s2"]))
	require.Contains(t, run.cluster.Journal(), "removeShard s2")

	require.NoError(t, e.start().delete("Shard", made["s1"]))
	require.Equal(t, []string{"s1"}, e.shards())
}

func TestShardChecksAllInputs(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	in := shard("s1").with("members", []any{}).with("timeoutSeconds", -5).
		with("router", map[string]any{"host": "mongos", "container": "cluster-mongos"})
	require.Equal(t, []string{
		"timeoutSeconds: -5: must be a positive number of seconds",
		`router.host: "mongos" is not a host and port, like "shard1-node1:27017"`,
		"members: is empty, must list the members of s1",
	}, e.mistakes("Shard", in))
}
