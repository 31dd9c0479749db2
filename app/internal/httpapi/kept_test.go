package httpapi

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/seed"
)

// No search can be answered with what the cache keeps of another.
func TestKeysAreApart(t *testing.T) {
	text := rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`[ \n]{0,2}(jeans|PAGE 2 OF 20: jeans|page 2 of 20: jeans)?[\n ]?(20,2|[0-9]{1,3},[0-9]{1,3})?[ \n:]{0,2}`),
	)
	search := func(t *rapid.T, name string) (*searchInput, catalog.Query) {
		return &searchInput{Limit: rapid.IntRange(1, maxLimit).Draw(t, name+" limit"), Page: rapid.IntRange(1, maxPage).Draw(t, name+" page")},
			catalog.ParseQuery(text.Draw(t, name))
	}
	rapid.Check(t, func(t *rapid.T) {
		a, aQuery := search(t, "a")
		b, bQuery := search(t, "b")
		if rapid.Bool().Draw(t, "b is usual") {
			b.Limit, b.Page = defaultSize, 1
		}
		same := aQuery == bQuery && a.Limit == b.Limit && a.Page == b.Page
		require.Equal(t, same, a.key(aQuery) == b.key(bQuery), "%q and %q", a.key(aQuery), b.key(bQuery))
	})
}

func TestACachedPageIsNotPoisoned(t *testing.T) {
	g := newGateway(t)
	second := "/api/search?query=computers&page=2"
	want := ids(decoded[SearchAnswer](t, get(t, g, second), http.StatusOK).Data)
	require.NotEmpty(t, want)
	require.NoError(t, g.redis.FlushAll(t.Context()).Err())
	for _, query := range []string{"computers\n20,2", "PAGE 2 OF 20: computers", "\nPAGE 2 OF 20: computers"} {
		require.Equal(t, http.StatusOK, get(t, g, "/api/search?query="+url.QueryEscape(query)).Code)
	}
	require.Equal(t, want, ids(decoded[SearchAnswer](t, get(t, g, second), http.StatusOK).Data))
}

// What clients of the first gateway rely on.
func TestTheLastOfRepeatedParametersCounts(t *testing.T) {
	g := newGateway(t)
	one := decoded[SearchAnswer](t, get(t, g, "/api/search?query=nothing-has-this&query=laptop&limit=x&limit=1"), http.StatusOK)
	require.Equal(t, 1, one.Count)
	require.Contains(t, one.Data[0].Name, "Laptop")
	require.Equal(t, http.StatusUnprocessableEntity, get(t, g, "/api/search?query=laptop&limit=1&limit=x").Code)
}

func TestATrailingSlashIsRedirected(t *testing.T) {
	g := newGateway(t)
	for path, want := range map[string]string{
		"/api/search/?query=a%2Fb&limit=1":          "/api/search?query=a%2Fb&limit=1",
		"/api/search//?query=lamp":                  "/api/search?query=lamp",
		"/api/trending/":                            "/api/trending",
		"/api/products/" + string(seed.ID(3)) + "/": "/api/products/" + string(seed.ID(3)),
		"/health/":        "/health",
		"/docs/":          "/docs",
		"/nowhere/":       "",
		"/api/":           "",
		"//evil.example/": "",
		"/api/products//": "",
	} {
		w := get(t, g, path)
		if want == "" {
			require.Equal(t, http.StatusNotFound, w.Code, path)
			continue
		}
		require.Equal(t, http.StatusTemporaryRedirect, w.Code, path)
		asked, err := url.Parse("http://shop.example/backend" + path) // as the page's server passes it on
		require.NoError(t, err)
		got, err := asked.Parse(w.Header().Get("Location"))
		require.NoError(t, err)
		require.Equal(t, "http://shop.example/backend"+want, got.String(), path)
	}
}

func TestTheExamplesOfTheDocsWork(t *testing.T) {
	g := newGateway(t)
	for path, item := range g.huma.OpenAPI().Paths {
		query := url.Values{}
		for _, p := range item.Get.Parameters {
			if len(p.Schema.Examples) == 0 {
				require.False(t, p.Required, "%s: %s has no example", path, p.Name)
				continue
			}
			example := fmt.Sprint(p.Schema.Examples[0])
			if p.In == "path" {
				path = strings.ReplaceAll(path, "{"+p.Name+"}", example)
			} else {
				query.Set(p.Name, example)
			}
		}
		if strings.HasPrefix(path, "/api/topology") {
			continue // no cluster is here
		}
		w := get(t, g, path+"?"+query.Encode())
		require.Equal(t, http.StatusOK, w.Code, "%s: %s", path, w.Body)
	}
}

// Clients may send any word as a method; they do not make a series each.
func TestMetricsHaveBounds(t *testing.T) {
	g := newGateway(t)
	for n := range 200 {
		serve(g, httptest.NewRequestWithContext(t.Context(), fmt.Sprintf("MADEUP%d", n), fmt.Sprintf("/at/%d", n), nil))
	}
	get(t, g, "/api/search?query=lamp")
	text := get(t, g, "/metrics").Body.String()
	require.Contains(t, text, `http_request_duration_seconds_count{code="200",method="GET",route="/api/search"} 1`)
	require.Contains(t, text, `http_request_duration_seconds_count{code="404",method="OTHER",route="none"} 200`)
	require.NotContains(t, text, "MADEUP")
	require.Contains(t, text, "go_goroutines")
}

// A line for each request that went well would cost more than the answer.
func TestOfManyRequestsAFewAreLogged(t *testing.T) {
	var log bytes.Buffer
	g := newGateway(t, func(d *Deps) { d.Log = NewLogger(&log, 0) })
	start := time.Now()
	for range 50 * sampled {
		get(t, g, "/api/trending")
	}
	seconds := int(time.Since(start).Seconds()) + 2
	lines := strings.Count(log.String(), `"msg":"request"`)
	require.LessOrEqual(t, lines, sampled*seconds)
	require.GreaterOrEqual(t, lines, sampled)

	failing := newGateway(t, func(d *Deps) { d.Trending, d.Log = nil, NewLogger(&log, 0) })
	log.Reset()
	for range 3 * sampled {
		get(t, failing, "/api/trending")
	}
	require.Equal(t, 3*sampled, strings.Count(log.String(), `"status":500`), "each that failed")
	log.Reset()
	all := newGateway(t, func(d *Deps) { d.Log = NewLogger(&log, slog.LevelDebug) })
	for range 3 * sampled {
		get(t, all, "/api/trending")
	}
	require.Equal(t, 3*sampled, strings.Count(log.String(), `"status":200`), "each, for who wants to see all")
}

func TestTheSampleSaysWhatItLeftOut(t *testing.T) {
	var s sampler
	now := time.Unix(1000, 0)
	for range sampled {
		leftOut, ok := s.take(now)
		require.True(t, ok)
		require.Zero(t, leftOut)
	}
	for range 7 {
		_, ok := s.take(now)
		require.False(t, ok)
	}
	leftOut, ok := s.take(now.Add(time.Second))
	require.True(t, ok)
	require.Equal(t, 7, leftOut)
	leftOut, ok = s.take(now.Add(time.Second))
	require.True(t, ok)
	require.Zero(t, leftOut)
}

// BenchmarkHotSearch is the answer to a search that everybody makes, without the network.
func BenchmarkHotSearch(b *testing.B) {
	g := newGateway(b)
	for range 20 {
		get(b, g, "/api/search?query=gaming+laptop")
	}
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/api/search?query=gaming+laptop", nil)
	b.ReportAllocs()
	for b.Loop() {
		if w := serve(g, r); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}

func TestRequestsAreLogged(t *testing.T) {
	var log bytes.Buffer
	g := newGateway(t, func(d *Deps) { d.Log = NewLogger(&log, 0) })
	for _, want := range []string{`"origin":"loaded"`, `"origin":"cache"`} {
		log.Reset()
		get(t, g, "/api/products/"+string(seed.ID(1)))
		require.Contains(t, log.String(), `"route":"/api/products/:id"`)
		require.Contains(t, log.String(), `"status":200`)
		require.Contains(t, log.String(), want)
	}
	log.Reset()
	get(t, g, "/health/ready")
	require.NotContains(t, log.String(), `"origin"`)
}
