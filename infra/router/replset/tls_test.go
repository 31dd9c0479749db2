package replset

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"speedscale/infra/router/secure"
	"speedscale/infra/router/secure/securetest"
	"speedscale/internal/testenv"
)

// withTLS are a mongod's flags.
func withTLS(f secure.Files, more ...string) []string {
	return append([]string{"--tlsMode", "requireTLS", "--tlsCertificateKeyFile", f.Certificate, "--tlsCAFile", f.Authority}, more...)
}

func opened(t *testing.T, f secure.Files) *secure.TLS {
	t.Helper()
	s, err := secure.Open(secure.Require, f, false)
	require.NoError(t, err)
	return s
}

// TestIntegrationIdleConnectionsWithTLS: they are used again, with either version,
// and one that its member has closed is not.
func TestIntegrationIdleConnectionsWithTLS(t *testing.T) {
	t.Parallel()
	a := securetest.New(t)
	f := securetest.Write(t, a.Leaf(t), a)
	for version, flags := range map[string][]string{"1.3": nil, "1.2": {"--tlsDisabledProtocols", "TLS1_3"}} {
		t.Run(version, func(t *testing.T) {
			ctx := context.Background()
			p := testenv.Mongod(t, withTLS(f, flags...)...)
			n := newNode(p.Addr(), "set", dialer{opened(t, f)}, nil, func() {})
			defer n.pool.close(ctx)
			idle := func() *link {
				reply, err := n.Run(ctx, command(t, bson.E{Key: "ping", Value: 1}), nil)
				require.NoError(t, err)
				require.True(t, OK(reply))
				require.Len(t, n.pool.idle, 1)
				return n.pool.idle[0]
			}
			first := idle()
			require.IsType(t, secure.Conn{}, first.Conn)
			for range 3 {
				time.Sleep(4 * freshFor) // longer than a connection counts as fresh
				require.Same(t, first, idle())
				require.True(t, first.stands())
			}
			large, err := bson.Marshal(bson.D{{Key: "ping", Value: 1}, {Key: "comment", Value: strings.Repeat("x", 3<<20)}, {Key: "$db", Value: "admin"}})
			require.NoError(t, err)
			_, err = n.Run(ctx, large, nil)
			require.NoError(t, err)
			require.Same(t, first, idle())

			require.NoError(t, p.Signal(syscall.SIGTERM))
			require.Eventually(t, func() bool { return p.Ended() && !first.stands() }, time.Minute, 2*freshFor)
			_, err = n.Run(ctx, command(t, bson.E{Key: "ping", Value: 1}), nil)
			require.ErrorIs(t, err, ErrNotSent)
		})
	}
}

// TestIntegrationSetWithTLS: the watch uses TLS, and says why it trusts no member.
func TestIntegrationSetWithTLS(t *testing.T) {
	t.Parallel()
	a, b := securetest.New(t), securetest.New(t)
	own := securetest.Write(t, a.Leaf(t), a)
	for name, c := range map[string]struct {
		member secure.Files
		want   string
	}{
		"its own":           {securetest.Write(t, a.Leaf(t), a), ""},
		"another authority": {securetest.Write(t, b.Leaf(t), a), "unknown authority"},
		"another host":      {securetest.Write(t, a.Leaf(t, securetest.Elsewhere), a), "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			flags := withTLS(c.member, "--tlsAllowConnectionsWithoutCertificates") // which nobody here trusts
			members := testenv.ReplicaSet(t, "set", 1, flags...)
			s, err := Open("set", []string{members[0].Addr()}, opened(t, own), nil, func(bool) {})
			require.NoError(t, err)
			defer func() { require.NoError(t, s.Close(context.Background())) }()
			require.Eventually(t, func() bool {
				_, err := s.Primary()
				if c.want == "" {
					return err == nil
				}
				return err != nil && strings.Contains(err.Error(), c.want)
			}, time.Minute, 20*time.Millisecond)
			if c.want == "" {
				return
			}
			n := newNode(members[0].Addr(), "set", s.dialer, nil, func() {})
			_, err = n.Run(context.Background(), command(t, bson.E{Key: "ping", Value: 1}), nil)
			require.ErrorIs(t, err, ErrNotSent)
			require.ErrorContains(t, err, c.want)
			_, err = n.Dial(context.Background())
			require.ErrorContains(t, err, c.want)
		})
	}
}
