package explorer

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"speedscale/internal/redisacl"
	"speedscale/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stand is a Redis, a client that fills it, and the explorer that shows it.
type stand struct {
	*testenv.Process
	fill     *redis.Client
	explorer *explorer
}

func newStand(t *testing.T) stand {
	t.Helper()
	server := testenv.Redis(t)
	fill := redis.NewClient(&redis.Options{Addr: server.Addr()})
	client := connect(server.Addr(), login{redisacl.UI, testenv.RedisPassword(redisacl.UI)}, nil)
	t.Cleanup(func() {
		require.NoError(t, fill.Close())
		require.NoError(t, client.Close())
	})
	return stand{server, fill, newExplorer(client)}
}

func (s stand) request(method, path string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	s.explorer.handler(links{"3000", "8081"}, login{}).ServeHTTP(recorder, httptest.NewRequest(method, path, nil))
	return recorder
}

// get decodes what a path answers.
func get[T any](t *testing.T, s stand, path string) (answer T) {
	t.Helper()
	got := s.request(http.MethodGet, path)
	require.Equal(t, http.StatusOK, got.Code, got.Body)
	require.Equal(t, "application/json", got.Header().Get("Content-Type"))
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &answer))
	return answer
}

// do runs a command that fills Redis.
func (s stand) do(t *testing.T, args ...any) {
	t.Helper()
	require.NoError(t, s.fill.Do(t.Context(), args...).Err())
}

var paths = []string{"/", "/api/overview", "/api/keys", "/api/key?id=" + id("lamp"), "/api/slowlog"}

func TestItOnlyReads(t *testing.T) {
	s := newStand(t)
	s.do(t, "set", "lamp", "on")
	for _, path := range paths {
		require.Equal(t, http.StatusOK, s.request(http.MethodGet, path).Code, path)
		require.Equal(t, http.StatusOK, s.request(http.MethodHead, path).Code, path)
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
			require.Equal(t, http.StatusMethodNotAllowed, s.request(method, path).Code, "%s %s", method, path)
		}
	}
	require.Equal(t, http.StatusNotFound, s.request(http.MethodGet, "/else").Code)
	require.EqualValues(t, "1", parseInfo(s.fill.Info(t.Context()).Val())["rdb_changes_since_last_save"], "only the test has written")
}

func TestOtherSitesGetNothing(t *testing.T) {
	s := newStand(t)
	for _, path := range append(paths, "/else", "/api/key?id=!") {
		header := s.request(http.MethodGet, path).Header()
		require.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'", path)
		require.Contains(t, header.Get("Content-Security-Policy"), "frame-ancestors 'none'", path)
		require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"), path)
		require.Equal(t, "no-referrer", header.Get("Referrer-Policy"), path)
		require.Equal(t, "same-origin", header.Get("Cross-Origin-Resource-Policy"), path)
		require.Empty(t, header.Get("Access-Control-Allow-Origin"), path)
	}
}

func TestOddRequestsAreToldSo(t *testing.T) {
	s := newStand(t)
	for query, want := range map[string]string{
		"keys?text=" + strings.Repeat("x", maxSearch+1): "too long",
		"keys?text=%zz":                          "cannot be read",
		"keys?kind=" + url.QueryEscape("a*"):     "no such kind",
		"keys?kind=" + strings.Repeat("k", 1000): "no such kind",
		"keys?after=!":                           "not the id",
		"key?id=!":                               "not the id",
		"key?id=%00":                             "not the id",
		"key?id=" + id(strings.Repeat("n", maxName+1)): "not the id",
		"key?id=a;b": "cannot be read",
	} {
		got := s.request(http.MethodGet, "/api/"+query)
		require.Equal(t, http.StatusBadRequest, got.Code, query)
		require.Contains(t, got.Body.String(), want, query)
	}
	got := s.request(http.MethodGet, "/api/key?id="+id("nothing"))
	require.Equal(t, http.StatusNotFound, got.Code)
	require.Contains(t, got.Body.String(), "not there any more")
}

func TestRedisIsAway(t *testing.T) {
	s := newStand(t)
	s.do(t, "set", "lamp", "on")
	require.NoError(t, s.explorer.sample(t.Context()))
	s.Stop()
	require.Error(t, s.explorer.sample(t.Context()))
	for _, path := range paths[1:] {
		got := s.request(http.MethodGet, path)
		require.Equal(t, http.StatusServiceUnavailable, got.Code, path)
		require.Contains(t, got.Body.String(), `"error":"Redis does not answer (`, path)
	}
	var o overview
	require.NoError(t, json.Unmarshal(s.request(http.MethodGet, "/api/overview").Body.Bytes(), &o))
	require.Len(t, o.Samples, 2, "what was seen before is shown on")
	require.Equal(t, http.StatusOK, s.request(http.MethodGet, "/").Code, "the page says it")

	testenv.RedisAt(t, s.Port)
	for _, path := range paths[1:3] {
		require.Eventually(t, func() bool { return s.request(http.MethodGet, path).Code == http.StatusOK }, 2*time.Minute, 10*time.Millisecond, path)
	}
	require.Zero(t, get[overview](t, s, "/api/overview").Figures.Keys)
	require.Empty(t, get[keyList](t, s, "/api/keys").Keys)
}

func TestWhoHangsUpLeavesNoGap(t *testing.T) {
	s := newStand(t)
	ctx, hangUp := context.WithCancel(t.Context())
	hangUp()
	request := httptest.NewRequest(http.MethodGet, "/api/overview", nil).WithContext(ctx)
	s.explorer.handler(links{}, login{}).ServeHTTP(httptest.NewRecorder(), request)
	_, samples, err := s.explorer.history.since(time.Time{})
	require.NoError(t, err)
	require.NotNil(t, samples[0].Memory)
}

func TestRedisHangs(t *testing.T) {
	s := newStand(t)
	require.NoError(t, s.Signal(syscall.SIGSTOP))
	start := time.Now()
	got := s.request(http.MethodGet, "/api/keys")
	require.Equal(t, http.StatusServiceUnavailable, got.Code)
	require.Less(t, time.Since(start), 2*requestTime)
	require.NoError(t, s.Signal(syscall.SIGCONT))
	require.Eventually(t, func() bool { return s.request(http.MethodGet, "/api/keys").Code == http.StatusOK }, 2*time.Minute, 10*time.Millisecond)
}

func TestManyRequestsWaitForTheirTurn(t *testing.T) {
	s := newStand(t)
	for range atOnce {
		s.explorer.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	recorder := httptest.NewRecorder()
	s.explorer.handler(links{}, login{}).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/api/keys", nil).WithContext(ctx))
	require.Equal(t, http.StatusServiceUnavailable, recorder.Code)
	<-s.explorer.slots
	require.Equal(t, http.StatusOK, s.request(http.MethodGet, "/api/keys").Code)
}

func TestRedisRefusesTheLogin(t *testing.T) {
	server := testenv.LockedRedis(t)
	for as, want := range map[login]string{{}: "NOAUTH", {redisacl.UI, "s3cret"}: "WRONGPASS"} {
		client := connect(server.Addr(), as, nil)
		s := stand{Process: server, explorer: newExplorer(client)}
		for _, path := range paths[1:] {
			got := s.request(http.MethodGet, path)
			require.Equal(t, http.StatusServiceUnavailable, got.Code, path)
			require.Contains(t, got.Body.String(), "Redis answers with an error ("+want, path)
			require.NotContains(t, got.Body.String(), "s3cret")
		}
		require.NoError(t, client.Close())
	}
}
