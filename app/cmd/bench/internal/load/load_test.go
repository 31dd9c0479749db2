package load

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const hotAnswer = `{"source":"x","time":"1ms","cached":true,"data":[]}`

func serve(t *testing.T, handler http.HandlerFunc) (addr string, request []Request) {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	base, err := url.Parse(s.URL)
	require.NoError(t, err)
	return base.Host, []Request{Get(base, "/api/search?query=x")}
}

func TestPercentiles(t *testing.T) {
	var hundred []time.Duration
	for n := range 100 {
		hundred = append(hundred, time.Duration(n+1))
	}
	for part, want := range map[float64]time.Duration{0: 1, 0.5: 50, 0.95: 95, 0.99: 99, 0.991: 100, 1: 100} {
		require.Equal(t, want, Percentile(hundred, part), part)
	}
	require.Equal(t, time.Duration(7), Percentile([]time.Duration{7}, 0.99))
	require.Zero(t, Percentile(nil, 0.5))
}

// A copy in a gateway's memory may be of what the cache has no more.
func TestWhatIsWarmIsInTheCacheItself(t *testing.T) {
	answers := []string{
		strings.Replace(hotAnswer, `"x"`, `"REDIS_CACHE copy of the last second"`, 1),
		strings.Replace(hotAnswer, "true", "false", 1),
		hotAnswer,
	}
	var n atomic.Int64
	addr, requests := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, answers[n.Add(1)-1]) })
	require.NoError(t, Warm(t.Context(), addr, requests))
	require.EqualValues(t, len(answers), n.Load())
}

func TestAClosedLoopCountsWhatIsWrong(t *testing.T) {
	var n atomic.Int64
	addr, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/api/search?query=x", r.URL.String())
		switch n.Add(1) % 4 {
		case 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 1:
			_, _ = fmt.Fprint(w, strings.Replace(hotAnswer, "true", "false", 1))
		default:
			_, _ = fmt.Fprint(w, hotAnswer)
		}
	})
	r, err := Closed(t.Context(), addr, requests, Hot, 4, 300*time.Millisecond)
	require.NoError(t, err)
	require.EqualValues(t, n.Load(), r.Answers+r.Bad())
	require.InDelta(t, n.Load()/4, r.Failed, 4)
	require.InDelta(t, n.Load()/4, r.Other, 4)
	require.Positive(t, r.Rate)
	require.LessOrEqual(t, r.Rate, float64(r.Answers)/0.3)
	require.NotEmpty(t, r.FirstBad)
	require.Positive(t, r.P50)
	require.LessOrEqual(t, r.P50, r.P95)
	require.LessOrEqual(t, r.P99, r.Max)
}

func TestALoopWithoutAServerCountsFailures(t *testing.T) {
	r, err := Closed(t.Context(), "127.0.0.1:1", []Request{Request("GET / HTTP/1.1\r\n\r\n")}, Hot, 2, 50*time.Millisecond)
	require.NoError(t, err)
	require.Zero(t, r.Answers)
	require.Positive(t, r.Failed)
	require.Contains(t, r.FirstBad, "refused")
}

func TestAnswersOfEveryLengthAreRead(t *testing.T) {
	long := strings.Repeat("y", 100_000)
	var n atomic.Int64
	addr, requests := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		turn := n.Add(1)
		if turn%5 == 0 {
			w.Header().Set("Connection", "close")
		}
		_, _ = fmt.Fprint(w, hotAnswer)
		if turn%2 == 0 {
			w.(http.Flusher).Flush() // chunks
			_, _ = fmt.Fprint(w, long)
		}
	})
	r, err := Closed(t.Context(), addr, requests, Hot, 1, 200*time.Millisecond)
	require.NoError(t, err)
	require.Zero(t, r.Bad(), r.FirstBad)
	require.Greater(t, r.Answers, 10)

	c := newConn(addr)
	defer c.close()
	for range 10 {
		status, body, err := c.do(t.Context(), requests[0])
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, []int{len(hotAnswer), len(hotAnswer) + len(long)}, len(body))
	}
}

func TestAnOpenLoopCountsFromWhenARequestWasDue(t *testing.T) {
	const stuck = 400 * time.Millisecond
	var n atomic.Int64
	free := make(chan struct{})
	addr, requests := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) == 1 {
			time.AfterFunc(stuck, func() { close(free) })
		}
		<-free // nobody is answered at first
		_, _ = fmt.Fprint(w, hotAnswer)
	})
	r, err := Open(t.Context(), addr, requests, Hot, 1000, 500*time.Millisecond)
	require.NoError(t, err)
	require.Zero(t, r.Bad(), r.FirstBad)
	require.Equal(t, 500, r.Answers)
	require.GreaterOrEqual(t, r.Max, stuck)
	require.Greater(t, r.P50, stuck/4, "most waited, though not more than %d of them on their way", Connections)
}

func TestAnOpenLoopKeepsItsRate(t *testing.T) {
	addr, requests := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, hotAnswer) })
	start := time.Now()
	r, err := Open(t.Context(), addr, requests, Hot, 200, 500*time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, 100, r.Answers)
	require.GreaterOrEqual(t, time.Since(start), 490*time.Millisecond)
}

func TestWhatIsNeverSentCounts(t *testing.T) {
	addr, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(1200 * time.Millisecond): // longer than the load and its grace
		case <-r.Context().Done():
		}
		_, _ = fmt.Fprint(w, hotAnswer)
	})
	r, err := Open(t.Context(), addr, requests, Hot, 1000, 100*time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, 100-Connections, r.Unsent)
	require.Equal(t, Connections, r.Answers)
	require.GreaterOrEqual(t, r.P50, grace)
}

func TestLoadsCanBeInterrupted(t *testing.T) {
	addr, requests := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, hotAnswer) })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Closed(ctx, addr, requests, Hot, 2, time.Minute)
	require.ErrorIs(t, err, context.Canceled)
	_, err = Open(ctx, addr, requests, Hot, 100, time.Minute)
	require.ErrorIs(t, err, context.Canceled)
}

// BenchmarkClient is what a request costs the client and the least of servers.
func BenchmarkClient(b *testing.B) {
	body := []byte(hotAnswer + strings.Repeat("y", 7000))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }))
	defer s.Close()
	base, err := url.Parse(s.URL)
	require.NoError(b, err)
	request, c := Get(base, "/"), newConn(base.Host)
	defer c.close()
	for b.Loop() {
		if _, _, err := c.do(b.Context(), request); err != nil {
			b.Fatal(err)
		}
	}
}
