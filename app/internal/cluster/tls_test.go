package cluster

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/internal/testenv"
	"speedscale/internal/tlsfiles"
)

func TestMembersAreAskedByTLS(t *testing.T) {
	authority := testenv.NewAuthority(t, "ours")
	files := testenv.NewTLS(t, authority)
	member := testenv.Mongod(t, files.Mongod()...)
	host := fmt.Sprintf("localhost:%d", member.Port)
	for name, c := range map[string]struct {
		authority *testenv.Authority
		host      string
		answers   bool
	}{
		"right":             {authority, host, true},
		"another authority": {testenv.NewAuthority(t, "another"), host, false},
		"no name":           {authority, member.Addr(), false},
	} {
		t.Run(name, func(t *testing.T) {
			trust, err := tlsfiles.Client(testenv.NewTLS(t, c.authority).AuthorityFile)
			require.NoError(t, err)
			r, err := Open(Config{MongoURI: "mongodb://localhost:1/speedscale?tls=true", Database: "speedscale", Trust: trust})
			require.NoError(t, err)
			defer func() { require.NoError(t, r.Close(context.Background())) }()
			require.Equal(t, c.answers, r.hello(t.Context(), c.host) != nil)
		})
	}
}
