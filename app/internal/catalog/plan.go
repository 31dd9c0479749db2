package catalog

import (
	"slices"
	"strings"
)

// The server reads up to 200 places of an index in the order of the products'
// ranks, and would sort what it finds in more.
const (
	mostLonger = 45 // words that a beginning stands for, with four signs
	mostPairs  = 60 // with three
)

// Counts are about how many products have what, as far as is known.
type Counts interface {
	Products() int
	// Word is how many have the word, a singular.
	Word(word string) int
	// Longer are the singulars of up to most words that begin so, those that most
	// products have first.
	Longer(beginning string, most int) []string
	Pair(pair string) int
	Head(word string) int // products that are such a thing
}

// Plan is how a search finds products.
type Plan struct {
	// All is what the search finds.
	All Match
	// Tiers put it in order, the best first. A product counts for the first one
	// that it has; each that has All has one.
	Tiers []Match
	// Apart is how many of the first tiers have no product in common.
	Apart int
	// WithoutPairs is All for a store that has no index of pairs.
	WithoutPairs Match
	// Expected is about how many products it finds. It decides how fast a search
	// is, not what it finds.
	Expected int
}

// wanted is what a word of a query stands for.
type wanted struct {
	whole  string   // the word itself
	longer []string // words that begin with it
	begins string   // if none of these is known: any words that begin so
	count  int      // products with one of the words, about
}

func want(word string, counts Counts) wanted {
	w := wanted{whole: indexed(word)}
	w.longer = slices.DeleteFunc(counts.Longer(word, mostLonger), func(other string) bool { return other == w.whole })
	for _, one := range w.words() {
		w.count += counts.Word(one)
	}
	if w.count == 0 {
		w.begins = cut(word, maxWord)
	}
	return w
}

func (w wanted) words() []string { return append([]string{w.whole}, w.longer...) }

func (w wanted) choice() Choice { return Choice{Terms: allSigned(w.words(), signs), Begins: w.begins} }

// NewPlan is a search for products that have all words, of which there is at
// least one, or words that begin so. The best are those that are what a word
// names; then those that have them whole in their names, then those that have them
// whole at all.
func NewPlan(words []string, counts Counts) Plan {
	list := wantedOf(words, counts)
	if len(list) == 1 {
		return planOfOne(list[0])
	}
	return planOfMore(list, counts)
}

// wantedOf leaves out words that others make needless: "gam" beside "gaming".
func wantedOf(words []string, counts Counts) (list []wanted) {
	for _, w := range longest(words) {
		list = append(list, want(w, counts))
	}
	var needed []wanted
	for i, w := range list {
		implied := func(other wanted) bool {
			alone := len(other.longer) == 0 && other.begins == ""
			return other.whole == w.whole || alone && slices.Contains(w.longer, other.whole)
		}
		if !slices.ContainsFunc(needed, implied) && !slices.ContainsFunc(list[i+1:], func(other wanted) bool { return other.whole != w.whole && implied(other) }) {
			needed = append(needed, w)
		}
	}
	return needed
}

func planOfOne(w wanted) Plan {
	all := Match{One: w.choice()}
	p := Plan{All: all, WithoutPairs: all, Expected: w.count}
	for _, sign := range signs {
		p.Tiers = append(p.Tiers, Match{One: Choice{Terms: []string{w.whole + sign}}})
	}
	return p.withRest()
}

func planOfMore(list []wanted, counts Counts) Plan {
	a, b := leading(list, counts)
	pairs := combinations(list[a], list[b])
	var others []Choice
	share := 1.0
	for i, w := range list {
		if i != a && i != b {
			others = append(others, w.choice())
			share *= float64(w.count) / float64(max(counts.Products(), 1))
		}
	}
	p := Plan{All: Match{Choice{Pairs: true, Terms: allSigned(pairs, pairSigns)}, others}, WithoutPairs: byWords(list)}
	for _, sign := range pairSigns {
		p.Tiers = append(p.Tiers, Match{Choice{Pairs: true, Terms: []string{pairs[0] + sign}}, others})
	}
	if slices.ContainsFunc(list, func(w wanted) bool { return w.begins != "" }) {
		p.All = p.WithoutPairs // no pair is known to have such a word
	}
	for _, pair := range pairs {
		p.Expected += counts.Pair(pair)
	}
	p.Expected = int(float64(p.Expected) * share)
	return p.withRest()
}

// withRest adds the tier of what All has and the tiers before do not name.
func (p Plan) withRest() Plan {
	p.Apart = len(p.Tiers)
	rest := p.All
	rest.One.Terms = slices.DeleteFunc(slices.Clone(rest.One.Terms), func(term string) bool {
		return slices.ContainsFunc(p.Tiers, func(m Match) bool { return slices.Contains(m.One.Terms, term) })
	})
	if len(rest.One.Terms) > 0 || rest.One.Begins != "" {
		p.Tiers = append(p.Tiers, rest)
	}
	return p
}

// byWords is by the rarest word, and the documents tell of the others.
func byWords(list []wanted) Match {
	rarest := 0
	for i, w := range list {
		if w.count < list[rarest].count {
			rarest = i
		}
	}
	m := Match{One: list[rarest].choice()}
	for i, w := range list {
		if i != rarest {
			m.Also = append(m.Also, w.choice())
		}
	}
	return m
}

// leading are the two words whose pair the index is read by: the rarest pair with
// the thing that is looked for, if a word names one.
func leading(list []wanted, counts Counts) (a, b int) {
	thing := -1
	for i, w := range list {
		if counts.Head(w.whole) > 0 {
			thing = i
		}
	}
	b = -1
	rarest := 0
	for i := range list {
		for j := i + 1; j < len(list); j++ {
			if thing >= 0 && i != thing && j != thing {
				continue
			}
			if count := counts.Pair(pair(list[i].whole, list[j].whole)); b < 0 || count < rarest {
				a, b, rarest = i, j, count
			}
		}
	}
	return a, b
}

// combinations are the pairs of what two words stand for, that of the words
// themselves first.
func combinations(a, b wanted) (pairs []string) {
	as, bs := a.words(), b.words()
	for len(as)*len(bs) > mostPairs {
		if len(as) > len(bs) {
			as = as[:len(as)-1]
		} else {
			bs = bs[:len(bs)-1]
		}
	}
	for _, x := range as {
		for _, y := range bs {
			if x != y {
				pairs = append(pairs, pair(x, y))
			}
		}
	}
	return unique(pairs)
}

// longest leaves out words that begin others: what begins with the longer one
// begins with the shorter one too.
func longest(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		return slices.ContainsFunc(words, func(other string) bool { return other != w && strings.HasPrefix(other, w) })
	})
}
