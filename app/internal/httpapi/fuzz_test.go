package httpapi

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/seed"
)

// Whatever is asked, the answer must be JSON of the contract, and products
// must have what was asked for.
func FuzzSearch(f *testing.F) {
	for _, query := range []string{
		"query=gaming+laptop", "query=", "query=%20", "query=.*", "query=%zz", "query=a;b", "query=%00%ff", "query=caf%C3%A9&page=2&limit=3",
		"query=a&page=99999999999999999999", "query=%F0%9F%90%A2&query=b", "query=lapotp", "query=手", "&&==&", "query=$where&limit=1e3",
	} {
		f.Add(query)
	}
	g := newGateway(f)
	f.Fuzz(func(t *testing.T, query string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/api/search", nil)
		require.NoError(t, err)
		r.URL.RawQuery = query
		w := serve(g, r)
		require.Contains(t, []int{200, 400, 422}, w.Code, w.Body.String())
		require.True(t, json.Valid(w.Body.Bytes()), w.Body.String())
		if w.Code != http.StatusOK {
			require.True(t, strings.HasPrefix(w.Body.String(), `{"detail":`), w.Body.String())
			return
		}
		found := decoded[SearchAnswer](t, w, http.StatusOK)
		require.Len(t, found.Data, found.Count)
		words := asked(query).Words()
		if found.Corrected != "" {
			words = catalog.ParseQuery(found.Corrected).Words()
		}
		for _, p := range found.Data {
			requireMatch(t, p, words)
		}
		require.False(t, len(words) == 0 && found.Count > 0, "nothing asked for, nothing found")
	})
}

// asked is the query as the gateway must read it.
func asked(rawQuery string) catalog.Query {
	values, _ := url.ParseQuery(strings.ReplaceAll(rawQuery, ";", "%3B"))
	given := append([]string{""}, values["query"]...)
	return catalog.ParseQuery(strings.ToValidUTF8(given[len(given)-1], "�"))
}

func FuzzProduct(f *testing.F) {
	for _, id := range []string{string(seed.ID(0)), string(seed.ID(seeded)), "", "..", "6B04CD16F4B4B496E67B1D56", "a/b", "%00", "\xff", strings.Repeat("0", 24)} {
		f.Add(id, false)
		f.Add(id, true)
	}
	g := newGateway(f)
	f.Fuzz(func(t *testing.T, id string, similar bool) {
		path := "/api/products/" + id
		if similar {
			path += "/similar"
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		require.NoError(t, err)
		r.URL.Path = path
		w := serve(g, r)
		require.True(t, json.Valid(w.Body.Bytes()), w.Body.String())
		want := http.StatusNotFound
		for n := range seeded {
			if strings.EqualFold(id, string(seed.ID(n))) || !similar && strings.EqualFold(id, string(seed.ID(n))+"/similar") {
				want = http.StatusOK
			}
		}
		require.Equal(t, want, w.Code, w.Body.String())
	})
}
