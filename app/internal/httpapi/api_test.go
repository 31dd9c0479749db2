package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/seed"
)

func TestSearchIsColdThenHot(t *testing.T) {
	g := newGateway(t)
	cold := decoded[SearchAnswer](t, get(t, g, "/api/search?query=%20Gaming+LAPTOP%20"), http.StatusOK)
	require.True(t, strings.HasPrefix(cold.Source, "MONGODB_DISK "), cold.Source)
	require.False(t, cold.Cached)
	require.Regexp(t, `^\d+ms$`, cold.Time)
	require.NotEmpty(t, cold.Data)
	require.Equal(t, len(cold.Data), cold.Count)
	require.Contains(t, cold.Data[0].Name, "Gaming Laptop")

	hot := decoded[SearchAnswer](t, get(t, g, "/api/search?query=gaming+laptop"), http.StatusOK)
	require.True(t, strings.HasPrefix(hot.Source, "REDIS_CACHE "), hot.Source)
	require.True(t, hot.Cached)
	require.Equal(t, cold.Data, hot.Data)
	require.EqualValues(t, 1, g.redis.Exists(t.Context(), "search:gaming laptop").Val())
}

// What everybody asks for comes from a copy, and says so.
func TestWhatEverybodyAsksForIsCopied(t *testing.T) {
	g := newGateway(t)
	cold := decoded[SearchAnswer](t, get(t, g, "/api/search?query=lamp"), http.StatusOK)
	var copied SearchAnswer
	require.Eventually(t, func() bool {
		w := get(t, g, "/api/search?query=lamp")
		require.Equal(t, strconv.Itoa(w.Body.Len()), w.Header().Get("Content-Length"))
		copied = decoded[SearchAnswer](t, w, http.StatusOK)
		require.True(t, copied.Cached)
		return copied.Source == fromNear
	}, 30*time.Second, time.Millisecond)
	require.Equal(t, cold.Found, copied.Found)
	stats := decoded[CacheStats](t, get(t, g, "/api/cache/stats"), http.StatusOK)
	require.Positive(t, stats.Near)
	require.EqualValues(t, 1, stats.Misses)
}

func TestNoTextIsAPattern(t *testing.T) {
	g := newGateway(t)
	for _, text := range []string{".*", "^g", "(a+)+$", "[a-z]", `\w`, "$ne", `{"$gt":""}`, "!!!", "🐢", "\x00", "a\u0301\u0301\u0301\u0301zzz"} {
		found := decoded[SearchAnswer](t, get(t, g, "/api/search?query="+url.QueryEscape(text)), http.StatusOK)
		for _, p := range found.Data {
			requireMatch(t, p, catalog.ParseQuery(text).Words())
		}
	}
	require.Zero(t, decoded[SearchAnswer](t, get(t, g, "/api/search?query=.*"), http.StatusOK).Count)
}

func TestPagesOfASearchAreApart(t *testing.T) {
	g := newGateway(t)
	all := decoded[SearchAnswer](t, get(t, g, "/api/search?query=computers&limit=100"), http.StatusOK)
	require.Greater(t, all.Count, 75)
	var pages []catalog.ID
	for _, page := range []string{"1", "2", "3", "4"} {
		pages = append(pages, ids(decoded[SearchAnswer](t, get(t, g, "/api/search?query=computers&limit=25&page="+page), http.StatusOK).Data)...)
	}
	require.Equal(t, ids(all.Data), pages)
	beyond := decoded[SearchAnswer](t, get(t, g, "/api/search?query=computers&page=100"), http.StatusOK)
	require.Zero(t, beyond.Count)
	require.NotNil(t, beyond.Data)
}

func TestParametersThatDoNotValidate(t *testing.T) {
	g := newGateway(t)
	for query, want := range map[string]string{
		"query=a&limit=0":                      "Input should be greater than or equal to 1",
		"query=a&limit=101":                    "Input should be less than or equal to 100",
		"query=a&limit=x":                      "Input should be a valid integer, unable to parse string as an integer",
		"query=a&limit=1e1":                    "Input should be a valid integer, unable to parse string as an integer",
		"query=a&limit=":                       "Input should be a valid integer, unable to parse string as an integer",
		"query=a&page=-1":                      "Input should be greater than or equal to 1",
		"query=a&page=101":                     "Input should be less than or equal to 100",
		"query=a&page=99999999999999999999999": "Input should be a valid integer, unable to parse string as an integer",
		"query=a&trending=perhaps":             "Input should be a valid boolean, unable to interpret input",
		"Query=a":                              "Field required",
		"query=" + strings.Repeat("é", 101):    "String should have at most 100 characters",
	} {
		answer := decoded[struct{ Detail []ParamError }](t, get(t, g, "/api/search?"+query), http.StatusUnprocessableEntity)
		require.Len(t, answer.Detail, 1, query)
		require.Equal(t, want, answer.Detail[0].Msg, query)
	}
	two := decoded[struct{ Detail []ParamError }](t, get(t, g, "/api/search?limit=0&page=0"), http.StatusUnprocessableEntity)
	require.Len(t, two.Detail, 3, "every mistake is named")
	require.Equal(t, 200, get(t, g, "/api/search?query="+strings.Repeat("é", 100)).Code, "characters count, not bytes")
	require.Equal(t, 200, get(t, g, "/api/search?query=lamp;hose").Code, "a semicolon is text")
}

func TestProduct(t *testing.T) {
	g := newGateway(t)
	id := seed.ID(7)
	cold := decoded[ProductAnswer](t, get(t, g, "/api/products/"+string(id)), http.StatusOK)
	require.Equal(t, seed.Product(7).Name, cold.Data.Name)
	require.Equal(t, seed.Product(7).CreatedAt.String(), cold.Data.CreatedAt.String())
	hot := decoded[ProductAnswer](t, get(t, g, "/api/products/"+strings.ToUpper(string(id))), http.StatusOK)
	require.True(t, hot.Cached, "case makes no other product")
	for range 2 { // cold and cached
		for _, unknown := range []string{"6b04ce395b8c8be3d7c0d2e3", "nonsense", "%00", "6b04", strings.Repeat("a", 5000)} {
			require.Equal(t, "Product not found", detail(t, get(t, g, "/api/products/"+unknown), http.StatusNotFound))
		}
	}
}

// What people searched for and found, each in one spelling.
func TestTrendingListsEachSearchOnce(t *testing.T) {
	g := newGateway(t)
	for _, q := range []string{"lamp", "Hose", "LAMP", "zzzz", "gam", "gaming   laptop", "gaming lap", "hsoe", "Ｈｏｓｅ", "la\u0301mp", "l\u00e1mp"} {
		get(t, g, "/api/search?query="+url.QueryEscape(q))
	}
	get(t, g, "/api/search?query=keyboard&trending=false") // nobody has typed it
	require.Equal(t, []string{"l\u00e1mp", "hose", "gaming laptop", "lamp"}, decoded[[]string](t, get(t, g, "/api/trending"), http.StatusOK))
}

func TestUnknownPathsAndMethods(t *testing.T) {
	g := newGateway(t)
	require.Equal(t, "Not Found", detail(t, get(t, g, "/api/nothing"), http.StatusNotFound))
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/search?query=a", strings.NewReader("{}")))
	require.Equal(t, "Method Not Allowed", detail(t, w, http.StatusMethodNotAllowed))
}

func TestHealthFollowsTheStores(t *testing.T) {
	g := newGatewayAlone(t)
	h := decoded[Health](t, get(t, g, "/health"), http.StatusOK)
	require.Equal(t, "healthy", h.Status)
	require.Equal(t, seed.Progress{Phase: "done", Seeded: seeded, Target: seeded}, h.Seeding)
	require.Equal(t, http.StatusOK, get(t, g, "/health/ready").Code)

	g.redisServer.Stop()
	h = decoded[Health](t, get(t, g, "/health"), http.StatusOK)
	require.Equal(t, "degraded", h.Status)
	require.True(t, h.Connections.MongoDB)
	require.False(t, h.Connections.Redis)
	require.Equal(t, "Disconnected", h.Servers.Redis)
	require.Equal(t, http.StatusOK, get(t, g, "/health/ready").Code, "all is answered, if slower")

	g.mongod.Stop()
	require.False(t, decoded[Health](t, get(t, g, "/health"), http.StatusOK).Connections.MongoDB)
	require.Equal(t, http.StatusServiceUnavailable, get(t, g, "/health/ready").Code)
	require.Equal(t, http.StatusOK, get(t, g, "/health/live").Code)
}

// A Redis that takes no writes keeps nothing, however well it answers.
func TestHealthSeesThatRedisTakesNoWrites(t *testing.T) {
	g := newGatewayAlone(t)
	require.NoError(t, g.redis.ConfigSet(t.Context(), "maxmemory-policy", "noeviction").Err())
	for _, c := range []struct{ name, refuse, accept string }{
		{"min-replicas-to-write", "1", "0"}, {"maxmemory", "1", "0"},
	} {
		require.NoError(t, g.redis.ConfigSet(t.Context(), c.name, c.refuse).Err())
		h := decoded[Health](t, get(t, g, "/health"), http.StatusOK)
		require.Equal(t, "degraded", h.Status, c.name)
		require.False(t, h.Connections.Redis)
		require.Equal(t, "Takes no writes", h.Servers.Redis)
		require.NoError(t, g.redis.ConfigSet(t.Context(), c.name, c.accept).Err())
		require.Equal(t, "healthy", decoded[Health](t, get(t, g, "/health"), http.StatusOK).Status)
	}
	require.Zero(t, g.redis.Exists(t.Context(), "gateway:nothing").Val(), "looking leaves nothing behind")
}

// inPart is a store of which a part does not answer.
type inPart struct{ Store }

func (inPart) Ping(context.Context) error { return fmt.Errorf("shard2: %w", catalog.ErrInPart) }

func TestHealthSeesThatAShardIsAway(t *testing.T) {
	g := newGateway(t, func(d *Deps) { d.Store = inPart{d.Store} })
	h := decoded[Health](t, get(t, g, "/health"), http.StatusOK)
	require.Equal(t, "degraded", h.Status)
	require.False(t, h.Connections.MongoDB)
	require.Equal(t, "Some shards do not answer", h.Servers.MongoDB)
	require.Equal(t, http.StatusServiceUnavailable, get(t, g, "/health/ready").Code)
}

// One slow answer is no outage.
func TestHealthBearsASlowRedis(t *testing.T) {
	g := newGatewayAlone(t)
	paused := make(chan error, 1)
	go func() { paused <- g.redis.Do(context.Background(), "CLIENT", "PAUSE", "400", "ALL").Err() }()
	require.NoError(t, <-paused)
	require.Equal(t, "healthy", decoded[Health](t, get(t, g, "/health"), http.StatusOK).Status)
}

func TestNotReadyWhileDraining(t *testing.T) {
	g := newGateway(t)
	g.Drain()
	require.Equal(t, http.StatusServiceUnavailable, get(t, g, "/health/ready").Code)
	require.Equal(t, http.StatusOK, get(t, g, "/api/search?query=lamp").Code, "who asks is still answered")
}

func TestWithoutRedisAllIsAnswered(t *testing.T) {
	g := newGatewayAlone(t)
	g.redisServer.Stop()
	for range 5 {
		a := decoded[SearchAnswer](t, get(t, g, "/api/search?query=laptop"), http.StatusOK)
		require.False(t, a.Cached)
		require.NotEmpty(t, a.Data)
	}
	require.Equal(t, []string{"laptop"}, decoded[[]string](t, get(t, g, "/api/trending"), http.StatusOK))
}

func TestWithoutMongoOnlyTheCacheAnswers(t *testing.T) {
	g := newGatewayAlone(t)
	warm := decoded[SearchAnswer](t, get(t, g, "/api/search?query=laptop"), http.StatusOK)
	g.mongod.Stop()
	require.True(t, decoded[SearchAnswer](t, get(t, g, "/api/search?query=laptop"), http.StatusOK).Cached)

	require.NoError(t, g.redis.Del(t.Context(), "search:laptop").Err()) // as if it had ended
	spare := decoded[SearchAnswer](t, get(t, g, "/api/search?query=laptop"), http.StatusOK)
	require.Equal(t, warm.Data, spare.Data)
	require.Equal(t, fromSpare, spare.Source)

	for _, path := range []string{"/api/search?query=hose", "/api/products/" + string(seed.ID(9))} {
		require.Contains(t, detail(t, get(t, g, path), http.StatusServiceUnavailable), "database does not answer")
	}
	g.redisServer.Stop()
	require.Contains(t, detail(t, get(t, g, "/api/search?query=laptop"), http.StatusServiceUnavailable), "database does not answer")
}

// counting counts the searches that reach the database.
type counting struct {
	Store
	searches atomic.Int32
}

func (c *counting) Search(ctx context.Context, plan catalog.Plan, page catalog.Page) (catalog.Results, error) {
	c.searches.Add(1)
	return c.Store.Search(ctx, plan, page)
}

func TestAStampedeReachesMongoDBOnce(t *testing.T) {
	var store *counting
	g := newGateway(t, func(d *Deps) { store = &counting{Store: d.Store}; d.Store = store })
	start := make(chan struct{})
	var clients sync.WaitGroup
	for range 1000 {
		clients.Go(func() {
			<-start
			if w := get(t, g, "/api/search?query=gaming+laptop"); w.Code != http.StatusOK {
				t.Errorf("answered %d: %s", w.Code, w.Body)
			}
		})
	}
	close(start)
	clients.Wait()
	require.EqualValues(t, 1, store.searches.Load())
}

func TestTooManyRequestsAtOnceAreRefused(t *testing.T) {
	g := newGateway(t)
	for range maxUnderWay {
		g.under <- struct{}{}
	}
	w := get(t, g, "/api/search?query=lamp")
	require.Contains(t, detail(t, w, http.StatusServiceUnavailable), "Too many requests at once")
	require.Equal(t, "1", w.Header().Get("Retry-After"))
	require.Equal(t, http.StatusOK, get(t, g, "/health/live").Code)
	<-g.under
	require.Equal(t, http.StatusOK, get(t, g, "/api/search?query=lamp").Code)
	require.Equal(t, http.StatusOK, get(t, g, "/api/search?query=lamp").Code, "the place is free again")
}

func TestAPanicIsAnswered(t *testing.T) {
	g := newGateway(t, func(d *Deps) { d.Trending = nil })
	require.Equal(t, "Internal Server Error", detail(t, get(t, g, "/api/search?query=lamp"), http.StatusInternalServerError))
	require.Equal(t, http.StatusOK, get(t, g, "/health/live").Code)
}

func TestRequestIDsAndClocks(t *testing.T) {
	g := newGateway(t)
	w := get(t, g, "/health/live", "X-Request-Id", "abc-123")
	require.Equal(t, "abc-123", w.Header().Get("X-Request-Id"))
	require.Regexp(t, `^\d+\.\d{3}ms$`, w.Header().Get("X-Response-Time"))
	w = get(t, g, "/health/live", "X-Request-Id", "two words")
	require.Regexp(t, `^[A-Z2-7]{26}$`, w.Header().Get("X-Request-Id"))
}

func TestServerTimingTellsTheStoresApart(t *testing.T) {
	g := newGateway(t)
	of := func(path string) map[string]float64 {
		w, took := get(t, g, path), map[string]float64{}
		if header := w.Header().Get("Server-Timing"); header != "" {
			for entry := range strings.SplitSeq(header, ", ") {
				name, ms, ok := strings.Cut(entry, ";dur=")
				require.True(t, ok, header)
				var err error
				took[name], err = strconv.ParseFloat(ms, 64)
				require.NoError(t, err, header)
			}
		}
		return took
	}
	require.Empty(t, of("/health/live"), "needs no store")
	cold, hot := of("/api/search?query=lamp"), of("/api/search?query=lamp")
	require.Positive(t, cold["mongodb"])
	require.Positive(t, cold["redis"])
	require.GreaterOrEqual(t, cold["total"], cold["mongodb"]+cold["redis"])
	require.Positive(t, hot["redis"])
	require.GreaterOrEqual(t, hot["total"], hot["redis"])
	require.NotContains(t, hot, "mongodb")
}

func TestPagesOfOtherOrigins(t *testing.T) {
	g := newGateway(t)
	require.Equal(t, "http://localhost:3000", get(t, g, "/", "Origin", "http://localhost:3000").Header().Get("Access-Control-Allow-Origin"))
	require.Empty(t, get(t, g, "/", "Origin", "http://evil.example").Header().Get("Access-Control-Allow-Origin"))
}
