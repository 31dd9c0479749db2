package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/app/internal/dependency"
	"speedscale/app/internal/ratelimit"
	"speedscale/app/internal/rediscache"
	"speedscale/internal/redisacl"
	"speedscale/internal/testenv"
)

func limitedTo(t *testing.T, perMinute int) func(*Deps) {
	t.Helper()
	client, err := rediscache.Connect(testenv.RedisURL(redisacl.Gateway, testenv.Redis(t).Addr())+testenv.PatientRedis, nil, dependency.Observer{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return func(d *Deps) { d.Limiter = ratelimit.New(client, perMinute); d.TrustedProxies = []string{"10.0.0.0/8"} }
}

func from(t *testing.T, h http.Handler, peer, forwarded, path string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.RemoteAddr = peer
	if forwarded != "" {
		r.Header.Set("X-Forwarded-For", forwarded)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestTheLimitBites(t *testing.T) {
	g := newGateway(t, limitedTo(t, 3))
	for n := range 3 {
		w := from(t, g, "203.0.113.7:1", "", "/api/search?query=lamp")
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, "3", w.Header().Get("RateLimit-Limit"))
		require.Equal(t, strconv.Itoa(2-n), w.Header().Get("RateLimit-Remaining"))
		require.NotEmpty(t, w.Header().Get("RateLimit-Reset"))
	}
	for _, forged := range []string{"", "1.2.3.4", "5.6.7.8"} {
		w := from(t, g, "203.0.113.7:2", forged, "/api/products/nonsense")
		require.Contains(t, detail(t, w, http.StatusTooManyRequests), "Rate limit exceeded: 3 requests a minute")
		wait, err := strconv.Atoi(w.Header().Get("Retry-After"))
		require.NoError(t, err)
		require.InDelta(t, 20, wait, 1)
	}
	require.Equal(t, http.StatusOK, from(t, g, "203.0.113.8:1", "", "/api/trending").Code, "another client")
	require.Equal(t, http.StatusOK, from(t, g, "203.0.113.7:1", "", "/api/cache/stats").Code, "not of the catalogue")
}

func TestATrustedProxysClientsAreCountedApart(t *testing.T) {
	g := newGateway(t, limitedTo(t, 1))
	require.Equal(t, http.StatusOK, from(t, g, "10.0.0.2:1", "1.2.3.4", "/api/trending").Code)
	require.Equal(t, http.StatusOK, from(t, g, "10.0.0.2:1", "1.2.3.5", "/api/trending").Code)
	require.Equal(t, http.StatusTooManyRequests, from(t, g, "10.0.0.2:1", "6.6.6.6, 1.2.3.4", "/api/trending").Code)
}

func TestCacheStats(t *testing.T) {
	g := newGateway(t)
	for range 3 {
		get(t, g, "/api/search?query=lamp")
	}
	s := decoded[CacheStats](t, get(t, g, "/api/cache/stats"), http.StatusOK)
	require.EqualValues(t, 2, s.Hits)
	require.EqualValues(t, 1, s.Misses)
	require.Len(t, s.Classes, 3)
	require.True(t, s.Redis.Connected)
	require.Positive(t, s.Redis.Keys)
}
