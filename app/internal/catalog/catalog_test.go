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
}

func TestMatches(t *testing.T) {
	require.Equal(t, []Match{{Term: "=gaming"}, {Term: "=lap"}}, Whole([]string{"gaming", "lap"}))
	require.Equal(t, []Match{{Term: "gami", Begins: "=gaming"}, {Term: "lap"}}, Beginnings([]string{"gaming", "lap"}))
}

// A product must be found by any beginning of any word of its texts, in any
// case, and by nothing else.
func TestProductsAreFoundByBeginningsOfWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringN(1, 40, -1), rapid.StringOfN(rapid.RuneFrom([]rune("abé ")), 1, 20, -1))
		p := Product{Name: text.Draw(t, "name"), Category: text.Draw(t, "category"), Brand: text.Draw(t, "brand")}
		terms := p.Terms()
		all := slices.Concat(Words(p.Name), Words(p.Category), Words(p.Brand))
		for _, w := range all {
			runes := []rune(w)
			beginning := string(runes[:rapid.IntRange(1, len(runes)).Draw(t, "length")])
			require.True(t, Beginnings([]string{beginning})[0].In(terms), "%q", beginning)
			require.True(t, Whole([]string{w})[0].In(terms), "%q", w)
		}
		for _, w := range ParseQuery(text.Draw(t, "typed")).Words() {
			begins := slices.ContainsFunc(all, func(word string) bool { return strings.HasPrefix(word, w) })
			require.Equal(t, begins, Beginnings([]string{w})[0].In(terms), "%q", w)
			require.Equal(t, slices.Contains(all, w), Whole([]string{w})[0].In(terms), "%q", w)
		}
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
	terms := Product{Name: long}.Terms()
	for _, m := range append(Whole(ParseQuery(long).Words()), Beginnings(ParseQuery(long).Words())...) {
		require.True(t, m.In(terms))
	}
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
