package httpapi

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/seed"
)

func TestSimilar(t *testing.T) {
	g := newGatewayAlone(t)
	id := string(seed.ID(7))
	cold := decoded[SimilarAnswer](t, get(t, g, "/api/products/"+id+"/similar"), http.StatusOK)
	require.True(t, strings.HasPrefix(cold.Source, "ML_ENGINE "), cold.Source)
	require.Len(t, cold.Data, 4)
	require.NotContains(t, ids(cold.Data), seed.ID(7))
	hot := decoded[SimilarAnswer](t, get(t, g, "/api/products/"+strings.ToUpper(id)+"/similar"), http.StatusOK)
	require.True(t, strings.HasPrefix(hot.Source, "REDIS_CACHE "), hot.Source)
	require.Equal(t, cold.Data, hot.Data)
	for range 2 {
		for _, unknown := range []string{"6b04ce395b8c8be3d7c0d2e3", "nonsense"} {
			require.Equal(t, "Product not found", detail(t, get(t, g, "/api/products/"+unknown+"/similar"), http.StatusNotFound))
		}
	}
	g.mongod.Stop()
	require.NoError(t, g.redis.Del(t.Context(), "similar:"+id).Err())
	require.Equal(t, fromSpare, decoded[SimilarAnswer](t, get(t, g, "/api/products/"+id+"/similar"), http.StatusOK).Source)
	require.Contains(t, detail(t, get(t, g, "/api/products/"+string(seed.ID(8))+"/similar"), http.StatusServiceUnavailable), "database does not answer")
}

func TestTyposAreCorrected(t *testing.T) {
	g := newGateway(t)
	right := decoded[SearchAnswer](t, get(t, g, "/api/search?query=gaming+laptop&limit=5"), http.StatusOK)
	require.Empty(t, right.Corrected)
	for _, typed := range []string{"gamign+laptop", "gaming+lapttop", "GAMING+LATPOP"} {
		found := decoded[SearchAnswer](t, get(t, g, "/api/search?limit=5&query="+typed), http.StatusOK)
		require.Equal(t, "gaming laptop", found.Corrected, typed)
		require.Equal(t, right.Data, found.Data)
	}
	second := decoded[SearchAnswer](t, get(t, g, "/api/search?query=latpop&limit=5&page=2"), http.StatusOK)
	require.Equal(t, "laptop", second.Corrected)
	require.Equal(t, decoded[SearchAnswer](t, get(t, g, "/api/search?query=laptop&limit=5&page=2"), http.StatusOK).Data, second.Data)
	for _, typed := range []string{"qqqqqqqq", "laptop&page=100", "qq+ww"} {
		none := decoded[SearchAnswer](t, get(t, g, "/api/search?query="+typed), http.StatusOK)
		require.Zero(t, none.Count)
		require.Empty(t, none.Corrected)
		require.False(t, none.Nearest)
	}
}

func TestPluralsAreNoMistakes(t *testing.T) {
	g := newGateway(t)
	for one, others := range map[string][]string{
		"laptop": {"laptops", "LAPTOPS", "notebook"}, "dress": {"dresses"}, "smartwatch": {"smartwatches"}, "knife": {"knives"}, "bike": {"bikes", "bicycle", "bicycles"},
		"tv": {"televisions", "tvs"}, "gaming mouse": {"gaming mice", "mice gaming"},
	} {
		want := decoded[SearchAnswer](t, get(t, g, "/api/search?query="+url.QueryEscape(one)), http.StatusOK)
		require.NotEmpty(t, want.Data, one)
		for _, other := range others {
			got := decoded[SearchAnswer](t, get(t, g, "/api/search?query="+url.QueryEscape(other)), http.StatusOK)
			require.Equal(t, want.Found, got.Found, other)
			require.Empty(t, got.Corrected, other)
		}
	}
}

// Where nothing has all the words, what comes nearest is shown, and said to be
// that.
func TestTheNearestMatches(t *testing.T) {
	g := newGateway(t)
	for typed, thing := range map[string]string{
		"cheap phone": "Smartphone", "the lamp": "Lamp", "laptop under 500": "Laptop", "wooden laptop": "Laptop", "gaming lapotp blue": "Laptop", "dress with sleeves": "Dress",
	} {
		for range 2 { // cold and hot
			a := decoded[SearchAnswer](t, get(t, g, "/api/search?limit=5&query="+url.QueryEscape(typed)), http.StatusOK)
			require.Len(t, a.Data, 5, typed)
			require.True(t, a.Nearest, typed)
			for _, p := range a.Data {
				require.Contains(t, p.Name, thing, typed)
			}
		}
	}
	require.Contains(t, decoded[SearchAnswer](t, get(t, g, "/api/search?query=blue+gaming+laptop+wooden"), http.StatusOK).Data[0].Name, "Gaming Laptop", "most words first")
	require.Empty(t, decoded[[]string](t, get(t, g, "/api/trending"), http.StatusOK), "nobody has found what these ask for")
	require.False(t, decoded[SearchAnswer](t, get(t, g, "/api/search?query=gaming+laptop"), http.StatusOK).Nearest)
}

func TestHowManyThereAre(t *testing.T) {
	g := newGatewayAlone(t)
	var widgets []catalog.Product
	for n := range catalog.MostCounted + 1 {
		widgets = append(widgets, catalog.Product{ID: catalog.ID(fmt.Sprintf("6b04ce395b8c8be3%08x", n)), Name: "Widget"})
	}
	require.NoError(t, g.store.Insert(t.Context(), widgets))
	for query, counted := range map[string]int{"gaming laptop": 0, "laptop": 0, "computers": 0, "widget": catalog.MostCounted} {
		answer := func(page int) SearchAnswer {
			return decoded[SearchAnswer](t, get(t, g, fmt.Sprintf("/api/search?query=%s&limit=100&page=%d", url.QueryEscape(query), page)), http.StatusOK)
		}
		first := answer(1)
		all := first.Count
		for page := 2; page <= 10; page++ {
			next := answer(page)
			require.Equal(t, first.Total, next.Total, "%s, page %d", query, page)
			all += next.Count
		}
		require.Equal(t, first.Total, all, query)
		require.Equal(t, counted > 0, first.More, query)
		if counted > 0 {
			require.Equal(t, counted, first.Total, query)
		}
	}
}

// What others have added is corrected and completed like anything else, soon.
func TestWordsOfOthersAreLearnt(t *testing.T) {
	g := newGatewayAlone(t)
	theremin := catalog.Product{ID: "6b04ce395b8c8be3d7c0d2e3", Name: "Theremin", Category: "Instruments", Brand: "Etherwave"}
	require.NoError(t, g.store.Insert(t.Context(), []catalog.Product{theremin}))
	require.Eventually(t, func() bool {
		found := decoded[SearchAnswer](t, get(t, g, "/api/search?query=theremyn&limit="+strconv.Itoa(1+rand.IntN(100))), http.StatusOK)
		return found.Count == 1 && found.Corrected == "theremin"
	}, 2*time.Minute, 100*time.Millisecond)
}
