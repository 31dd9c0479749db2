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

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const seeded = 2000 // products

// gateway is a whole one, on genuine servers, with seeded products.
type gateway struct {
	*API
	mongod, redisServer *testenv.Process
	store               *mongostore.Store
	redis               *redis.Client // the test's own, which may do everything
}

func newGateway(t testing.TB, change ...func(*Deps)) *gateway {
	t.Helper()
	g := &gateway{mongod: testenv.Mongod(t), redisServer: testenv.Redis(t)}
	log, measured := slog.New(slog.DiscardHandler), metrics.New()
	var err error
	g.store, err = mongostore.Open("mongodb://"+g.mongod.Addr()+"/speedscale", "speedscale", nil, measured.Dependency("mongodb", log))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, g.store.Close(context.Background())) })
	require.NoError(t, g.store.EnsureIndexes(t.Context()))
	seeder := seed.New(g.store, seeded, log)
	seeder.Run(t.Context())
	client, err := rediscache.Connect(testenv.RedisURL(redisacl.Gateway, g.redisServer.Addr())+testenv.PatientRedis, nil, measured.Dependency("redis", log))
	require.NoError(t, err)
	g.redis = redis.NewClient(&redis.Options{Addr: g.redisServer.Addr(), ReadTimeout: 30 * time.Second})
	t.Cleanup(func() { require.NoError(t, errors.Join(client.Close(), g.redis.Close())) })
	model := recommend.NewModel(g.store, log)
	background, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { model.Run(background) })
	t.Cleanup(func() { stop(); running.Wait() })
	require.Eventually(t, func() bool { return model.Words().Documents() == seeded }, 2*time.Minute, 5*time.Millisecond)
	deps := Deps{
		Store: g.store,
		Model: model,
		Cache: rediscache.New(client, rediscache.TTLs{
			rediscache.Search: time.Minute, rediscache.Product: 5 * time.Minute, rediscache.Similar: 2 * time.Minute,
		}, log),
		Trending:    rediscache.NewTrending(client, log),
		Redis:       func(ctx context.Context) rediscache.ServerReport { return rediscache.Ask(ctx, client) },
		Metrics:     measured,
		Seeding:     seeder.Progress,
		Log:         log,
		CORSOrigins: []string{"http://localhost:3000"},
	}
	for _, c := range change {
		c(&deps)
	}
	g.API, err = New(deps)
	require.NoError(t, err)
	return g
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
