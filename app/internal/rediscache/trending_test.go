package rediscache

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/app/internal/catalog"
	"speedscale/internal/testenv"
)

func TestTrendingIsTheLastTwenty(t *testing.T) {
	redis := testenv.Redis(t)
	trending := NewTrending(connect(t, redis.Addr()), quiet)
	require.Empty(t, trending.List(t.Context()))
	require.NotNil(t, trending.List(t.Context()), "an empty list is a list")
	for n := range 30 {
		trending.Add(catalog.Query(fmt.Sprint(n)))
		if n%7 == 0 {
			trending.flush(t.Context())
		}
	}
	trending.Add("15")
	want := []catalog.Query{"15"}
	for n := 29; len(want) < trendingLen; n-- {
		if n != 15 {
			want = append(want, catalog.Query(fmt.Sprint(n)))
		}
	}
	require.Equal(t, want, trending.List(t.Context()))
	redis.Stop()
	require.Equal(t, want, trending.List(t.Context()), "remembered while Redis is away")
}

func TestTrendingIsOneListForAllGateways(t *testing.T) {
	redis := testenv.Redis(t)
	one, other := NewTrending(connect(t, redis.Addr()), quiet), NewTrending(connect(t, redis.Addr()), quiet)
	second := 0
	clock := func() time.Time { second++; return time.Unix(int64(second), 0) }
	one.now, other.now = clock, clock
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { one.Run(ctx) })
	running.Go(func() { other.Run(ctx) })
	one.Add("lamp")
	other.Add("hose")
	one.Add("LAMP")
	other.Add("lamp")
	stop()
	running.Wait() // which sends the rest
	require.Equal(t, []catalog.Query{"lamp", "LAMP", "hose"}, NewTrending(connect(t, redis.Addr()), quiet).List(t.Context()))
}

func TestTrendingSendsWhatRedisMissed(t *testing.T) {
	port := testenv.FreePort(t)
	trending := NewTrending(connect(t, fmt.Sprintf("127.0.0.1:%d", port)), quiet)
	trending.Add("lamp")
	trending.flush(t.Context())
	trending.Add("hose")
	require.Equal(t, []catalog.Query{"hose", "lamp"}, trending.List(t.Context()))
	redis := testenv.RedisAt(t, port)
	require.Eventually(t, func() bool {
		trending.flush(t.Context())
		return len(NewTrending(connect(t, redis.Addr()), quiet).List(t.Context())) == 2
	}, 10*time.Second, 50*time.Millisecond)
}
