package mongoadmin_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"speedscale/infra/mongoadmin"
)

func voter(id int, host string) mongoadmin.Member {
	return mongoadmin.Member{ID: id, Host: host, Priority: 1, Votes: 1}
}

func set(members ...mongoadmin.Member) mongoadmin.SetConfig {
	return mongoadmin.SetConfig{Name: "s1", Version: 1, Members: members}
}

func TestPlanReconfigReadsAsExpected(t *testing.T) {
	t.Parallel()
	a, b, c, d, e := voter(0, "a"), voter(1, "b"), voter(2, "c"), voter(0, "d"), voter(0, "e")
	hidden := mongoadmin.Member{Host: "c", Votes: 1, Hidden: true}
	preferred := a
	preferred.Priority = 5
	quick := set(a, b, c)
	quick.Settings.ElectionTimeoutMillis = 3000
	tests := map[string]struct {
		current, desired mongoadmin.SetConfig
		down             []string
		plan             []string
	}{
		"nothing differs": {set(a, b, c), set(c, b, a), nil, nil},
		"3 to 5": {set(a, b, c), set(a, b, c, d, e), nil, []string{
			"add d, e, without a vote until caught up", "give d its vote", "give e its vote",
		}},
		"5 to 3":                {set(a, b, c, voter(3, "d"), voter(4, "e")), set(a, b, c), nil, []string{"remove d", "remove e"}},
		"the dead one is first": {set(a, b, c, voter(3, "d"), voter(4, "e")), set(a, b, c), []string{"e"}, []string{"remove e", "remove d"}},
		"one for another":       {set(a, b, c), set(a, b, d), nil, []string{"add d, without a vote until caught up", "give d its vote", "remove c"}},
		"priority":              {set(a, b, c), set(preferred, b, c), nil, []string{"priority of a 1 → 5"}},
		"hidden":                {set(a, b, c), set(a, b, hidden), nil, []string{"priority of c 1 → 0, hide c"}},
		"settings": {set(a, b, c), quick, nil, []string{
			"settings {electionTimeout: default, heartbeatInterval: default, catchUpTimeout: default} → {electionTimeout: 3000 ms, heartbeatInterval: default, catchUpTimeout: default}",
		}},
		"only the vote": {set(a, b, c), set(a, b, mongoadmin.Member{Host: "c"}), nil, []string{"take the vote of c"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps, err := mongoadmin.PlanReconfig(tt.current, tt.desired, tt.down...)
			require.NoError(t, err)
			var plan []string
			for _, s := range steps {
				plan = append(plan, s.String())
			}
			require.Equal(t, tt.plan, plan)
		})
	}
}

func TestPlanReconfigRefusesWhatMongoDBWould(t *testing.T) {
	t.Parallel()
	eight := set()
	for i := range 8 {
		eight.Members = append(eight.Members, voter(i, fmt.Sprint("m", i)))
	}
	for want, desired := range map[string]mongoadmin.SetConfig{
		"member a is listed twice":       set(voter(0, "a"), voter(1, "a")),
		"no member can become primary":   set(mongoadmin.Member{Host: "a", Votes: 1}),
		"8 members have a vote":          eight,
		"hidden member needs priority 0": set(voter(0, "a"), mongoadmin.Member{Host: "b", Votes: 1, Priority: 1, Hidden: true}),
		"votes is 2":                     set(voter(0, "a"), mongoadmin.Member{Host: "b", Votes: 2}),
		"without a vote it needs":        set(voter(0, "a"), mongoadmin.Member{Host: "b", Priority: 1}),
		"must be from 0 to 1000":         set(voter(0, "a"), mongoadmin.Member{Host: "b", Votes: 1, Priority: 1001}),
	} {
		_, err := mongoadmin.PlanReconfig(set(voter(0, "a")), desired)
		require.ErrorContains(t, err, want)
	}
}

// anySet draws a valid configuration out of ten hosts.
func anySet(t *rapid.T, label string) mongoadmin.SetConfig {
	hosts := rapid.SliceOfNDistinct(rapid.IntRange(0, 9), 1, 10, rapid.ID[int]).Draw(t, label)
	config := mongoadmin.SetConfig{Name: "s1", Version: 1}
	voters := 0
	for i, host := range hosts {
		m := mongoadmin.Member{ID: i, Host: fmt.Sprint("m", host)}
		if i == 0 || (voters < 7 && rapid.Bool().Draw(t, "votes")) {
			m.Votes = 1
			voters++
		}
		if m.Votes == 1 && (i == 0 || rapid.Bool().Draw(t, "electable")) {
			m.Priority = float64(rapid.IntRange(1, 10).Draw(t, "priority"))
		} else {
			m.Hidden = rapid.Bool().Draw(t, "hidden")
		}
		config.Members = append(config.Members, m)
	}
	config.Settings.ElectionTimeoutMillis = rapid.SampledFrom([]int{0, 2000, 10000}).Draw(t, "electionTimeout")
	return config
}

func voters(c mongoadmin.SetConfig) map[string]bool {
	v := map[string]bool{}
	for _, m := range c.Members {
		if m.Votes == 1 {
			v[m.Host] = true
		}
	}
	return v
}

func TestPlanReconfigKeepsMajorities(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		current, desired := anySet(t, "current"), anySet(t, "desired")
		steps, err := mongoadmin.PlanReconfig(current, desired)
		if err != nil {
			// The one case that cannot be done in one go: seven voters, of whom
			// the only one that can be primary must leave before another votes.
			require.ErrorContains(t, err, "in two goes")
			require.Len(t, voters(current), 7)
			return
		}
		ids := map[int]string{}
		for _, m := range current.Members {
			ids[m.ID] = m.Host
		}
		before := current
		ready := map[string]bool{}
		for _, m := range current.Members {
			ready[m.Host] = true
		}
		for i, step := range steps {
			require.NoError(t, step.Config.Validate(), step)
			for _, host := range step.Needs {
				ready[host] = true
			}
			was, is := voters(before), voters(step.Config)
			changed, old := 0, 0
			for host := range is {
				if !was[host] {
					changed++
					require.True(t, ready[host], "%s votes before it was caught up, at: %s", host, step)
				} else {
					old++
				}
			}
			for host := range was {
				if !is[host] {
					changed++
				}
			}
			require.LessOrEqual(t, changed, 1, "voters changed at once, at: %s", step)
			caughtUp := 0
			for host := range is {
				if ready[host] {
					caughtUp++
				}
			}
			require.GreaterOrEqual(t, caughtUp, len(is)/2+1, "no majority, at: %s", step)
			for _, m := range step.Config.Members {
				if owner, used := ids[m.ID]; used {
					require.Equal(t, owner, m.Host, "member id %d was another's, at: %s", m.ID, step)
				}
				ids[m.ID] = m.Host
			}
			before = step.Config
			rest, err := mongoadmin.PlanReconfig(before, desired)
			require.NoError(t, err)
			require.Len(t, rest, len(steps)-i-1, "the way is another after: %s", step)
		}
		requireSameMembers(t, desired, before)
		again, err := mongoadmin.PlanReconfig(before, desired)
		require.NoError(t, err)
		require.Empty(t, again)
	})
}

// requireSameMembers compares by host, as a declaration has no ids.
func requireSameMembers(t require.TestingT, want, got mongoadmin.SetConfig) {
	require.Equal(t, want.Settings.Canonical(), got.Settings.Canonical())
	require.Len(t, got.Members, len(want.Members))
	for _, m := range want.Members {
		is, ok := got.Member(m.Host)
		require.True(t, ok, "%s is missing", m.Host)
		m.ID = is.ID
		require.Equal(t, m, is)
	}
}
