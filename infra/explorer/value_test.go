package explorer

import (
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

func TestValues(t *testing.T) {
	s := newStand(t)
	for name, args := range map[string][]any{
		"string": {"set", "string", "on"},
		"list":   {"rpush", "list", "b", "a"},
		"set":    {"sadd", "set", "b", "a"},
		"zset":   {"zadd", "zset", "1", "low", "1790000000000000", "high"},
		"hash":   {"hset", "hash", "name", "lamp", "colour\x00", "red"},
		"stream": {"xadd", "stream", "7-1", "kind", "added", "id", "3"},
		"":       {"set", "", "the empty name"},
		"\x00":   {"set", "\x00", "\x01\xff\n é"},
	} {
		s.do(t, args...)
		require.EqualValues(t, 1, s.fill.Exists(t.Context(), name).Val())
	}
	for name, want := range map[string]value{
		"string": {Length: 2, Text: &text{Text: "on"}},
		"list":   {Length: 2, Items: []item{{"0", text{Text: "b"}}, {"1", text{Text: "a"}}}},
		"set":    {Length: 2, Items: []item{{"", text{Text: "a"}}, {"", text{Text: "b"}}}},
		"zset":   {Length: 2, Items: []item{{"1790000000000000", text{Text: "high"}}, {"1", text{Text: "low"}}}},
		"hash":   {Length: 2, Items: []item{{`colour\x00`, text{Text: "red"}}, {"name", text{Text: "lamp"}}}},
		"stream": {Length: 1, Items: []item{{"7-1", text{Text: "id: 3\nkind: added"}}}},
		"":       {Length: 14, Text: &text{Text: "the empty name"}},
		"\x00":   {Length: 6, Text: &text{Text: "\\x01\\xff\n é"}},
	} {
		got := get[value](t, s, "/api/key?id="+id(name))
		require.Positive(t, got.Bytes, name)
		require.Nil(t, got.Expires, name)
		if name == got.Name.Text && name != "" {
			require.Equal(t, name, got.Type)
		}
		got.key = key{}
		require.Equal(t, want, got, "%q", name)
	}
}

func TestJSONIsSetOut(t *testing.T) {
	for s, want := range map[string]string{
		`{"a":[1,12345678901234567890]}`: "{\n  \"a\": [\n    1,\n    12345678901234567890\n  ]\n}",
		`[]`:                             "[]", `{"a":`: "", `12`: "", ``: "", `"text"`: "",
		strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1): "",
	} {
		got, is := setOut(s)
		if want == "" {
			require.False(t, is, s)
			want = s
		}
		require.Equal(t, want, got)
	}
}

func TestLongValuesAreCut(t *testing.T) {
	s := newStand(t)
	long := strings.Repeat("x", maxText+1)
	s.do(t, "set", "string", long)
	got := get[value](t, s, "/api/key?id="+id("string"))
	require.Equal(t, text{long[:maxText], true}, *got.Text)
	require.EqualValues(t, maxText+1, got.Length)

	_, err := s.fill.Pipelined(t.Context(), func(pipe redis.Pipeliner) error {
		for i := range 1000 {
			pipe.RPush(t.Context(), "list", i)
			pipe.SAdd(t.Context(), "set", i)
			pipe.ZAdd(t.Context(), "zset", redis.Z{Score: float64(i), Member: i})
			pipe.HSet(t.Context(), "hash", i, i)
			pipe.XAdd(t.Context(), &redis.XAddArgs{Stream: "stream", Values: []any{"n", i}})
		}
		return nil
	})
	require.NoError(t, err)
	for name := range readers {
		got := get[value](t, s, "/api/key?id="+id(name))
		require.EqualValues(t, 1000, got.Length, name)
		require.LessOrEqual(t, len(got.Items), maxItems, name)
		require.Greater(t, len(got.Items), maxItems/2, name)
	}

	for range 20 {
		s.do(t, "rpush", "large", strings.Repeat("x", maxRead/4))
	}
	got = get[value](t, s, "/api/key?id="+id("large"))
	require.NotEmpty(t, got.Items)
	require.LessOrEqual(t, len(got.Items), 4, "Redis hands out no more than about a megabyte")
	require.Equal(t, text{strings.Repeat("x", maxItem), true}, got.Items[0].Value)
}

func TestShow(t *testing.T) {
	for s, want := range map[string]text{
		"":                {},
		"lamp":            {Text: "lamp"},
		"a\tb\nc":         {Text: "a\tb\nc"},
		"\x00\x1b[1m\x7f": {Text: `\x00\x1b[1m\x7f`},
		"\xff\xc3":        {Text: `\xff\xc3`},
		"\u202eabc":       {Text: `\u202eabc`},
		"0123456789":      {Text: "0123456789"},
		"0123456789x":     {Text: "0123456789", Cut: true},
		"012345678é":      {Text: "012345678", Cut: true},
		"01234567é9":      {Text: "01234567é", Cut: true},
		"012345678\xffab": {Text: `012345678\xff`, Cut: true},
	} {
		require.Equal(t, want, show(s, 10), "%q", s)
	}
}
