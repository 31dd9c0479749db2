package catalog

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWordsFold(t *testing.T) {
	for text, want := range map[string][]string{
		"Gaming  Laptop":     {"gaming", "laptop"},
		"Café":               {"cafe"},
		"CAFE\u0301":         {"cafe"},
		"Straße 9":           {"strasse", "9"},
		"Łódka Smørrebrød":   {"lodka", "smorrebrod"},
		"İstanbul ısı":       {"istanbul", "isi"},
		"collector's":        {"collectors"},
		"ＷＩＤＥ":               {"wide"},
		"noise-cancelling":   {"noise", "cancelling"},
		"Ёлка ёлка":          {"елка", "елка"},
		"ΣΊΣΥΦΟΣ":            {"σισυφοσ"},
		"手机 Hoshi":           {"手", "机", "hoshi"},
		"ガ":                  {"ガ"}, // its mark is a letter's part, not an accent
		"हिन्दी":             {"हिन्दी"},
		".* [a-z]+ $where {": {"a", "z", "where"},
		"\x00\xff !!! 🐢":     nil,
		"":                   nil,
	} {
		require.Equal(t, want, Words(text), "%q", text)
	}
}

func TestQueryIsTrimmedAndLowerCased(t *testing.T) {
	q := ParseQuery("  Gaming LAPTOP gaming ")
	require.Equal(t, Query("gaming laptop gaming"), q)
	require.Equal(t, []string{"gaming", "laptop"}, q.Words())
}

func TestTerms(t *testing.T) {
	p := Product{Name: "Mini Café", Category: "Mini", Brand: "Élysée"}
	require.ElementsMatch(t, []string{
		"=mini", "=cafe", "=elysee", "m", "mi", "min", "mini", "c", "ca", "caf", "cafe", "e", "el", "ely", "elys",
	}, p.Terms())
	require.ElementsMatch(t, []string{"caf+min", "ely+min", "caf+ely"}, p.Pairs())
}

func TestMatches(t *testing.T) {
	for _, tc := range []struct {
		words             string
		whole, beginnings Match
	}{
		{"lap", Match{Term: "=lap"}, Match{Term: "lap"}},
		{"laptop", Match{Term: "=laptop"}, Match{Term: "lapt", Begins: []string{"=laptop"}}},
		{
			"x gaming lap",
			Match{Pair: "gam+x", Term: "=x", Has: []string{"=gaming", "=lap"}},
			Match{Pair: "gam+lap", Term: "x", Has: []string{"lap"}, Begins: []string{"=gaming"}},
		},
		{"lap laptop", Match{Pair: "lap+lap", Term: "=lap", Has: []string{"=laptop"}}, Match{Term: "lapt", Begins: []string{"=laptop"}}},
		{"x lap", Match{Pair: "lap+x", Term: "=x", Has: []string{"=lap"}}, Match{Term: "x", Has: []string{"lap"}}},
	} {
		words := ParseQuery(tc.words).Words()
		require.Equal(t, tc.whole, Whole(words), tc.words)
		require.Equal(t, tc.beginnings, Beginnings(words), tc.words)
	}
}

// A product must be found by any beginnings of any of its words, in any case
// and order, and by nothing else.
func TestProductsAreFoundByBeginningsOfWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringN(1, 40, -1), rapid.StringOfN(rapid.RuneFrom([]rune("abé ")), 1, 20, -1))
		p := Product{Name: text.Draw(t, "name"), Category: text.Draw(t, "category"), Brand: text.Draw(t, "brand")}
		all := slices.Concat(Words(p.Name), Words(p.Category), Words(p.Brand))
		if len(all) > 0 {
			var beginnings []string
			for _, w := range rapid.SliceOfN(rapid.SampledFrom(all), 1, 4).Draw(t, "words") {
				runes := []rune(w)
				beginnings = append(beginnings, string(runes[:rapid.IntRange(1, len(runes)).Draw(t, "length")]))
			}
			require.True(t, Beginnings(unique(beginnings)).Matches(p), "%q", beginnings)
		}
		typed := ParseQuery(text.Draw(t, "typed")).Words()
		if len(typed) == 0 {
			return
		}
		begins, whole := true, true
		for _, w := range typed {
			begins = begins && slices.ContainsFunc(all, func(word string) bool { return strings.HasPrefix(word, w) })
			whole = whole && slices.Contains(all, w)
		}
		require.Equal(t, whole, Whole(typed).Matches(p), "%q", typed)
		require.Equal(t, begins, Beginnings(typed).Matches(p), "%q", typed)
	})
}

func TestFoldingTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := Words(rapid.String().Draw(t, "text"))
		require.Equal(t, words, Words(strings.Join(words, " ")))
	})
}

func TestLongWordsAreCutInProductsAndQueriesAlike(t *testing.T) {
	long := strings.Repeat("é", 200)
	p := Product{Name: long}
	words := ParseQuery(long).Words()
	require.True(t, Whole(words).Matches(p))
	require.True(t, Beginnings(words).Matches(p))
}

func TestParseID(t *testing.T) {
	id, ok := ParseID("6B04CD16F4B4B496E67B1D56")
	require.True(t, ok)
	require.Equal(t, ID("6b04cd16f4b4b496e67b1d56"), id)
	for _, bad := range []string{"", "6b04", "6b04cd16f4b4b496e67b1d5g", "6b04cd16f4b4b496e67b1d567", "６b04cd16f4b4b496e67b1"} {
		_, ok := ParseID(bad)
		require.False(t, ok, bad)
	}
}

func TestTimeIsAsClientsKnowIt(t *testing.T) {
	moment := Time(time.Date(2026, 11, 23, 23, 32, 37, 777_000_000, time.UTC))
	text, err := json.Marshal(moment)
	require.NoError(t, err)
	require.Equal(t, `"2026-11-23T23:32:37.777000"`, string(text))
	var back Time
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, moment, back)
	require.Error(t, json.Unmarshal([]byte(`"yesterday"`), &back))
}

func TestRank(t *testing.T) {
	require.Greater(t, Product{InStock: true, Rating: 1}.Rank(), Product{Rating: 5}.Rank())
}
