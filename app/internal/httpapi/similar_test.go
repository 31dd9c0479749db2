package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/app/internal/seed"
)

func TestSimilar(t *testing.T) {
	g := newGateway(t)
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
	for _, typed := range []string{"qqqqqqqq", "laptop&page=100", "laptop+hose"} {
		none := decoded[SearchAnswer](t, get(t, g, "/api/search?query="+typed), http.StatusOK)
		require.Zero(t, none.Count)
		require.Empty(t, none.Corrected)
	}
}
