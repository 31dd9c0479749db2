package httpapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/app/internal/seed"
)

// recorded is an answer of the gateway that this one replaces.
type recorded struct {
	path, body string
	status     int
}

func readRecorded(t *testing.T, name string) recorded {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "contract", name+".http"))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	r := recorded{path: strings.Fields(lines[0])[1], body: lines[len(lines)-1]}
	for _, line := range lines {
		if strings.HasPrefix(line, "HTTP/1.1 ") {
			r.status, err = strconv.Atoi(strings.Fields(line)[1])
			require.NoError(t, err)
		}
	}
	return r
}

// Errors must be the very ones that clients know.
func TestErrorsAreTheRecordedOnes(t *testing.T) {
	g := newGateway(t)
	for _, name := range []string{"search-101", "search-blank", "search-empty", "search-missing", "product-ghost"} {
		want := readRecorded(t, name)
		w := get(t, g, want.path)
		require.Equal(t, want.status, w.Code, name)
		require.Equal(t, want.body, strings.TrimSpace(w.Body.String()), name)
		require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	}
}

// Answers must have the keys and types that clients know, in the same order.
func TestAnswersHaveTheRecordedShape(t *testing.T) {
	g := newGateway(t)
	get(t, g, "/api/search?query=lamp") // so that something is trending
	for name, path := range map[string]string{
		"search-cold":  "/api/search?query=computer",
		"product-cold": "/api/products/" + string(seed.ID(7)),
		"root":         "/", "health": "/health", "trending": "/api/trending",
	} {
		want := readRecorded(t, name)
		w := get(t, g, path)
		require.Equal(t, want.status, w.Code, name)
		known, ours := shape(t, whole(want.body)), shape(t, w.Body.String())
		for _, key := range slices.Sorted(maps.Keys(known)) {
			require.Equal(t, known[key], ours[key], "%s: type of %s", name, key)
		}
		require.Contains(t, w.Header().Get("Vary"), "Origin")
	}
	hot, cold := get(t, g, "/api/search?query=computer"), readRecorded(t, "search-hot")
	require.Equal(t, keysInOrder(cold.body)[:5], keysInOrder(hot.Body.String())[:5])
	require.Equal(t, []string{"source", "time", "cached", "count", "data"}, keysInOrder(hot.Body.String())[:5])
}

// whole closes a body that the recording cut.
func whole(body string) string {
	if json.Valid([]byte(body)) {
		return body
	}
	return body[:strings.LastIndex(body, `},{"_id"`)] + "}]}"
}

// shape is the type of every value in a document, by its path.
func shape(t *testing.T, body string) map[string]string {
	t.Helper()
	var document any
	require.NoError(t, json.Unmarshal([]byte(body), &document), body)
	types := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		types[path] = fmt.Sprintf("%T", v)
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				walk(path+"."+key, value)
			}
		case []any:
			for _, value := range v {
				walk(path+"[]", value)
			}
		}
	}
	walk("", document)
	return types
}

func keysInOrder(body string) []string {
	var keys []string
	decoder := json.NewDecoder(strings.NewReader(body))
	depth, key := 0, false
	for {
		token, err := decoder.Token()
		if err != nil {
			return keys
		}
		switch token := token.(type) {
		case json.Delim:
			depth += map[json.Delim]int{'{': 1, '[': 1, '}': -1, ']': -1}[token]
			key = token == '{' || depth == 1
		case string:
			if key && depth == 1 {
				keys = append(keys, token)
			}
			key = !key
		default:
			key = true
		}
	}
}
