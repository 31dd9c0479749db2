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
	// AtOnce tells to read all products at once and put them in order, because it is
	// likely that they are no more than Few.
	AtOnce bool
	Few    int
}

// Of a large catalogue most documents are not in the server's memory, and each one
// that is read costs as much as a hundred of a small one.
const (
	large        = 100_000 // products
	few, fewMany = 50, 20
)

// expecting is the plan for about so many products. What is expected decides how
// fast a search is, not what it finds.
func (p Plan) expecting(count int, counts Counts) Plan {
	p.Few = few
	if counts.Products() > large {
		p.Few = fewMany
	}
	p.AtOnce = count <= p.Few
	return p
}

// wanted is what a word of a query stands for.
type wanted struct {
	whole  string   // the word itself
	longer []string // words that begin with it
	begins string   // if none of these is known: any words that begin so
	count  int      // products with one of the words, about
	begun  bool     // longer words are known, and the word itself is not
	thing  bool     // some product is what the word names, as far as is known
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
	w.begun = w.count > 0 && counts.Word(w.whole) == 0
	w.thing = w.count == 0 || counts.Head(w.whole) > 0
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
		return planOfOne(list[0], counts)
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

func planOfOne(w wanted, counts Counts) Plan {
	all := Match{One: w.choice()}
	steps := signSteps(w.thing, signs)
	if w.begun {
		steps = nil
	}
	p := Plan{All: all, WithoutPairs: all}
	return p.inSteps(all, w.whole, steps).expecting(w.count, counts)
}

func planOfMore(list []wanted, counts Counts) Plan {
	both := countBoth(list, counts)
	a, b := rarestPair(list, both, func(wanted, wanted) bool { return true })
	p := Plan{All: byPair(list, a, b, both), WithoutPairs: byWords(list)}
	expected := both[a][b]
	for i, w := range list {
		if i != a && i != b {
			expected = int(float64(expected) * float64(w.count) / float64(max(counts.Products(), 1)))
		}
	}
	if slices.ContainsFunc(list, func(w wanted) bool { return w.begins != "" }) {
		p.All = p.WithoutPairs // no pair is known to have such a word
	}
	steps := signSteps(false, pairSigns)
	if slices.ContainsFunc(list, func(w wanted) bool { return w.thing }) { // whose pairs tell it apart
		a, b = rarestPair(list, both, func(a, b wanted) bool { return a.thing || b.thing })
		steps = signSteps(true, pairSigns)
	}
	if list[a].begun || list[b].begun {
		steps = nil
	}
	return p.inSteps(byPair(list, a, b, both), pair(list[a].whole, list[b].whole), steps).expecting(expected, counts)
}

// signSteps are the signs in the order in which their products come. Where nothing
// is what is looked for, those in the name come together.
func signSteps(thing bool, signs []string) (steps [][]string) {
	if !thing {
		last := len(signs) - 1
		return [][]string{signs[:last], signs[last:]}
	}
	for _, sign := range signs {
		steps = append(steps, []string{sign})
	}
	return steps
}

// inSteps makes a tier of each step of the word or pair, and one of what else is
// found.
func (p Plan) inSteps(found Match, word string, steps [][]string) Plan {
	rest := found
	for _, signs := range steps {
		tier := found
		tier.One = Choice{Pairs: found.One.Pairs, Terms: allSigned([]string{word}, signs)}
		p.Tiers = append(p.Tiers, tier)
		rest.One.Terms = slices.DeleteFunc(slices.Clone(rest.One.Terms), func(term string) bool { return slices.Contains(tier.One.Terms, term) })
	}
	p.Apart = len(p.Tiers)
	switch {
	case slices.ContainsFunc(p.All.Also, Choice.open) || p.All.One.open(): // which pairs do not tell
		p.Tiers = append(p.Tiers, p.All)
	case len(rest.One.Terms) > 0:
		p.Tiers = append(p.Tiers, rest)
	}
	return p
}

// byPair is by the pairs of what two of the words stand for, and by the rarest pair
// of each other word.
func byPair(list []wanted, a, b int, both [][]int) Match {
	m := Match{One: pairsOf(list[a], list[b])}
	for i, w := range list {
		if i == a || i == b {
			continue
		}
		other := a
		for j := range list {
			if j != i && both[i][j] < both[i][other] {
				other = j
			}
		}
		m.Also = append(m.Also, pairsOf(w, list[other]))
	}
	return m
}

func pairsOf(a, b wanted) Choice {
	return Choice{Pairs: true, Terms: allSigned(combinations(a, b), pairSigns)}
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

// rarestPair are the two words of which the fewest products have both, of those
// that may be.
func rarestPair(list []wanted, both [][]int, may func(a, b wanted) bool) (a, b int) {
	rarest := -1
	for i := range list {
		for j := i + 1; j < len(list); j++ {
			if !may(list[i], list[j]) {
				continue
			}
			if rarest < 0 || both[i][j] < rarest {
				a, b, rarest = i, j, both[i][j]
			}
		}
	}
	return a, b
}

// countBoth is about how many products have the one word and the other.
func countBoth(list []wanted, counts Counts) [][]int {
	both := make([][]int, len(list))
	for i := range list {
		both[i] = make([]int, len(list))
		for j := range i {
			both[i][j] = countOf(combinations(list[j], list[i]), counts)
			both[j][i] = both[i][j]
		}
	}
	return both
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
