package rediscache

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/app/internal/catalog"
	"speedscale/internal/testenv"
)

func TestReportCountsReads(t *testing.T) {
	redis := testenv.Redis(t)
	client := connect(t, redis.Addr())
	cache, l := New(client, ttls, quiet), lamp()
	for range 4 {
		_, _, err := cache.Get(t.Context(), Search, "lamp", l.load)
		require.NoError(t, err)
	}
	require.NoError(t, client.Del(t.Context(), "search:lamp").Err())
	_, _, err := cache.Get(t.Context(), Search, "lamp", func(context.Context) (Value, error) { return Value{}, catalog.ErrUnavailable })
	require.NoError(t, err)
	_, _, err = cache.Get(t.Context(), Product, "1", func(context.Context) (Value, error) { return Value{}, errors.New("a bug") })
	require.Error(t, err)

	r := cache.Report()
	require.Equal(t, Counts{Hits: 3, Misses: 1, Stale: 1, Errors: 1, HitRate: 0.8}, r.Counts)
	require.Equal(t, Search, r.Classes[0].Class)
	require.EqualValues(t, 60, r.Classes[0].TTLSeconds)
	require.Equal(t, Counts{Hits: 3, Misses: 1, Stale: 1, HitRate: 0.8}, r.Classes[0].Counts)
	require.Positive(t, r.Classes[0].HitLatency.P50)
	require.Nil(t, r.Classes[1].HitLatency)

	server := Ask(t.Context(), client)
	require.True(t, server.Connected)
	require.EqualValues(t, 1, server.Keys) // the spare copy
	require.Positive(t, server.Memory)
	redis.Stop()
	require.Equal(t, ServerReport{}, Ask(t.Context(), client))
}

func TestPercentiles(t *testing.T) {
	var l latencies
	require.Nil(t, l.summary())
	for n := range 2 * latenciesKept {
		l.add(time.Duration(n) * time.Millisecond)
	}
	require.Len(t, l.ring, latenciesKept)
	require.InDelta(t, 1.5*latenciesKept, l.summary().P50, 1, "of the last ones only")
	require.InDelta(t, 1.95*latenciesKept, l.summary().P95, 2)
}
