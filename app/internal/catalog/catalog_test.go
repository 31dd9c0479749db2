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
	p := Product{Name: "Mini Cafés", Category: "Mini", Brand: "Élysée"}
	require.ElementsMatch(t, []string{
		"=elysee", "m", "mi", "min", "mini", "c", "ca", "caf", "cafe", "e", "el", "ely", "elys",
		"~mini", "~cafes", "~cafe", "^cafes", "^cafe",
	}, p.Terms())
	require.ElementsMatch(t, []string{"caf+min", "caf+caf", "ely+min", "caf+ely"}, p.Pairs())
}

func TestPluralsAreTheSameWord(t *testing.T) {
	for plural, singular := range map[string]string{
		"dresses": "dress", "watches": "watch", "glasses": "glass", "knives": "knife", "laptops": "laptop", "mice": "mouse", "shelves": "shelf",
		"scarves": "scarf", "batteries": "battery", "boxes": "box", "lenses": "lens", "gloves": "glove", "atlases": "atlas", "toothbrushes": "toothbrush",
		"children": "child", "tvs": "tv", "feet": "foot",
	} {
		require.Equal(t, singular, Singular(plural))
		require.Equal(t, singular, Singular(singular))
	}
	for _, w := range []string{"wireless", "stainless", "business", "tennis", "canvas", "as", "us", "4k", "стол", "手", "", strings.Repeat("s", 1000)} {
		require.Equal(t, w, Singular(w))
	}
}

func TestSynonymsAreFoldedSingulars(t *testing.T) {
	for word, others := range synonyms {
		for _, w := range append(others, word) {
			require.Equal(t, []string{w}, Words(w))
			require.Equal(t, w, Singular(w), "another word is looked up")
			require.NotContains(t, others, word)
		}
	}
	require.ElementsMatch(t, []string{"bicycles", "bicycle", "bike"}, forms("bicycles"))
	require.Contains(t, forms("smartphone"), "phone")
	require.Contains(t, Product{Name: "Rugged Smartphones X1"}.Terms(), "^^phone")
	require.Subset(t, Product{Name: "Rugged Smartphones X1"}.Terms(), []string{"^smartphones", "^smartphone", "~phone"})
	require.NotContains(t, forms("phone"), "smartphone")
	require.ElementsMatch(t, []string{"television", "telly"}, synonyms["tv"])
}

func TestHeads(t *testing.T) {
	for name, want := range map[string]string{
		"Silent Gaming Laptop K4":               "laptop",
		"Leather Phone Case with Stand":         "case",
		"Timeless Linen Dress, Navy":            "dress",
		"Family Cookbook: Soups by Ada":         "cookbook",
		"Desk Lamp - Blue":                      "lamp",
		"Lamp":                                  "lamp",
		"For Children":                          "children",
		"Set of Knives":                         "set",
		"Salt & Pepper Mill":                    "mill",
		"Chair (oak)":                           "chair",
		"Monitor 27\"":                          "monitor",
		"4K 8K":                                 "",
		"!!!":                                   "",
		"Charger for Phone and Laptop in Black": "charger",
	} {
		heads := Product{Name: name}.Heads()
		if want == "" {
			require.Empty(t, heads, name)
			continue
		}
		require.Equal(t, want, heads[0], name)
	}
}

// counted are counts by what is counted.
type counted map[string]int

func (c counted) Products() int          { return 1000 }
func (c counted) Word(w string) int      { return c["="+w] }
func (c counted) Beginning(b string) int { return c[b] }
func (c counted) Pair(p string) int      { return c[p] }
func (c counted) Head(w string) int      { return c["^"+w] }

var shop = counted{
	"=laptop": 100, "lapt": 120, "=gaming": 500, "gami": 500, "=mouse": 80, "mous": 80, "=wireless": 60, "wire": 60, "=red": 10, "red": 10, "x": 50, "lap": 120,
	"gam+lap": 40, "mou+wir": 0, "mou+red": 5, "red+wir": 0, "^laptop": 90, "^mouse": 80,
}

func TestPlan(t *testing.T) {
	laptop := []string{"~laptop", "=laptop"}
	for query, want := range map[string]Plan{
		"laptops": {
			Tiers: []Match{
				{Leads: []string{"^laptop"}},
				{Leads: []string{"^^laptop"}},
				{Leads: []string{"~laptop"}, Has: []string{"~laptop"}},
				{Leads: laptop, Any: []Choice{{Terms: laptop}}},
				{Leads: []string{"lapt"}, Any: []Choice{{Terms: laptop, Begins: whole("laptops")}}},
			},
			Expected: 120,
		},
		// By two words rather than by one.
		"gaming lap": {
			Tiers: []Match{
				{Leads: []string{"~lap"}, Has: []string{"~gaming", "~lap"}, Any: []Choice{{Terms: []string{"^gaming", "^lap"}}}},
				{Leads: []string{"~lap"}, Has: []string{"~gaming", "~lap"}},
				{Leads: whole("lap"), Any: []Choice{{Terms: whole("gaming")}, {Terms: whole("lap")}}},
				{Leads: []string{"lap"}, Pair: "gam+lap", Has: []string{"lap"}, Any: []Choice{{Begins: whole("gaming")}}},
			},
			Expected: 40,
		},
		// A short beginning has pairs of its own with each word that begins so.
		"x mice": {
			Tiers: []Match{
				{Leads: []string{"~x"}, Pair: "mou+x", Has: []string{"~x", "~mouse"}, Any: []Choice{{Terms: []string{"^x", "^mouse"}}}},
				{Leads: []string{"~x"}, Pair: "mou+x", Has: []string{"~x", "~mouse"}},
				{Leads: whole("x"), Pair: "mou+x", Any: []Choice{{Terms: whole("x")}, {Terms: whole("mouse")}}},
				{Leads: []string{"x"}, Has: []string{"x"}, Any: []Choice{{Terms: whole("mouse")}}},
			},
			Expected: 4,
		},
	} {
		want.All = want.Tiers[len(want.Tiers)-1]
		require.Equal(t, want, NewPlan(ParseQuery(query).Words(), shop), query)
	}
}

func TestTheNearestIsTheThing(t *testing.T) {
	plan, ok := NearestPlan([]string{"cheap", "red", "mouse", "wireless"}, shop)
	require.True(t, ok)
	mice := NewPlan([]string{"mouse"}, shop)
	require.Equal(t, mice.All, plan.All)
	require.Equal(t, mice.Tiers, plan.Tiers[3:])
	for i, words := range [][]string{{"mouse", "red", "wireless"}, {"mouse", "red"}, {"mouse", "wireless"}} {
		require.Equal(t, Whole(words, shop), plan.Tiers[i])
	}
	_, ok = NearestPlan([]string{"cheap", "zebra"}, shop)
	require.False(t, ok)
	plan, ok = NearestPlan([]string{"the", "red"}, shop)
	require.True(t, ok)
	require.Equal(t, NewPlan([]string{"red"}, shop), plan)
}

// A product must be found by its words, by their beginnings and by their plurals,
// in any case and order, and by nothing else, whatever is known of how many
// products have what. And each product that is found has its place.
func TestProductsAreFoundByBeginningsOfWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringN(1, 40, -1), rapid.StringOfN(rapid.RuneFrom([]rune("abés ")), 1, 20, -1))
		p := Product{Name: text.Draw(t, "name"), Category: text.Draw(t, "category"), Brand: text.Draw(t, "brand")}
		terms := p.Terms()
		tiers := 0
		find := func(words []string) (found bool, tier int) {
			plan := NewPlan(words, rapid.SampledFrom([]counted{nil, shop}).Draw(t, "counts"))
			tiers = len(plan.Tiers)
			require.Equal(t, plan.All.Matches(terms), slices.ContainsFunc(plan.Tiers, func(m Match) bool { return m.Matches(terms) }))
			return plan.All.Matches(terms), slices.IndexFunc(plan.Tiers, func(m Match) bool { return m.Matches(terms) })
		}
		all := Words(p.Name + " " + p.Category + " " + p.Brand)
		if len(all) > 0 {
			whole := rapid.SliceOfN(rapid.SampledFrom(all), 1, 4).Draw(t, "words")
			found, tier := find(unique(whole))
			require.True(t, found)
			require.Less(t, tier, tiers-1, "%q are whole words", whole)
			one := rapid.SampledFrom(all).Draw(t, "word")
			runes := []rune(one)
			begun := string(runes[:rapid.IntRange(1, len(runes)).Draw(t, "length")])
			if strings.HasPrefix(begun, Singular(begun)) { // else it is a plural, and meant whole
				found, _ = find([]string{begun})
				require.True(t, found, "%q", begun)
			}
			if head := p.Heads(); len(head) > 0 {
				_, tier = find(head[:1])
				require.Zero(t, tier, "%q is the thing", head[0])
			}
		}
		typed := ParseQuery(text.Draw(t, "typed")).Words()
		if len(typed) == 0 {
			return
		}
		known := p.SearchWords()
		found, tier := find(typed)
		is := func(w string) bool { return slices.Contains(known, Singular(w)) }
		begins := func(w string) bool {
			return is(w) || slices.ContainsFunc(known, func(k string) bool { return strings.HasPrefix(k, w) })
		}
		if tier >= 0 && tier < tiers-1 {
			require.False(t, slices.ContainsFunc(typed, func(w string) bool { return !is(w) }), "%q in %q", typed, known)
		}
		if found {
			require.False(t, slices.ContainsFunc(typed, func(w string) bool { return !begins(w) }), "%q in %q", typed, known)
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
	p := Product{Name: long}
	plan := NewPlan(ParseQuery(long).Words(), counted{})
	require.True(t, plan.All.Matches(p.Terms()))
	require.True(t, plan.Tiers[0].Matches(p.Terms()))
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
	best := []Product{{InStock: true, Rating: 4.6}, {InStock: true, Rating: 4.2}, {Rating: 5}}
	for i, p := range best[1:] {
		require.Greater(t, best[i].Rank(), p.Rank())
	}
}

func TestProductsAreComparedAsTheyRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		product := func(name string) Product {
			return Product{
				ID: ID(rapid.StringMatching("[0-9a-f]{24}").Draw(t, name+" id")), InStock: rapid.Bool().Draw(t, name+" in stock"),
				Rating: float64(rapid.IntRange(0, 50).Draw(t, name+" rating")) / 10,
			}
		}
		a, b := product("a"), product("b")
		require.Equal(t, a.Compare(b), -b.Compare(a))
		if a.Rank() > b.Rank() {
			require.Negative(t, a.Compare(b))
		}
	})
}
