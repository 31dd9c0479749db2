package explorer

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

func names(list keyList) (names []string) {
	for _, k := range list.Keys {
		names = append(names, k.Name.Text)
	}
	return names
}

// set fills Redis with empty strings.
func (s stand) set(t *testing.T, names ...string) {
	t.Helper()
	_, err := s.fill.Pipelined(t.Context(), func(pipe redis.Pipeliner) error {
		for _, name := range names {
			pipe.Set(t.Context(), name, "", 0)
		}
		return nil
	})
	require.NoError(t, err)
}

func TestKeys(t *testing.T) {
	s := newStand(t)
	empty := get[keyList](t, s, "/api/keys")
	require.Equal(t, keyList{Keys: []key{}, Kinds: []kindCount{}}, empty)

	require.NoError(t, s.fill.Set(t.Context(), "search:lamp", "x", time.Hour).Err())
	require.NoError(t, s.fill.HSet(t.Context(), "product:7", "a", "b").Err())
	list := get[keyList](t, s, "/api/keys")
	require.Equal(t, []string{"product:7", "search:lamp"}, names(list))
	require.Equal(t, "hash", list.Keys[0].Type)
	require.Nil(t, list.Keys[0].Expires)
	require.Positive(t, list.Keys[0].Bytes)
	require.InDelta(t, time.Hour.Milliseconds(), *list.Keys[1].Expires, 60_000)
	require.False(t, list.Partial)
	require.EqualValues(t, 2, list.Looked)
}

func TestSearch(t *testing.T) {
	s := newStand(t)
	s.set(t, "search:red lamp", "search:red chair", "product:red", "trending:searches", "a*b", "a?b", "[ab]", `a\b`, "axb", "Lämpchen", "bin\x00\xff", "")
	for query, want := range map[string][]string{
		"text=red":                        {"product:red", "search:red chair", "search:red lamp"},
		"text=red&kind=search":            {"search:red chair", "search:red lamp"},
		"text=red+lamp":                   {"search:red lamp"},
		"text=Red":                        nil,
		"text=" + url.QueryEscape("*"):    {"a*b"},
		"text=" + url.QueryEscape("?"):    {"a?b"},
		"text=" + url.QueryEscape("[ab]"): {"[ab]"},
		"text=" + url.QueryEscape(`\`):    {`a\b`},
		"text=" + url.QueryEscape("ämp"):  {"Lämpchen"},
		"text=%00%FF":                     {`bin\x00\xff`},
		"kind=":                           {"", "Lämpchen", "[ab]", "a*b", "a?b", `a\b`, "axb", `bin\x00\xff`},
		"kind=trending":                   {"trending:searches"},
		"kind=nothing":                    nil,
		"text=search":                     {"search:red chair", "search:red lamp", "trending:searches"},
		"text=search&after=" + id("search:red chair"): {"search:red lamp", "trending:searches"},
	} {
		list := get[keyList](t, s, "/api/keys?"+query)
		require.ElementsMatch(t, want, names(list), query)
		require.Zero(t, list.More, query)
	}
	list := get[keyList](t, s, "/api/keys?text=red&kind=search")
	require.Equal(t, 2, list.Found)
	require.Equal(t, []kindCount{{"search", 2}, {"product", 1}}, list.Kinds, "of every kind that fits")
}

func TestKindOf(t *testing.T) {
	for name, want := range map[string]string{
		"search:lamp": "search", "stale:search:lamp": "stale", "trending:searches": "trending", "rate:127.0.0.1": "rate",
		"a-b_c.9:": "a-b_c.9", "lamp": "", "": "", ":lamp": "", "a b:c": "", "a\x00b:c": "", "ä:b": "",
		strings.Repeat("k", maxKind) + ":": strings.Repeat("k", maxKind), strings.Repeat("k", maxKind+1) + ":": "",
	} {
		require.Equal(t, want, kindOf(name), "%q", name)
	}
}

func TestKindsAreBounded(t *testing.T) {
	s := newStand(t)
	var all []string
	for i := range 3 * maxKinds {
		all = append(all, fmt.Sprintf("kind%d:x", i))
	}
	s.set(t, all...)
	list := get[keyList](t, s, "/api/keys")
	require.LessOrEqual(t, len(list.Kinds), maxKinds+1)
	sum := 0
	for _, k := range list.Kinds {
		sum += k.Count
	}
	require.Equal(t, len(all), sum)
	others := list.Kinds[len(list.Kinds)-1]
	require.Equal(t, "", others.Kind)
	require.Equal(t, others.Count, get[keyList](t, s, "/api/keys?kind=").Found)
}

func TestKeysComeInPages(t *testing.T) {
	s := newStand(t)
	var all []string
	for i := range 10_000 {
		all = append(all, fmt.Sprintf("key:%05d", i))
	}
	s.set(t, append(all, strings.Repeat("n", maxName+1))...)
	list := get[keyList](t, s, "/api/keys")
	require.Equal(t, all[:pageSize], names(list))
	require.Equal(t, 10_001, list.Found, "the one with the long name is counted")
	require.Equal(t, 10_000-pageSize, list.More)
	require.False(t, list.Partial)

	list = get[keyList](t, s, "/api/keys?after="+list.Keys[pageSize-1].ID)
	require.Equal(t, all[pageSize:2*pageSize], names(list))
	require.Equal(t, 10_000-2*pageSize, list.More)
	list = get[keyList](t, s, "/api/keys?after="+id("key:09989"))
	require.Equal(t, all[9990:], names(list))
	require.Zero(t, list.More)
}

func TestASearchOfAPartSaysSo(t *testing.T) {
	defer func(n int) { maxScan = n }(maxScan)
	maxScan = 2 * scanStep
	s := newStand(t)
	var all []string
	for i := range 5000 {
		all = append(all, fmt.Sprintf("key:%d", i))
	}
	s.set(t, all...)
	list := get[keyList](t, s, "/api/keys")
	require.True(t, list.Partial)
	require.EqualValues(t, maxScan, list.Looked)
	require.EqualValues(t, 5000, list.Total)
	require.Less(t, list.Found, 2000)
	require.GreaterOrEqual(t, list.Found, maxScan)
}
