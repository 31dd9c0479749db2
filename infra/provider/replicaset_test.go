package provider_test

import (
	"context"
	"slices"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"

	"speedscale/infra/mongoadmin"
)

func TestReplicaSetIsInitiatedOnce(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	in := replicaSet("s1", 3)
	made := e.mustCreate("ReplicaSet", in)
	require.Equal(t, "s1", made.ID)
	require.Equal(t, []string{"replSetInitiate s1 on s1-a:27017 with s1-a:27017 s1-b:27017 s1-c:27017"}, e.cluster.Journal())
	require.Empty(t, e.changed("ReplicaSet", made.Properties, in))

	e.mustCreate("ReplicaSet", in) // lost from the state, created again
	require.Empty(t, e.cluster.Journal())
}

func TestReplicaSetPreviewTouchesNothing(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	in := e.check("ReplicaSet", replicaSet("s1", 3))
	resp, err := e.Create(p.CreateRequest{Urn: urn("ReplicaSet", "r"), Properties: in, DryRun: true})
	require.NoError(t, err)
	require.Equal(t, "s1", resp.Properties.Get("name").AsString())
	require.Empty(t, e.cluster.Journal())
}

func TestReplicaSetPrefersItsPriority(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	in := replicaSet("s1", 3)
	in["members"].([]any)[1].(map[string]any)["priority"] = 5.0
	e.mustCreate("ReplicaSet", in)
	require.Equal(t, []string{"replSetInitiate s1 on s1-b:27017 with s1-a:27017 s1-b:27017(priority 5) s1-c:27017"}, e.cluster.Journal())
}

func TestReplicaSetRefusesAnothersMember(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	e.mustCreate("ReplicaSet", replicaSet("old", 3))
	in := replicaSet("s1", 3)
	in["members"].([]any)[2] = members("old", 1)[0]
	_, err := e.create("ReplicaSet", in)
	require.ErrorContains(t, err, "old-a:27017 already belongs to the replica set old, not s1: the volume of container cluster-old-a")
}

func TestReplicaSetRefusesTwoSetsOfOneName(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	e.mustCreate("ReplicaSet", replicaSet("s1", 2))
	in := replicaSet("s1", 4)
	in["members"] = in["members"].([]any)[2:]
	e.mustCreate("ReplicaSet", in)
	_, err := e.create("ReplicaSet", replicaSet("s1", 4))
	require.ErrorContains(t, err, "s1-a:27017 and s1-d:27017 belong to two different replica sets of the name s1: the volume of container cluster-s1-a or cluster-s1-d")
}

func TestReplicaSetScalesOneVoterAStep(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	made := e.mustCreate("ReplicaSet", replicaSet("s1", 3))
	e.cluster.Journal()

	resp, err := e.update("ReplicaSet", made, replicaSet("s1", 5))
	require.NoError(t, err)
	require.Equal(t, []string{
		"replSetReconfig s1 to s1-a:27017 s1-b:27017 s1-c:27017 s1-d:27017(no vote) s1-e:27017(no vote)",
		"replSetReconfig s1 to s1-a:27017 s1-b:27017 s1-c:27017 s1-d:27017 s1-e:27017(no vote)",
		"replSetReconfig s1 to s1-a:27017 s1-b:27017 s1-c:27017 s1-d:27017 s1-e:27017",
	}, e.cluster.Journal())

	made.Properties = resp.Properties
	_, err = e.update("ReplicaSet", made, replicaSet("s1", 3))
	require.NoError(t, err)
	require.Equal(t, []string{
		"replSetReconfig s1 to s1-a:27017 s1-b:27017 s1-c:27017 s1-e:27017",
		"replSetReconfig s1 to s1-a:27017 s1-b:27017 s1-c:27017",
	}, e.cluster.Journal())
}

func TestReplicaSetPrimaryHandsOverBeforeItLeaves(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	made := e.mustCreate("ReplicaSet", replicaSet("s1", 3))
	e.cluster.Journal()
	in := replicaSet("s1", 3)
	in["members"] = in["members"].([]any)[1:] // s1-a is primary
	_, err := e.update("ReplicaSet", made, in)
	require.NoError(t, err)
	require.Equal(t, []string{"replSetStepDown on s1-a:27017", "replSetReconfig s1 to s1-b:27017 s1-c:27017"}, e.cluster.Journal())
}

func TestReplicaSetRemovesADeadMember(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	made := e.mustCreate("ReplicaSet", replicaSet("s1", 5))
	e.cluster.Journal()
	e.cluster.Down("s1-e:27017", true)
	_, err := e.update("ReplicaSet", made, replicaSet("s1", 3))
	require.NoError(t, err)
	require.Equal(t, []string{
		"replSetReconfig s1 to s1-a:27017 s1-b:27017 s1-c:27017 s1-d:27017",
		"replSetReconfig s1 to s1-a:27017 s1-b:27017 s1-c:27017",
	}, e.cluster.Journal())
}

// A restarted member may get the IP address that a member of another set had. A member
// that still has a connection to that address would confuse the two forever.
func TestReplicaSetMembersAreNotTakenForOthers(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	made := e.mustCreate("ReplicaSet", replicaSet("s1", 3))
	e.cluster.Journal()
	e.cluster.Mistake("s1-a:27017", "s1-c:27017")
	_, err := e.update("ReplicaSet", made, replicaSet("s1", 3))
	require.NoError(t, err)
	require.Contains(t, e.cluster.Journal(), "dropConnections on s1-a:27017 to s1-c:27017")
}

func TestReplicaSetTakesWhatPasses(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	e.cluster.Fail("Initiate", mongoadmin.ErrUnreachable, mongoadmin.ErrUnreachable)
	made := e.mustCreate("ReplicaSet", replicaSet("s1", 3))
	e.cluster.Fail("Reconfigure", mongoadmin.ErrConfigChanged, mongoadmin.ErrUnreachable)
	e.cluster.Fail("SetConfig", nil, nil, nil, mongoadmin.ErrUnreachable)
	_, err := e.update("ReplicaSet", made, replicaSet("s1", 4))
	require.NoError(t, err)
}

func TestReplicaSetReportsWhatStays(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	e.cluster.Fail("Initiate", errDenied)
	_, err := e.create("ReplicaSet", replicaSet("s1", 3))
	require.ErrorIs(t, err, errDenied)

	e.cluster.Down("s1-c:27017", true)
	_, err = e.create("ReplicaSet", replicaSet("s1", 3).with("timeoutSeconds", 1))
	require.ErrorContains(t, err, "s1: gave up at the deadline, still: waiting for its members, 2 of 3 answer: s1-c:27017: not reachable")
}

func TestReplicaSetHalfMadeIsRecordedAndMended(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	e.cluster.Fail("SetStatus", slices.Repeat([]error{mongoadmin.ErrUnreachable}, 100)...)
	half, err := e.create("ReplicaSet", replicaSet("s1", 3).with("timeoutSeconds", 1))
	require.Error(t, err)
	require.NotNil(t, half.PartialState)
	require.Equal(t, "s1", half.ID)
	require.Contains(t, half.PartialState.Reasons[0], "s1: gave up at the deadline, still: s1-a:27017: not reachable")

	e.cluster.Fail("SetStatus")
	_, err = e.update("ReplicaSet", half, replicaSet("s1", 3))
	require.NoError(t, err)
}

func TestReplicaSetCancelled(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	e.cluster.Down("s1-c:27017", true)
	in := e.check("ReplicaSet", replicaSet("s1", 3).with("timeoutSeconds", 600))
	done := make(chan error)
	go func() {
		_, err := e.Create(p.CreateRequest{Urn: urn("ReplicaSet", "r"), Properties: in})
		done <- err
	}()
	require.NoError(t, e.Cancel())
	select {
	case err := <-done:
		require.ErrorIs(t, err, context.Canceled)
	case <-time.After(10 * time.Second):
		require.Fail(t, "still waiting after the cancellation")
	}
}

func TestReplicaSetReadSeesDrift(t *testing.T) {
	t.Parallel()
	in := replicaSet("s1", 3).with("settings", map[string]any{"electionTimeoutMillis": 5000.0})
	tests := map[string]struct {
		byHand  func(*testing.T, mongoadmin.Admin)
		changed map[string]p.DiffKind
	}{
		"nothing":          {func(*testing.T, mongoadmin.Admin) {}, map[string]p.DiffKind{}},
		"a member removed": {change(func(c *mongoadmin.SetConfig) { c.Members = c.Members[:2] }), map[string]p.DiffKind{"members[2]": p.Add}},
		"a member added": {change(func(c *mongoadmin.SetConfig) {
			c.Members = append(c.Members, mongoadmin.Member{ID: 7, Host: "s1-x:27017", Votes: 0})
		}), map[string]p.DiffKind{"members[3]": p.Delete}},
		"a priority changed": {change(func(c *mongoadmin.SetConfig) { c.Members[1].Priority = 3 }), map[string]p.DiffKind{"members[1].priority": p.Update}},
		"a setting changed": {
			change(func(c *mongoadmin.SetConfig) { c.Settings.ElectionTimeoutMillis = 0 }),
			map[string]p.DiffKind{"settings.electionTimeoutMillis": p.Update},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEngine(t).start()
			made := e.mustCreate("ReplicaSet", in)
			tt.byHand(t, e.cluster)
			read := e.read("ReplicaSet", made, in)
			require.Equal(t, "s1", read.ID)
			require.Equal(t, tt.changed, e.changed("ReplicaSet", read.Inputs, in))

			made.Properties = read.Properties
			_, err := e.update("ReplicaSet", made, in)
			require.NoError(t, err)
			require.Empty(t, e.changed("ReplicaSet", e.read("ReplicaSet", made, in).Inputs, in))
		})
	}
}

// change changes the set's configuration as somebody might do by hand.
func change(edit func(*mongoadmin.SetConfig)) func(*testing.T, mongoadmin.Admin) {
	return func(t *testing.T, admin mongoadmin.Admin) {
		at := mongoadmin.Endpoint{Host: "s1-a:27017"}
		config, err := admin.SetConfig(t.Context(), at)
		require.NoError(t, err)
		edit(&config)
		require.NoError(t, admin.Reconfigure(t.Context(), at, config))
	}
}

func TestReplicaSetReadOfABrokenSet(t *testing.T) {
	t.Parallel()
	in := replicaSet("s1", 3)
	hosts := []string{"s1-a:27017", "s1-b:27017", "s1-c:27017"}

	t.Run("all volumes lost", func(t *testing.T) {
		t.Parallel()
		e := newEngine(t).start()
		made := e.mustCreate("ReplicaSet", in)
		for _, host := range hosts {
			e.cluster.Forget(host)
		}
		require.Empty(t, e.read("ReplicaSet", made, in).ID)
	})
	t.Run("no member answers", func(t *testing.T) {
		t.Parallel()
		e := newEngine(t).start()
		made := e.mustCreate("ReplicaSet", in)
		for _, host := range hosts {
			e.cluster.Down(host, true)
		}
		read := e.read("ReplicaSet", made, in)
		require.Equal(t, "s1", read.ID, "what cannot be seen is not gone")
		require.Contains(t, read.PartialState.Reasons[0], "no member returned its configuration")
	})
	t.Run("no majority", func(t *testing.T) {
		t.Parallel()
		e := newEngine(t).start()
		made := e.mustCreate("ReplicaSet", in)
		e.cluster.Down(hosts[1], true)
		e.cluster.Down(hosts[2], true)
		read := e.read("ReplicaSet", made, in)
		require.Equal(t, []string{"s1: waiting for a primary, 1 of 3 answer"}, read.PartialState.Reasons)
	})
	t.Run("one member down", func(t *testing.T) {
		t.Parallel()
		e := newEngine(t).start()
		made := e.mustCreate("ReplicaSet", in)
		e.cluster.Down(hosts[2], true)
		read := e.read("ReplicaSet", made, in)
		require.Equal(t, []string{"s1: 2 of 3 members serve: s1-c:27017 is DOWN (connection refused)"}, read.PartialState.Reasons)
	})
}

func TestReplicaSetDeleteLeavesTheData(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	made := e.mustCreate("ReplicaSet", replicaSet("s1", 3))
	e.cluster.Journal()
	require.NoError(t, e.delete("ReplicaSet", made))
	require.Empty(t, e.cluster.Journal())
}

func TestReplicaSetChecksAllInputs(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	in := replicaSet("s1", 3).with("timeoutSeconds", -1)
	in["members"].([]any)[1].(map[string]any)["priority"] = 2000.0
	in["members"].([]any)[2].(map[string]any)["host"] = "s1-c"
	require.Equal(t, []string{
		"timeoutSeconds: -1: must be a positive number of seconds",
		`members[2].host: "s1-c" is not a host and port, like "shard1-node1:27017"`,
		"members: member s1-b:27017: priority is 2000, must be from 0 to 1000",
	}, e.mistakes("ReplicaSet", in))

	unknown := replicaSet("s1", 3).value().Set("members", property.New(property.Computed))
	resp, err := e.Check(p.CheckRequest{Urn: urn("ReplicaSet", "r"), Inputs: unknown})
	require.NoError(t, err)
	require.Empty(t, resp.Failures)
}

func TestTimeoutsAreNoDiff(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	in := replicaSet("s1", 3)
	made := e.mustCreate("ReplicaSet", in)
	require.Empty(t, e.changed("ReplicaSet", made.Properties, in.with("timeoutSeconds", 77)))
	require.Equal(t, map[string]p.DiffKind{"name": p.UpdateReplace}, e.changed("ReplicaSet", made.Properties, in.with("name", "s2")))
}
