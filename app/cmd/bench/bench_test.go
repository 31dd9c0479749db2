package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"speedscale/app/internal/catalog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is a gateway that has cached what was asked before.
func server(t *testing.T, limit bool) string {
	t.Helper()
	var asked sync.Map
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/health":
			_, _ = fmt.Fprint(w, `{"seeding":{"seeded":2000}}`)
		case r.URL.Path == "/metrics":
			_, _ = fmt.Fprint(w, "go_goroutines 7\nprocess_resident_memory_bytes 5.24288e+07\n")
		case limit:
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			_, cached := asked.LoadOrStore(r.URL.String(), true)
			_, _ = fmt.Fprintf(w, `{"source":"x","time":"1ms","cached":%t,"data":[]}`, cached)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestTheTableHasEveryRouteColdAndHot(t *testing.T) {
	var out bytes.Buffer
	err := run(t.Context(), []string{"-target", server(t, false), "-duration", "300ms", "-cold", "100", "-hot", "200", "-max", "400", "-within", "1s"}, &out)
	require.NoError(t, err)
	for _, route := range []string{"search", "product", "similar"} {
		require.Regexp(t, `\| `+route+` +\| cold +\| 2000 +\| 100 +\| \d+ `, out.String())
		require.Regexp(t, `\| `+route+` +\| hot +\| 2000 +\| 200 +\| \d+ `, out.String())
	}
	require.Regexp(t, `hot searches with a p99 of at most 1s: \d+ a second`, out.String())
	require.Contains(t, out.String(), "memory of the gateway: 50 MB")
}

func TestALimitThatIsOnIsNamed(t *testing.T) {
	err := run(t.Context(), []string{"-target", server(t, true), "-duration", "100ms"}, &bytes.Buffer{})
	require.ErrorContains(t, err, "RATE_LIMIT=0")
}

func TestItCanBeInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	url := server(t, false)
	cancel()
	require.ErrorIs(t, run(ctx, []string{"-target", url}, &bytes.Buffer{}), context.Canceled)
}

func TestQueriesAreOfSeededProducts(t *testing.T) {
	several := 0
	for n := range int64(200) {
		q := query(n, 1000)
		require.Equal(t, q, query(n, 1000), "the same each time")
		words := catalog.ParseQuery(q).Words()
		require.NotEmpty(t, words)
		if strings.Contains(q, " ") {
			several++
		}
	}
	require.Greater(t, several, 80)
}
