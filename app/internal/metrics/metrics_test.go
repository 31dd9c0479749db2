package metrics

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/app/internal/dependency"
)

func read(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// An outage is one line when it begins and one when it ends, and a gauge.
func TestAnOutageIsSeen(t *testing.T) { synctest.Test(t, outage) }

func outage(t *testing.T) {
	m := New()
	var said bytes.Buffer
	observer := m.Dependency("redis", slog.New(slog.NewTextHandler(&said, nil)))
	b := dependency.NewBreaker[int](dependency.Settings{
		Name: "redis", Failures: 2, Pause: time.Second, Answered: func(err error) bool { return err == nil },
	}, observer)
	ask := func(err error) { _, _ = b.Execute(func() (int, error) { return 0, err }) }
	require.Contains(t, read(t, m), `gateway_breaker_open{dependency="redis"} 0`)
	refused := errors.New("connection refused")
	for range 10 {
		ask(refused)
		time.Sleep(time.Minute) // of the bubble's clock: the breaker's pause is over
	}
	require.Contains(t, read(t, m), `gateway_breaker_open{dependency="redis"} 1`)
	require.Equal(t, 1, bytes.Count(said.Bytes(), []byte("redis does not answer")), said.String())
	require.Contains(t, said.String(), "connection refused")
	ask(nil)
	require.Contains(t, said.String(), "redis answers again")
	require.Contains(t, read(t, m), `gateway_breaker_open{dependency="redis"} 0`)
}

func TestUpAndBuild(t *testing.T) {
	m := New()
	var answer error
	m.Up("mongodb", func(context.Context) error { return answer })
	require.Contains(t, read(t, m), `gateway_dependency_up{dependency="mongodb"} 1`)
	answer = errors.New("no")
	text := read(t, m)
	require.Contains(t, text, `gateway_dependency_up{dependency="mongodb"} 0`)
	require.Regexp(t, `gateway_build_info\{goversion="go1[^"]*",modified="[^"]*",revision="[^"]*"\} 1`, text)
}
