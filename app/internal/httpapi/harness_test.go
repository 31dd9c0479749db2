package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/metrics"
	"speedscale/app/internal/mongostore"
	"speedscale/app/internal/recommend"
	"speedscale/app/internal/rediscache"
	"speedscale/app/internal/seed"
	"speedscale/internal/redisacl"
	"speedscale/internal/testenv"
)

// together is what the tests of this package share.
var together testenv.Shared

func TestMain(m *testing.M) { goleak.VerifyTestMain(together.Of(m)) }

const seeded = 2000 // products

// servers are genuine ones with seeded products, and what was learnt from them.
type servers struct {
	mongod, redisServer *testenv.Process
	store               *mongostore.Store
	redis               *redis.Client // the test's own, which may do everything
	client              *redis.Client // the gateway's
	model               *recommend.Model
	seeding             func() seed.Progress
}

func startServers(t testing.TB) *servers {
	t.Helper()
	s := &servers{mongod: testenv.Mongod(t), redisServer: testenv.Redis(t)}
	measured := metrics.New()
	var err error
	s.store, err = mongostore.Open("mongodb://"+s.mongod.Addr()+"/speedscale", "speedscale", nil, measured.Dependency("mongodb", quiet))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.store.Close(context.Background())) })
	require.NoError(t, s.store.EnsureIndexes(t.Context()))
	seeder := seed.New(s.store, seeded, quiet)
	seeder.Run(t.Context())
	s.seeding = seeder.Progress
	s.client, err = rediscache.Connect(testenv.RedisURL(redisacl.Gateway, s.redisServer.Addr())+testenv.PatientRedis, nil, measured.Dependency("redis", quiet))
	require.NoError(t, err)
	s.redis = redis.NewClient(&redis.Options{Addr: s.redisServer.Addr(), ReadTimeout: 30 * time.Second})
	t.Cleanup(func() { require.NoError(t, errors.Join(s.client.Close(), s.redis.Close())) })
	s.model = recommend.NewModel(s.store, quiet)
	background, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { s.model.Run(background) })
	t.Cleanup(func() { stop(); running.Wait() })
	require.Eventually(t, func() bool { return s.model.Words().Documents() == seeded }, 2*time.Minute, 5*time.Millisecond)
	return s
}

var quiet = slog.New(slog.DiscardHandler)

var common *servers // of those tests that do not change them; nil before the first

func shared(t testing.TB) *servers {
	t.Helper()
	if common == nil {
		common = startServers(together.For(t))
	}
	return common
}

// gateway is a whole one, on genuine servers.
type gateway struct {
	*API
	*servers
}

// newGateway is a gateway on the servers that tests share. They must be as they were when
// the test ends, but for what is in Redis, which each test finds empty.
func newGateway(t testing.TB, change ...func(*Deps)) *gateway {
	t.Helper()
	s := shared(t)
	require.NoError(t, s.redis.FlushDB(t.Context()).Err())
	return s.gateway(t, change...)
}

// newGatewayAlone is one with servers of its own, for tests that stop or change them.
func newGatewayAlone(t testing.TB) *gateway {
	t.Helper()
	return startServers(t).gateway(t)
}

func (s *servers) gateway(t testing.TB, change ...func(*Deps)) *gateway {
	t.Helper()
	deps := Deps{
		Store: s.store,
		Model: s.model,
		Cache: rediscache.New(s.client, rediscache.TTLs{
			rediscache.Search: time.Minute, rediscache.Product: 5 * time.Minute, rediscache.Similar: 2 * time.Minute,
		}, quiet),
		Trending:    rediscache.NewTrending(s.client, quiet),
		Redis:       func(ctx context.Context) rediscache.ServerReport { return rediscache.Ask(ctx, s.client) },
		Metrics:     metrics.New(),
		Seeding:     s.seeding,
		Log:         quiet,
		CORSOrigins: []string{"http://localhost:3000"},
	}
	for _, c := range change {
		c(&deps)
	}
	api, err := New(deps)
	require.NoError(t, err)
	return &gateway{API: api, servers: s}
}

func get(t testing.TB, h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return serve(h, r)
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// decoded is the answer's body; the answer must have the status.
func decoded[T any](t *testing.T, w *httptest.ResponseRecorder, status int) T {
	t.Helper()
	require.Equal(t, status, w.Code, w.Body.String())
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	var v T
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &v), w.Body.String())
	return v
}

func detail(t *testing.T, w *httptest.ResponseRecorder, status int) string {
	t.Helper()
	return decoded[struct{ Detail string }](t, w, status).Detail
}

// ids are the products of an answer.
func ids(products []catalog.Product) []catalog.ID {
	list := make([]catalog.ID, len(products))
	for i, p := range products {
		list[i] = p.ID
	}
	return list
}

// requireMatch: the product must be found by words that begin with each of words.
func requireMatch(t testing.TB, p catalog.Product, words []string) {
	t.Helper()
	all := p.SearchWords()
	for _, w := range words {
		require.True(t, slices.ContainsFunc(all, func(word string) bool { return strings.HasPrefix(word, w) }), "%s does not match %v", p.Name, words)
	}
}
