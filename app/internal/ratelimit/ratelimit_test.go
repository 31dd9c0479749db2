package ratelimit

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"speedscale/app/internal/dependency"
	"speedscale/app/internal/rediscache"
	"speedscale/internal/redisacl"
	"speedscale/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var alice, bob = netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("203.0.113.8")

func connect(t *testing.T, addr string) *redis.Client {
	t.Helper()
	client, err := rediscache.Connect(testenv.RedisURL(redisacl.Gateway, addr)+testenv.PatientRedis, nil, dependency.Observer{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

// Both ways of counting must decide alike.
func TestSixtyAreAllowedThenNone(t *testing.T) {
	redisServer := testenv.Redis(t)
	nothing := fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
	for name, addr := range map[string]string{"shared": redisServer.Addr(), "local": nothing} {
		t.Run(name, func(t *testing.T) {
			l := New(connect(t, addr), 60)
			for n := range 60 {
				d := l.Allow(t.Context(), alice)
				require.True(t, d.Allowed, n)
				require.Equal(t, 60, d.Limit)
				require.InDelta(t, 59-n, d.Remaining, 2)
				require.Zero(t, d.RetryAfter)
			}
			d := l.Allow(t.Context(), alice)
			require.False(t, d.Allowed)
			require.Zero(t, d.Remaining)
			require.Positive(t, d.RetryAfter)
			require.LessOrEqual(t, d.RetryAfter, time.Second)
			require.InDelta(t, 60, d.Reset.Seconds(), 2)
			require.True(t, l.Allow(t.Context(), bob).Allowed, "each client has a count of its own")
		})
	}
}

func TestGatewaysCountTogether(t *testing.T) {
	redisServer := testenv.Redis(t)
	one, other := New(connect(t, redisServer.Addr()), 2), New(connect(t, redisServer.Addr()), 2)
	require.True(t, one.Allow(t.Context(), alice).Allowed)
	require.True(t, other.Allow(t.Context(), alice).Allowed)
	require.False(t, one.Allow(t.Context(), alice).Allowed)
}

func TestLocalRefillsOneEachInterval(t *testing.T) {
	now := time.Unix(1_000, 0)
	l := newLocal(60, func() time.Time { return now })
	for range 60 {
		require.True(t, l.allow("alice").Allowed)
	}
	require.Equal(t, time.Second, l.allow("alice").RetryAfter)
	now = now.Add(999 * time.Millisecond)
	require.False(t, l.allow("alice").Allowed)
	now = now.Add(time.Millisecond)
	require.True(t, l.allow("alice").Allowed)
	require.False(t, l.allow("alice").Allowed)
	now = now.Add(time.Hour)
	require.Equal(t, 59, l.allow("alice").Remaining)
}

func TestLocalMemoryIsBounded(t *testing.T) {
	now := time.Unix(1_000, 0)
	l := newLocal(60, func() time.Time { return now })
	for n := range 3 * maxClients {
		require.True(t, l.allow(fmt.Sprint(n)).Allowed)
		require.LessOrEqual(t, len(l.full), maxClients)
	}
}

func TestKeys(t *testing.T) {
	require.Equal(t, "203.0.113.7", key(alice))
	require.Equal(t, "203.0.113.7", key(netip.MustParseAddr("::ffff:203.0.113.7")))
	require.Equal(t, "2001:db8:1:2::/64", key(netip.MustParseAddr("2001:db8:1:2:3:4:5:6")), "an IPv6 client cannot choose another address")
	require.Equal(t, key(netip.MustParseAddr("fe80::1%eth0")), key(netip.MustParseAddr("fe80::2")))
}
