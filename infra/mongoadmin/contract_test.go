package mongoadmin_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"speedscale/infra/mongoadmin"
	"speedscale/infra/mongoadmin/fake"
	"speedscale/internal/mongods"
	"speedscale/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cluster is one implementation under the contract, and its bare mongods.
type cluster struct {
	admin   mongoadmin.Admin
	version string // of the mongods
	mongods func(t *testing.T, n int, set string) []mongoadmin.Endpoint
}

func fakeCluster() cluster {
	c := fake.New()
	return cluster{admin: c, version: mongods.Default, mongods: func(_ *testing.T, n int, set string) []mongoadmin.Endpoint {
		var members []mongoadmin.Endpoint
		for i := range n {
			members = append(members, mongoadmin.Endpoint{Host: set + "-" + string(rune('a'+i)) + ":27017"})
		}
		return members
	}}
}

func realCluster(t *testing.T, r testenv.Release) cluster {
	admin := mongoadmin.NewMongo(mongoadmin.TCP, mongoadmin.NoFiles)
	t.Cleanup(func() { require.NoError(t, admin.Close()) })
	return cluster{admin: admin, version: r.Version, mongods: func(t *testing.T, n int, set string) []mongoadmin.Endpoint {
		return start(t, r, n, "--replSet", set)
	}}
}

func start(t *testing.T, r testenv.Release, n int, args ...string) []mongoadmin.Endpoint {
	var members []mongoadmin.Endpoint
	for range n {
		members = append(members, mongoadmin.Endpoint{Host: r.Mongod(t, args...).Addr()})
	}
	return members
}

// onEachRelease runs a contract side by side on every genuine mongod that can be
// had.
func onEachRelease(t *testing.T, contract func(*testing.T, testenv.Release)) {
	for _, r := range testenv.Releases(t) {
		t.Run(r.Version, func(t *testing.T) {
			t.Parallel()
			contract(t, r)
		})
	}
}

func TestSetContractFake(t *testing.T) {
	t.Parallel()
	setContract(t, fakeCluster())
}

func TestSetContractReal(t *testing.T) {
	t.Parallel()
	onEachRelease(t, func(t *testing.T, r testenv.Release) { setContract(t, realCluster(t, r)) })
}

// setContract is what every SetAdmin does, step by step on one set.
func setContract(t *testing.T, c cluster) {
	members := c.mongods(t, 4, "s1")
	first, late := members[0], members[3]
	config := mongoadmin.SetConfig{Name: "s1"}
	for i, m := range members[:3] {
		config.Members = append(config.Members, mongoadmin.Member{ID: i, Host: m.Host, Priority: 1, Votes: 1})
	}

	t.Run("a bare mongod has no configuration", func(t *testing.T) {
		hello, err := c.admin.Hello(t.Context(), first)
		require.NoError(t, err)
		require.Equal(t, mongoadmin.Hello{}, hello)
		version, err := c.admin.Version(t.Context(), first)
		require.NoError(t, err)
		require.Equal(t, c.version, version)
		_, err = c.admin.SetConfig(t.Context(), first)
		require.ErrorIs(t, err, mongoadmin.ErrNotInitiated)
		_, err = c.admin.SetStatus(t.Context(), first)
		require.ErrorIs(t, err, mongoadmin.ErrNotInitiated)
	})
	t.Run("initiate makes a set with a primary", func(t *testing.T) {
		require.NoError(t, c.admin.Initiate(t.Context(), first, config))
		elect(t, c.admin, first)
		status := settled(t, c.admin, first, 3)
		require.Equal(t, "s1", status.Set)
		got, err := c.admin.SetConfig(t.Context(), members[1])
		require.NoError(t, err)
		require.Equal(t, "s1", got.Name)
		require.Len(t, got.ID, 24)
		require.Equal(t, config.Members, got.Members)
		require.Equal(t, first.Host, status.Primary())
		hello, err := c.admin.Hello(t.Context(), first)
		require.NoError(t, err)
		require.Equal(t, mongoadmin.Hello{Set: "s1", Primary: first.Host, Writable: true}, hello)
	})
	t.Run("initiating again is refused", func(t *testing.T) {
		err := c.admin.Initiate(t.Context(), first, config)
		require.ErrorContains(t, err, "already initialized")
		require.False(t, mongoadmin.IsTransient(err))
	})
	t.Run("a member is added, tuned and removed", func(t *testing.T) {
		desired := current(t, c.admin, first)
		desired.Members = append(desired.Members, mongoadmin.Member{Host: late.Host, Priority: 0.5, Votes: 1})
		desired.Settings.ElectionTimeoutMillis = 5000
		desired.Settings.CatchUpTimeoutMillis = 500
		apply(t, c.admin, members, desired)
		settled(t, c.admin, late, 4)
		got := current(t, c.admin, late)
		requireSameMembers(t, desired, got)

		desired.Members = desired.Members[:3]
		apply(t, c.admin, members, desired)
		require.Len(t, settled(t, c.admin, first, 3).Members, 3)
		eventually(t, func() string { // a member that was removed ends its connections, and belongs to no set
			hello, err := c.admin.Hello(t.Context(), late)
			if err != nil {
				require.True(t, mongoadmin.IsTransient(err), "%v", err)
				return err.Error()
			}
			return hello.Set
		})
	})
	t.Run("an outdated configuration is refused", func(t *testing.T) {
		old := current(t, c.admin, first)
		old.Version--
		err := c.admin.Reconfigure(t.Context(), primary(t, settled(t, c.admin, first, 3), members), old)
		require.ErrorIs(t, err, mongoadmin.ErrConfigChanged)
	})
	t.Run("two voters at once are refused", func(t *testing.T) {
		config := current(t, c.admin, first)
		p := primary(t, settled(t, c.admin, first, 3), members)
		config.Members = []mongoadmin.Member{{ID: 9, Host: p.Host, Priority: 1, Votes: 1}}
		require.Error(t, c.admin.Reconfigure(t.Context(), p, config))
	})
	t.Run("the primary hands over", func(t *testing.T) {
		before := primary(t, settled(t, c.admin, first, 3), members)
		require.NoError(t, c.admin.StepDown(t.Context(), before))
		require.NotEqual(t, before, primary(t, settled(t, c.admin, first, 3), members))
	})
	t.Run("a cancelled context ends the call", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.admin.Hello(ctx, first)
		require.ErrorIs(t, err, context.Canceled)
	})
}

// elect has a new set elect its first member now rather than after the
// election timeout, and waits until it is writable.
func elect(t *testing.T, admin mongoadmin.Admin, first mongoadmin.Endpoint) {
	eventually(t, func() string {
		if err := admin.StepUp(t.Context(), first); err != nil {
			return err.Error()
		}
		return ""
	})
	eventually(t, func() string {
		hello, err := admin.Hello(t.Context(), first)
		require.NoError(t, err)
		if !hello.Writable {
			return "not writable"
		}
		return ""
	})
}

func current(t *testing.T, admin mongoadmin.Admin, member mongoadmin.Endpoint) mongoadmin.SetConfig {
	config, err := admin.SetConfig(t.Context(), member)
	require.NoError(t, err)
	return config
}

// apply goes the planned way, as the provider does.
func apply(t *testing.T, admin mongoadmin.Admin, members []mongoadmin.Endpoint, desired mongoadmin.SetConfig) {
	steps, err := mongoadmin.PlanReconfig(current(t, admin, members[0]), desired)
	require.NoError(t, err)
	require.NotEmpty(t, steps)
	for _, step := range steps {
		t.Log(step)
		for _, host := range step.Needs {
			eventually(t, func() string {
				status, err := admin.SetStatus(t.Context(), members[0])
				if err != nil {
					return err.Error()
				}
				if m, ok := status.Member(host); !ok || !m.State.Ready() {
					return host + " is " + m.State.String()
				}
				return ""
			})
		}
		eventually(t, func() string {
			status := settled(t, admin, members[0], 0)
			step.Config.Version = current(t, admin, primary(t, status, members)).Version
			err := admin.Reconfigure(t.Context(), primary(t, status, members), step.Config)
			if err == nil {
				return ""
			}
			require.True(t, mongoadmin.IsTransient(err), "%s: %v", step, err)
			return err.Error()
		})
	}
}

// settled waits for a primary and n members that serve.
func settled(t *testing.T, admin mongoadmin.Admin, member mongoadmin.Endpoint, n int) mongoadmin.SetStatus {
	var status mongoadmin.SetStatus
	eventually(t, func() string {
		var err error
		if status, err = admin.SetStatus(t.Context(), member); err != nil {
			return err.Error()
		}
		ready := 0
		for _, m := range status.Members {
			if m.State.Ready() {
				ready++
			}
		}
		if status.Primary() == "" || ready < n {
			return "not settled"
		}
		return ""
	})
	return status
}

func primary(t *testing.T, status mongoadmin.SetStatus, members []mongoadmin.Endpoint) mongoadmin.Endpoint {
	for _, m := range members {
		if m.Host == status.Primary() {
			return m
		}
	}
	t.Fatalf("no primary in %+v", status)
	return mongoadmin.Endpoint{}
}

// eventually asks until there is no reason left, and fails with the last one.
func eventually(t *testing.T, ask func() string) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		reason := ask()
		if reason == "" {
			return
		}
		require.False(t, time.Now().After(deadline), "still waiting: %s", reason)
		<-tick.C
	}
}
