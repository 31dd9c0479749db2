package catalog

import (
	"encoding/json"
	"maps"
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
	require.ElementsMatch(t, []string{"mini~", "cafe^", "elysee="}, p.Terms())
	require.ElementsMatch(t, []string{"cafe+mini^", "elysee+mini=", "cafe+elysee="}, p.Pairs())
	p = Product{Name: "Red Rugged Smartphones X1"}
	require.Subset(t, p.Terms(), []string{"smartphone^", "phone^^", "rugged~", "red~", "x1~"})
	require.Subset(t, p.Pairs(), []string{"rugged+smartphone^", "phone+rugged~", "red+rugged~"})
}

// A name can be made of very many short words, and must not make a document that
// no server takes.
func TestAProductHasSoManyPairsAtMost(t *testing.T) {
	var words []string
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			words = append(words, string(a)+string(b))
		}
	}
	p := Product{Name: strings.Join(words, " ")}
	require.Len(t, p.Terms(), mostWords)
	require.Len(t, p.Pairs(), mostWords*(mostWords-1)/2)
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

// counted are counts by the term or pair that is counted.
type counted map[string]int

func (c counted) Products() int     { return 1000 }
func (c counted) Word(w string) int { return c[w] }
func (c counted) Pair(p string) int { return c[p] }
func (c counted) Head(w string) int { return c[w+asThing] }

func (c counted) Longer(beginning string, most int) (words []string) {
	for _, w := range slices.Sorted(maps.Keys(c)) {
		if strings.HasPrefix(w, beginning) && !strings.ContainsAny(w, joined+asThing) {
			words = append(words, w)
		}
	}
	return words[:min(len(words), most)]
}

var shop = counted{
	"laptop": 100, "gaming": 500, "mouse": 80, "wireless": 60, "red": 10, "reddish": 5, "lapel": 20,
	"gaming+laptop": 40, "mouse+red": 5, "gaming+mouse": 30, "laptop^": 90, "mouse^": 80,
}

func TestPlan(t *testing.T) {
	one := func(terms ...string) Match { return Match{One: Choice{Terms: terms}} }
	pairs := func(terms ...string) Match { return Match{One: Choice{Pairs: true, Terms: terms}} }
	words := func(terms ...string) Choice { return Choice{Terms: terms} }
	laptop := words("laptop^", "laptop^^", "laptop~", "laptop=")
	red := words("red^", "red^^", "red~", "red=", "reddish^", "reddish^^", "reddish~", "reddish=")
	with := func(m Match, also ...Choice) Match { return Match{m.One, also} }
	redMouse := pairs("mouse+red^", "mouse+red~", "mouse+red=", "mouse+reddish^", "mouse+reddish~", "mouse+reddish=").One
	redGaming := pairs("gaming+red^", "gaming+red~", "gaming+red=", "gaming+reddish^", "gaming+reddish~", "gaming+reddish=").One
	for query, want := range map[string]Plan{
		"laptops": {
			All:   Match{One: laptop},
			Tiers: []Match{one("laptop^"), one("laptop^^"), one("laptop~"), one("laptop=")}, Apart: 4,
			WithoutPairs: Match{One: laptop},
		},
		"red": {
			All:   Match{One: red},
			Tiers: []Match{one("red^", "red^^", "red~"), one("red="), one("reddish^", "reddish^^", "reddish~", "reddish=")}, Apart: 2, // nothing is a red
			AtOnce:       true,
			WithoutPairs: Match{One: red},
		},
		"zeb": { // no such word is known, which need not be true
			All:   Match{One: Choice{Terms: []string{"zeb^", "zeb^^", "zeb~", "zeb="}, Begins: "zeb"}},
			Tiers: []Match{one("zeb^"), one("zeb^^"), one("zeb~"), one("zeb="), {One: Choice{Terms: []string{"zeb^", "zeb^^", "zeb~", "zeb="}, Begins: "zeb"}}}, Apart: 4,
			AtOnce:       true,
			WithoutPairs: Match{One: Choice{Terms: []string{"zeb^", "zeb^^", "zeb~", "zeb="}, Begins: "zeb"}},
		},
		"gaming laptop": {
			All:   pairs("gaming+laptop^", "gaming+laptop~", "gaming+laptop="),
			Tiers: []Match{pairs("gaming+laptop^"), pairs("gaming+laptop~"), pairs("gaming+laptop=")}, Apart: 3,
			AtOnce:       true,
			WithoutPairs: with(Match{One: laptop}, words("gaming^", "gaming^^", "gaming~", "gaming=")),
		},
		"gaming lap": {
			All:    pairs("gaming+lap^", "gaming+lap~", "gaming+lap=", "gaming+lapel^", "gaming+lapel~", "gaming+lapel=", "gaming+laptop^", "gaming+laptop~", "gaming+laptop="),
			Tiers:  []Match{pairs("gaming+lap^", "gaming+lap~", "gaming+lap=", "gaming+lapel^", "gaming+lapel~", "gaming+lapel=", "gaming+laptop^", "gaming+laptop~", "gaming+laptop=")},
			AtOnce: true,
			WithoutPairs: with(one("lap^", "lap^^", "lap~", "lap=", "lapel^", "lapel^^", "lapel~", "lapel=", "laptop^", "laptop^^", "laptop~", "laptop="),
				words("gaming^", "gaming^^", "gaming~", "gaming=")),
		},
		"lap": { // no product has that as a word
			All:          one("lap^", "lap^^", "lap~", "lap=", "lapel^", "lapel^^", "lapel~", "lapel=", "laptop^", "laptop^^", "laptop~", "laptop="),
			Tiers:        []Match{one("lap^", "lap^^", "lap~", "lap=", "lapel^", "lapel^^", "lapel~", "lapel=", "laptop^", "laptop^^", "laptop~", "laptop=")},
			WithoutPairs: one("lap^", "lap^^", "lap~", "lap=", "lapel^", "lapel^^", "lapel~", "lapel=", "laptop^", "laptop^^", "laptop~", "laptop="),
		},
		"red gaming mice": { // all by the rarest pairs, and the steps by the rarest one with the thing
			All: with(pairs("gaming+red^", "gaming+red~", "gaming+red=", "gaming+reddish^", "gaming+reddish~", "gaming+reddish="), redMouse),
			Tiers: []Match{
				with(pairs("mouse+red^"), redGaming), with(pairs("mouse+red~"), redGaming), with(pairs("mouse+red="), redGaming),
				with(pairs("mouse+reddish^", "mouse+reddish~", "mouse+reddish="), redGaming),
			}, Apart: 3,
			WithoutPairs: with(Match{One: red}, words("gaming^", "gaming^^", "gaming~", "gaming="), words("mouse^", "mouse^^", "mouse~", "mouse=")),
			AtOnce:       true,
		},
	} {
		want.Few = few
		require.Equal(t, want, NewPlan(ParseQuery(query).Words(), shop), query)
	}
}

func TestTheNearestIsTheThing(t *testing.T) {
	plan, ok := NearestPlan([]string{"cheap", "red", "mouse", "wireless"}, shop)
	require.True(t, ok)
	mice := NewPlan([]string{"mouse"}, shop)
	require.Equal(t, mice.All, plan.All)
	require.Equal(t, mice.Tiers, plan.Tiers[3:])
	require.Zero(t, plan.Apart)
	for i, others := range [][]string{{"red", "wireless"}, {"red"}, {"wireless"}} {
		require.Equal(t, wholeWords("mouse", others), plan.Tiers[i])
	}
	_, ok = NearestPlan([]string{"cheap", "zebra"}, shop)
	require.False(t, ok)
	plan, ok = NearestPlan([]string{"the", "red"}, shop)
	require.True(t, ok)
	require.Equal(t, NewPlan([]string{"red"}, shop), plan)
}

// A product must be found by its words, by their beginnings and by their plurals,
// in any case and order, and by nothing else, with pairs and without, whether its
// words are known or not. And each product that is found has its place.
func TestProductsAreFoundByBeginningsOfWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringN(1, 40, -1), rapid.StringOfN(rapid.RuneFrom([]rune("abés ")), 1, 20, -1))
		p := Product{Name: text.Draw(t, "name"), Category: text.Draw(t, "category"), Brand: text.Draw(t, "brand")}
		marks := append(p.Terms(), p.Pairs()...)
		known := counted{}
		if rapid.Bool().Draw(t, "known") {
			for _, mark := range marks {
				known[Unsigned(mark)]++
			}
		}
		tiers := 0
		find := func(words []string) (found bool, tier int) {
			plan := NewPlan(words, known)
			tiers = len(plan.Tiers)
			tier = slices.IndexFunc(plan.Tiers, func(m Match) bool { return m.Has(marks) })
			require.Equal(t, plan.All.Has(marks), tier >= 0)
			require.Equal(t, plan.All.Has(marks), plan.WithoutPairs.Has(marks))
			in := 0
			for _, m := range plan.Tiers[:plan.Apart] {
				if m.Has(marks) {
					in++
				}
			}
			require.LessOrEqual(t, in, 1)
			return tier >= 0, tier
		}
		all := Words(p.Name + " " + p.Category + " " + p.Brand)
		if len(all) > 0 {
			whole := unique(singularsOf(rapid.SliceOfN(rapid.SampledFrom(all), 1, 4).Draw(t, "words")))
			found, tier := find(whole)
			require.True(t, found, "%q", whole)
			if len(whole) == 1 {
				require.Less(t, tier, 4, "%q are whole words", whole)
			}
			one := rapid.SampledFrom(singularsOf(all)).Draw(t, "word")
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
		has := p.SearchWords()
		found, tier := find(typed)
		is := func(w string) bool { return slices.Contains(has, Singular(w)) }
		begins := func(w string) bool {
			return is(w) || slices.ContainsFunc(has, func(k string) bool { return strings.HasPrefix(k, w) })
		}
		if len(typed) < 3 && tier >= 0 && tier < tiers-1 {
			require.False(t, slices.ContainsFunc(longest(typed), func(w string) bool { return !is(w) }), "%q in %q", typed, has)
		}
		if found {
			require.False(t, slices.ContainsFunc(typed, func(w string) bool { return !begins(w) }), "%q in %q", typed, has)
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
	require.True(t, plan.All.Has(p.Terms()))
	require.True(t, plan.Tiers[0].Has(p.Terms()))
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
