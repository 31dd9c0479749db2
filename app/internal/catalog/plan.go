package catalog

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Match is what the products of a search have in common.
type Match struct {
	// Leads are terms, of which a product has one. The index is read by them: few
	// products have one.
	Leads []string
	// Pair is better than Leads for that; empty if none is.
	Pair string
	Has  []string // all terms
	Any  []Choice // something of each of these
}

// Choice is one of some terms, or of those that begin in some way.
type Choice struct{ Terms, Begins []string }

// Matches tells whether a product with these terms matches. Its pairs need not
// be asked: they only tell that it has two of the words.
func (m Match) Matches(terms []string) bool {
	lacks := func(term string) bool { return !slices.Contains(terms, term) }
	fails := func(c Choice) bool { return !slices.ContainsFunc(terms, c.has) }
	return slices.ContainsFunc(terms, Choice{Terms: m.Leads}.has) && !slices.ContainsFunc(m.Has, lacks) && !slices.ContainsFunc(m.Any, fails)
}

func (c Choice) has(term string) bool {
	begins := func(beginning string) bool { return strings.HasPrefix(term, beginning) }
	return slices.Contains(c.Terms, term) || slices.ContainsFunc(c.Begins, begins)
}

// Counts are about how many products have what, as far as is known. They
// decide how fast a search is, not what it finds.
type Counts interface {
	Products() int
	Word(word string) int
	Beginning(beginning string) int
	Pair(pair string) int
	Head(word string) int // products that are such a thing
}

// Plan is how a search finds products.
type Plan struct {
	// All is what the search finds.
	All Match
	// Tiers put it in order, the best first. A product counts for the first one
	// that it matches; each matches the last one, All.
	Tiers []Match
	// Expected is about how many products it finds.
	Expected int
}

// NewPlan is a search for products that have all words, of which there is at
// least one, or words that begin so. The best are those that are what a word
// names; then those that have them whole in their names, then those that have them
// whole at all.
func NewPlan(words []string, counts Counts) Plan {
	all := beginning(words, counts)
	return Plan{All: all.Match, Tiers: append(wholeTiers(words, counts), all.Match), Expected: all.expected}
}

// NearestPlan is a search for what comes nearest to words that no product has
// all of: products with the one that says most of what is meant, those with most
// of the others first. Not ok means that no product has any of the words.
func NearestPlan(words []string, counts Counts) (plan Plan, ok bool) {
	known := slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		return slices.Contains(prepositions, w) || counts.Word(Singular(w)) == 0 && counts.Beginning(w) == 0
	})
	if len(known) == 0 {
		return Plan{}, false
	}
	core := coreOf(known, counts)
	others := slices.DeleteFunc(slices.Clone(known), func(w string) bool { return w == core })
	plan = NewPlan([]string{core}, counts)
	var closer []Match
	for _, some := range subsets(others) {
		closer = append(closer, Whole(append([]string{core}, some...), counts))
	}
	plan.Tiers = append(closer, plan.Tiers...)
	return plan, true
}

// coreOf is the last word that names a thing: the mouse of a wireless mouse. If
// none does it is the word that most products have.
func coreOf(words []string, counts Counts) string {
	for _, w := range slices.Backward(words) {
		if NamesAThing(w, counts) {
			return w
		}
	}
	return slices.MaxFunc(words, func(a, b string) int {
		return cmp.Or(counts.Word(Singular(a))-counts.Word(Singular(b)), counts.Beginning(a)-counts.Beginning(b))
	})
}

// NamesAThing tells whether some product is what the word names.
func NamesAThing(word string, counts Counts) bool { return counts.Head(Singular(word)) > 0 }

// mostOthers bounds the words whose combinations are looked at.
const mostOthers = 3

// subsets are the non-empty subsets of the first words, larger ones first.
func subsets(words []string) (all [][]string) {
	words = words[:min(len(words), mostOthers)]
	for chosen := range 1 << len(words) {
		var some []string
		for i, w := range words {
			if chosen&(1<<i) != 0 {
				some = append(some, w)
			}
		}
		if len(some) > 0 {
			all = append(all, some)
		}
	}
	slices.SortStableFunc(all, func(a, b []string) int { return len(b) - len(a) })
	return all
}

// Whole matches products that have all words whole, of which there is at least
// one.
func Whole(words []string, counts Counts) Match {
	m := match{}
	for _, w := range words {
		w = Singular(w)
		m.Any = append(m.Any, Choice{Terms: whole(w)})
		m.parts = append(m.parts, part{whole(w), w, counts.Word(w)})
	}
	return m.ledBy(counts).Match
}

// wholeTiers are the products that have all words whole, the best first.
func wholeTiers(words []string, counts Counts) []Match {
	name, anywhere := inNames(words, counts), Whole(words, counts)
	if len(words) == 1 { // the index leads to the things alone
		w := Singular(words[0])
		return []Match{{Leads: []string{heads(w)}}, {Leads: []string{headsToo(w)}}, name, anywhere}
	}
	things := Choice{}
	for _, w := range words {
		things.Terms = append(things.Terms, heads(Singular(w)))
	}
	thing := name
	thing.Any = []Choice{things}
	return []Match{thing, name, anywhere}
}

// inNames matches products that have all words whole in their names.
func inNames(words []string, counts Counts) Match {
	m := match{}
	for _, w := range words {
		w = Singular(w)
		m.Has = append(m.Has, named(w))
		m.parts = append(m.parts, part{[]string{named(w)}, w, counts.Word(w)})
	}
	return m.ledBy(counts).Match
}

// beginning matches products that have all words, or such that begin so.
func beginning(words []string, counts Counts) match {
	m := match{}
	for _, w := range longest(words) {
		singular := Singular(w)
		first := []string{cut(singular, maxBeginning)}
		switch {
		case !strings.HasPrefix(w, singular): // nobody types on after "mice"
			first = whole(singular)
			m.Any = append(m.Any, Choice{Terms: first})
		case w != singular: // "dresses", or "ches" on the way to "chess"
			m.Any = append(m.Any, Choice{Terms: whole(singular), Begins: whole(w)})
		case w != first[0]:
			m.Any = append(m.Any, Choice{Begins: whole(w)})
		default:
			m.Has = append(m.Has, w)
		}
		p := part{terms: first, count: counts.Beginning(cut(singular, maxBeginning))}
		// A shorter word may begin words whose pairs are different ones.
		if utf8.RuneCountInString(singular) >= pairBeginning {
			p.word = singular
		}
		m.parts = append(m.parts, p)
	}
	return m.ledBy(counts)
}

// match is one being made of the parts of a query.
type match struct {
	Match
	parts    []part
	expected int
}

type part struct {
	terms []string // that the index has, for this part or more
	word  string   // that pairs begin with; empty if they need not
	count int      // products with one of the terms
}

// ledBy takes the rarest term, and the rarest pair if that is rarer, and expects
// of the products that have it so many to match as if words were spread evenly.
func (m match) ledBy(counts Counts) match {
	first, second := 0, 0 // the leading parts
	for i, p := range m.parts {
		if p.count < m.parts[first].count {
			first, second = i, i
		}
	}
	m.Leads = m.parts[first].terms
	rarest := m.parts[first].count
	for i, p := range m.parts {
		for j, other := range m.parts[i+1:] {
			if p.word == "" || other.word == "" {
				continue
			}
			candidate := pair(p.word, other.word)
			if count := counts.Pair(candidate); count < rarest || count == rarest && m.Pair == "" {
				m.Pair, rarest, first, second = candidate, count, i, i+1+j
			}
		}
	}
	expected := float64(rarest)
	for i, p := range m.parts {
		if i != first && i != second {
			expected *= float64(p.count) / float64(max(counts.Products(), 1))
		}
	}
	m.expected = int(expected)
	return m
}

// longest leaves out words that begin others: what begins with the longer one
// begins with the shorter one too.
func longest(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		return slices.ContainsFunc(words, func(other string) bool { return other != w && strings.HasPrefix(other, w) })
	})
}
