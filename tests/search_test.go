package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
)

type searchAnswer struct {
	Source string           `json:"source"`
	Time   string           `json:"time"`
	Cached bool             `json:"cached"`
	Count  int              `json:"count"`
	Data   []map[string]any `json:"data"`
}

// get asks through the page's proxy, as a browser does.
func get(t *testing.T, path string, into any) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, page+path, nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, answer.Body.Close()) }()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	if into != nil {
		require.NoError(t, json.Unmarshal(body, into), "%s", body)
	}
	return answer.StatusCode
}

func TestAMissGoesToMongoDBAndAHitToRedis(t *testing.T) {
	cache := cacheOf(t, stackName)
	require.NoError(t, cache.Ping(t.Context()).Err())
	require.NoError(t, cache.FlushDB(t.Context()).Err())

	var cold, hot searchAnswer
	require.Equal(t, http.StatusOK, get(t, "/backend/api/search?query="+url.QueryEscape("Electronics"), &cold))
	require.False(t, cold.Cached)
	require.Regexp(t, "^MONGODB_DISK", cold.Source)
	require.NotEmpty(t, cold.Data)
	require.Equal(t, http.StatusOK, get(t, "/backend/api/search?query="+url.QueryEscape("  electronics "), &hot))
	require.True(t, hot.Cached, "the same search, however it is written")
	require.Regexp(t, "^REDIS_CACHE", hot.Source)
	require.Equal(t, cold.Data, hot.Data)
}

func TestAProductIsFoundByItsID(t *testing.T) {
	var found searchAnswer
	require.Equal(t, http.StatusOK, get(t, "/backend/api/search?query=electronics", &found))
	require.NotEmpty(t, found.Data)
	id := found.Data[0]["_id"].(string)
	var product struct {
		Data map[string]any `json:"data"`
	}
	require.Equal(t, http.StatusOK, get(t, "/backend/api/products/"+id, &product))
	require.Equal(t, found.Data[0]["name"], product.Data["name"])
	require.Equal(t, http.StatusNotFound, get(t, "/backend/api/products/000000000000000000000000", nil))
}

func TestThePageIsServed(t *testing.T) {
	for path, want := range map[string]int{
		"/": http.StatusOK, "/index.html": http.StatusOK, "/latency": http.StatusOK, "/topology": http.StatusOK, "/cache": http.StatusOK,
		"/products/000000000000000000000000": http.StatusOK, "/?q=lamp&page=2": http.StatusOK, "/backend/health": http.StatusOK,
		"/nowhere": http.StatusNotFound, "/favicon.ico": http.StatusNotFound, "/.env": http.StatusNotFound, "/nope.js": http.StatusNotFound,
		"/assets/nope.js": http.StatusNotFound, "/products/": http.StatusNotFound, "/products/a/b": http.StatusNotFound,
	} {
		require.Equal(t, want, get(t, path, nil), path)
	}
	require.Equal(t, http.StatusOK, get(t, "/backend/api/search/?query=lamp", nil), "redirected to where the page's server has it")
	for _, path := range []string{"/backend/metrics", "/backend//metrics", "/backend/%6detrics", "/backend/api/../metrics", "/backend/metrics/", "/backend/metrics?x"} {
		require.Equal(t, http.StatusNotFound, get(t, path, nil), path)
	}
}

// A service writes products of its own: what cannot be shown spoils nothing, and
// what comes after it is found.
func TestProductsOfOthers(t *testing.T) {
	client := connect(t, uri(t, "mongo"))
	products := client.Database("speedscale").Collection("products")
	mine := bson.D{{Key: "of", Value: "TestProductsOfOthers"}}
	t.Cleanup(func() {
		_, err := products.DeleteMany(context.Background(), mine)
		require.NoError(t, err)
	})
	search := func(words string) (found searchAnswer) {
		t.Helper()
		require.Equal(t, http.StatusOK, get(t, "/backend/api/search?query="+url.QueryEscape(words), &found), words)
		return found
	}
	for n, doc := range []bson.D{
		{{Key: "_id", Value: "zyxdesk-1"}, {Key: "name", Value: "Zyxdesk One"}},
		{{Key: "name", Value: "Zyxdesk Two"}, {Key: "price", Value: "12"}, {Key: "category", Value: bson.A{"Home"}}},
		{{Key: "name", Value: "Zyxdesk Three"}, {Key: "price", Value: 12.5}, {Key: "category", Value: "Home"}},
	} {
		_, err := products.InsertOne(t.Context(), append(doc, mine...))
		require.NoError(t, err)
		search(fmt.Sprintf("wqxunknown %d", n))
		search("lamp")
	}
	eventually(t, time.Minute, "what others have written is found", func() error {
		if found := search("zyxdesk"); len(found.Data) != 2 {
			return fmt.Errorf("%d products", len(found.Data))
		}
		return nil
	})
}
