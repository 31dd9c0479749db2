package provider_test

import (
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"

	"speedscale/infra/dockerhost"
	"speedscale/infra/mongoadmin"
	"speedscale/internal/mongods"
)

func node() props {
	return props{
		"container": "cluster-s1-a", "containerId": "cluster-s1-a-id", "host": "s1-a:27017", "replicaSet": "s1",
		"timeoutSeconds": 2,
	}
}

func TestNodeWithoutASetIsReadyWhenItAnswers(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	e.cluster.Fail("Hello", mongoadmin.ErrUnreachable, mongoadmin.ErrUnreachable)
	made := e.mustCreate("Node", node())
	require.Equal(t, "cluster-s1-a", made.ID)
	require.Equal(t, mongods.Default, made.Properties.Get("serverVersion").AsString())
	require.Equal(t, "serving", made.Properties.Get("state").AsString())
	_, err := e.update("Node", made, node().with("containerId", "another"))
	require.NoError(t, err, "no set has claimed it after half of the time")
}

func TestNodePreviewNeedsNoCluster(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	e.containers.Lose("cluster-s1-a")
	e.cluster.Down("s1-a:27017", true)
	in := e.check("Node", node()).Set("containerId", property.New(property.Computed)) // not created yet
	_, err := e.Create(p.CreateRequest{Urn: urn("Node", "r"), Properties: in, DryRun: true})
	require.NoError(t, err)
	_, err = e.Update(p.UpdateRequest{Urn: urn("Node", "r"), State: in.Set("state", in.Get("host")).Set("serverVersion", in.Get("host")), Inputs: in, DryRun: true})
	require.NoError(t, err)
}

func TestNodeOfASetMustServe(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		disturb func(e *engine)
		want    string // "" is success
	}{
		"all is well":            {func(*engine) {}, ""},
		"another member is down": {func(e *engine) { e.cluster.Down("s1-c:27017", true) }, ""},
		"a primary is elected soon": {func(e *engine) {
			e.cluster.Fail("SetStatus", mongoadmin.ErrUnreachable)
			e.cluster.Down("s1-b:27017", true)
		}, ""},
		"it was wiped and copies the data again": {func(e *engine) { e.cluster.Forget("s1-a:27017") }, ""},
		// The set can have no primary before its other members are back, which
		// come after this one.
		"all others are down": {func(e *engine) {
			e.cluster.Down("s1-b:27017", true)
			e.cluster.Down("s1-c:27017", true)
		}, ""},
		"it does not answer": {func(e *engine) { e.cluster.Down("s1-a:27017", true) }, "s1-a:27017: gave up at the deadline, still: waiting for an answer"},
		"its container is gone": {func(e *engine) {
			e.cluster.Down("s1-a:27017", true)
			e.containers.Lose("cluster-s1-a")
		}, "container cluster-s1-a: no such container"},
		"its container has ended": {func(e *engine) {
			e.cluster.Down("s1-a:27017", true)
			e.containers.Play("cluster-s1-a", "WiredTiger error: disk full", dockerhost.State{Status: "exited", ExitCode: 14})
		}, "container cluster-s1-a has exited with code 14\nlast lines of cluster-s1-a:\nWiredTiger error: disk full"},
		"its container is paused": {func(e *engine) {
			e.cluster.Down("s1-a:27017", true)
			e.containers.Play("cluster-s1-a", "", dockerhost.State{Status: "paused"})
		}, "container cluster-s1-a is paused"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEngine(t).start()
			e.mustCreate("ReplicaSet", replicaSet("s1", 3))
			made := e.mustCreate("Node", node())
			tt.disturb(e)
			_, err := e.update("Node", made, node().with("containerId", "another"))
			if tt.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tt.want)
			}
		})
	}
}

// All resources that wait for a mongod whose container keeps exiting fail long before
// the deadline.
func TestMemberThatEndsAgainAndAgainIsGivenUp(t *testing.T) {
	t.Parallel()
	ends := func(e *engine) {
		e.cluster.Down("s1-a:27017", true)
		e.containers.Play("cluster-s1-a", "WiredTiger error: disk full",
			dockerhost.State{Running: true, Status: "running", RestartCount: 4},
			dockerhost.State{Status: "restarting", RestartCount: 5, ExitCode: 14},
			dockerhost.State{Status: "restarting", RestartCount: 7, ExitCode: 14})
	}
	const want = "container cluster-s1-a keeps exiting: 3 times since the wait began, the last time with code 14\n" +
		"last lines of cluster-s1-a:\nWiredTiger error: disk full"

	t.Run("Node", func(t *testing.T) {
		t.Parallel()
		e := newEngine(t).start()
		ends(e)
		_, err := e.create("Node", node().with("timeoutSeconds", 600))
		require.ErrorContains(t, err, want)
	})
	t.Run("ReplicaSet that does not exist yet", func(t *testing.T) {
		t.Parallel()
		e := newEngine(t).start()
		ends(e)
		_, err := e.create("ReplicaSet", replicaSet("s1", 3).with("timeoutSeconds", 600))
		require.ErrorContains(t, err, "s1: s1-a:27017: "+want)
	})
	t.Run("ReplicaSet that exists", func(t *testing.T) {
		t.Parallel()
		e := newEngine(t).start()
		made := e.mustCreate("ReplicaSet", replicaSet("s1", 3))
		ends(e)
		_, err := e.update("ReplicaSet", made, replicaSet("s1", 3).with("timeoutSeconds", 600))
		require.ErrorContains(t, err, "s1: s1-a:27017: "+want)
	})
	t.Run("ReplicaSet without a majority", func(t *testing.T) {
		t.Parallel()
		e := newEngine(t).start()
		made := e.mustCreate("ReplicaSet", replicaSet("s1", 3))
		e.cluster.Down("s1-b:27017", true)
		ends(e)
		_, err := e.update("ReplicaSet", made, replicaSet("s1", 3).with("timeoutSeconds", 600))
		require.ErrorContains(t, err, "s1: s1-a:27017: "+want)
	})
	t.Run("ReplicaSet that it leaves", func(t *testing.T) {
		t.Parallel()
		e := newEngine(t).start()
		made := e.mustCreate("ReplicaSet", replicaSet("s1", 3))
		ends(e)
		in := replicaSet("s1", 3)
		in["members"] = in["members"].([]any)[1:]
		_, err := e.update("ReplicaSet", made, in)
		require.NoError(t, err)
	})
}

func TestNodeOfAnotherSetIsRefused(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	e.mustCreate("ReplicaSet", replicaSet("s1", 3))
	_, err := e.create("Node", node().with("replicaSet", "s2"))
	require.ErrorContains(t, err, "already belongs to the replica set s1, not s2: the volume of container cluster-s1-a")
	_, err = e.create("Node", node().with("host", "mongos:27017"))
	require.ErrorContains(t, err, "container cluster-s1-a runs a mongos")
}

func TestNodeReadSeesDrift(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	e.mustCreate("ReplicaSet", replicaSet("s1", 3))
	made := e.mustCreate("Node", node())

	same := e.read("Node", made, node())
	require.Equal(t, made.Properties, same.Properties, "a refresh of a healthy node shows nothing")
	require.Empty(t, e.changed("Node", same.Inputs, node()))

	e.containers.Play("cluster-s1-a", "", dockerhost.State{ID: "recreated", Running: true, Status: "running"})
	require.Equal(t, map[string]p.DiffKind{"containerId": p.Update}, e.changed("Node", e.read("Node", made, node()).Inputs, node()))

	e.cluster.Down("s1-a:27017", true)
	e.containers.Play("cluster-s1-a", "", dockerhost.State{ID: "cluster-s1-a-id", Status: "exited", ExitCode: 137})
	read := e.read("Node", made, node())
	require.Equal(t, made.ID, read.ID)
	require.Equal(t, []string{"s1-a:27017: container cluster-s1-a has exited with code 137"}, read.PartialState.Reasons)

	e.containers.Lose("cluster-s1-a")
	require.Empty(t, e.read("Node", made, node()).ID)
}

func TestNodeDeletesNothing(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	made := e.mustCreate("Node", node())
	require.NoError(t, e.delete("Node", made))
	require.Empty(t, e.cluster.Journal())
}
