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
	for text, readable := range map[string]bool{"café 4k": true, "0": true, "日本": true, "v}.": true, "%": false, "  ": false, "a\x01": false, "a\u200bb": false} {
		require.Equal(t, readable, ParseQuery(text).Readable(), "%q", text)
	}
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

// counted are counts by what is counted.
type counted map[string]int

func (c counted) Word(w string) int      { return c["="+w] }
func (c counted) Beginning(b string) int { return c[b] }
func (c counted) Pair(p string) int      { return c[p] }

func TestPlan(t *testing.T) {
	shop := counted{
		"=laptop": 100, "lapt": 120, "laptop": 120, "=gaming": 500, "gami": 500, "gaming": 500, "=m5": 90, "m5": 90, "x": 50, "lap": 120,
		"gam+lap": 40, "lap+m5": 10, "gam+m5": 20, "=cedar": 30, "ceda": 30, "cedar": 30, "=hill": 30, "hill": 30, "ced+hil": 30, "hil+lap": 2, "ced+lap": 3,
	}
	for query, want := range map[string][]Match{
		"laptop": {{Term: "=laptop", Has: []string{"=laptop"}}, {Term: "lapt", Begins: []string{"=laptop"}}},
		"lap":    {{Term: "=lap", Has: []string{"=lap"}}, {Term: "lap", Has: []string{"lap"}}},
		// By two words rather than by one; and what begins no other word is whole.
		"gaming laptop": {
			{Term: "=laptop", Pair: "gam+lap", Has: []string{"=gaming", "=laptop"}},
			{Term: "lapt", Pair: "gam+lap", Has: []string{"=gaming"}, Begins: []string{"=laptop"}},
		},
		"gaming m5": {{Term: "=m5", Pair: "gam+m5", Has: []string{"=gaming", "=m5"}}},
		// By the rarest two of three, not by two that are always together.
		"cedar hill laptop": {
			{Term: "=cedar", Pair: "hil+lap", Has: []string{"=cedar", "=hill", "=laptop"}},
			{Term: "=cedar", Pair: "hil+lap", Has: []string{"=cedar", "=hill"}, Begins: []string{"=laptop"}},
		},
		// By a word that nothing has rather than by two.
		"gami laptop": {
			{Term: "=gami", Pair: "", Has: []string{"=gami", "=laptop"}},
			{Term: "lapt", Pair: "gam+lap", Has: []string{"gami"}, Begins: []string{"=laptop"}},
		},
		// A short beginning has pairs of its own with each word that begins so.
		"x laptop": {
			{Term: "=x", Pair: "lap+x", Has: []string{"=x", "=laptop"}},
			{Term: "x", Has: []string{"x"}, Begins: []string{"=laptop"}},
		},
		"lap laptop": {
			{Term: "=lap", Pair: "lap+lap", Has: []string{"=lap", "=laptop"}},
			{Term: "lapt", Begins: []string{"=laptop"}},
		},
	} {
		require.Equal(t, want, Plan(ParseQuery(query).Words(), shop), query)
	}
}

// countsOf counts exactly what a shop of one product has.
func countsOf(p Product) counted {
	counts := counted{}
	for _, w := range Words(p.Name + " " + p.Category + " " + p.Brand) {
		counts["="+w] = 1
		for i := range w {
			if beginning := w[:i]; i > 0 {
				counts[beginning]++
			}
		}
		counts[w]++
	}
	for _, pair := range p.Pairs() {
		counts[pair] = 1
	}
	return counts
}

// A product must be found by any beginnings of any of its words, in any case
// and order, and by nothing else; whatever the counts say, or when they say
// nothing.
func TestProductsAreFoundByBeginningsOfWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringN(1, 40, -1), rapid.StringOfN(rapid.RuneFrom([]rune("abé ")), 1, 20, -1))
		p := Product{Name: text.Draw(t, "name"), Category: text.Draw(t, "category"), Brand: text.Draw(t, "brand")}
		counts := rapid.SampledFrom([]counted{nil, countsOf(p)}).Draw(t, "counts")
		found := func(words []string) bool {
			return slices.ContainsFunc(Plan(words, counts), func(m Match) bool { return m.Matches(p) })
		}
		all := slices.Concat(Words(p.Name), Words(p.Category), Words(p.Brand))
		if len(all) > 0 {
			var beginnings []string
			for _, w := range rapid.SliceOfN(rapid.SampledFrom(all), 1, 4).Draw(t, "words") {
				runes := []rune(w)
				beginnings = append(beginnings, string(runes[:rapid.IntRange(1, len(runes)).Draw(t, "length")]))
			}
			require.True(t, found(unique(beginnings)), "%q", beginnings)
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
		require.Equal(t, whole, Whole(typed, counts).Matches(p), "%q", typed)
		require.Equal(t, begins, found(typed), "%q", typed)
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
	for _, m := range Plan(ParseQuery(long).Words(), counted{}) {
		require.True(t, m.Matches(p))
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
