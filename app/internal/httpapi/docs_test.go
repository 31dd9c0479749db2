package httpapi

import (
	"encoding/json"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDocsAreMadeFromTheCodeAndLoadNothingFromElsewhere(t *testing.T) {
	g := newGateway(t)
	var document struct {
		OpenAPI string
		Paths   map[string]map[string]struct{ Responses map[string]any }
	}
	w := get(t, g, "/openapi.json")
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &document))
	require.Regexp(t, `^3\.1\.`, document.OpenAPI)
	page := get(t, g, "/docs")
	require.Equal(t, http.StatusOK, page.Code)
	for _, path := range []string{
		"/", "/api/search", "/api/products/{id}", "/api/products/{id}/similar", "/api/trending",
		"/api/cache/stats", "/api/topology", "/health", "/health/live", "/health/ready",
	} {
		require.Contains(t, document.Paths[path], "get", path)
		require.NotEmpty(t, document.Paths[path]["get"].Responses["200"], path)
		require.Contains(t, page.Body.String(), path)
	}
	require.Len(t, document.Paths, 10)
	require.NotRegexp(t, regexp.MustCompile(`(?i)<script|https?://|style=`), page.Body.String())
	require.Contains(t, page.Header().Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, http.StatusOK, get(t, g, "/docs/style.css").Code)
}
