package stack

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"speedscale/infra/config"
)

func TestLoginsOfTheNextDeployment(t *testing.T) {
	for _, tc := range []struct {
		auth     string
		deployed []Members
		want     Logins
	}{
		{config.Auto, nil, Logins{Required, true}},
		{config.On, nil, Logins{Required, true}},
		{config.Off, nil, Logins{Open, false}},
		{config.Auto, []Members{Open, Open}, Logins{Open, false}}, // deployed by a version without logins
		{config.On, []Members{Open, Open}, Logins{Optional, true}},
		{config.On, []Members{Open, Optional}, Logins{Optional, true}}, // a killed run
		{config.Auto, []Members{Open, Optional}, Logins{Optional, true}},
		{config.On, []Members{Optional, Optional}, Logins{Required, true}},
		{config.On, []Members{Optional, Required}, Logins{Required, true}},
		{config.Off, []Members{Required, Required}, Logins{Optional, false}},
		{config.Off, []Members{Required, Optional}, Logins{Optional, false}},
		{config.Off, []Members{Optional, Optional}, Logins{Open, false}},
		{config.Off, []Members{Optional, Open}, Logins{Open, false}},
	} {
		require.Equal(t, tc.want, nextLogins(tc.auth, tc.deployed), "%s %q", tc.auth, tc.deployed)
	}
}

// However many runs are killed after some of their members were replaced, one member
// never requires a login while another has no keyfile, and two whole runs end it.
func TestLoginsAreTurnedOnAndOffWithoutABreak(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := make([]Members, rapid.IntRange(1, 7).Draw(t, "members"))
		works := func() {
			seen := fmt.Sprintf("%q", members)
			require.False(t, slices.Contains(members, Open) && slices.Contains(members, Required), seen)
		}
		for range rapid.IntRange(0, 8).Draw(t, "runs") {
			auth := rapid.SampledFrom([]string{config.Auto, config.On, config.Off}).Draw(t, "auth")
			next := nextLogins(auth, members)
			for i := range rapid.IntRange(0, len(members)).Draw(t, "replaced") {
				members[i] = next.Members
				works()
			}
		}
		for auth, want := range map[string]Members{config.On: Required, config.Off: Open} {
			for range 2 {
				next := nextLogins(auth, members)
				for i := range members {
					members[i] = next.Members
					works()
				}
			}
			require.Equal(t, Logins{want, want == Required}, nextLogins(auth, members))
		}
	})
}
