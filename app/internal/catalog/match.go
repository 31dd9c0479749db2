package catalog

import (
	"slices"
	"strings"
)

// Match is what the products of a search, or of a part of one, have in common.
type Match struct {
	// One is what the index is read by: few products have it.
	One Choice
	// Also is what they have besides: something of each choice.
	Also []Choice
}

// Choice is one of some terms or pairs, or of those that begin in some way.
type Choice struct {
	Pairs  bool // of pairs, and not of terms
	Terms  []string
	Begins string // terms; empty: none
}

// Has tells whether a product with these terms and pairs matches.
func (m Match) Has(marks []string) bool {
	fails := func(c Choice) bool { return !c.has(marks) }
	return m.One.has(marks) && !slices.ContainsFunc(m.Also, fails)
}

func (c Choice) has(marks []string) bool {
	is := func(mark string) bool {
		return slices.Contains(c.Terms, mark) ||
			c.Begins != "" && !strings.Contains(mark, joined) && strings.HasPrefix(mark, c.Begins)
	}
	return slices.ContainsFunc(marks, is)
}

// open tells whether it is of more than the terms.
func (c Choice) open() bool { return c.Begins != "" }

// Until is behind all terms that begin so.
func (c Choice) Until() string { return c.Begins + afterWords }

// ByPairs tells whether pairs alone say what matches: an index has all of them.
func (m Match) ByPairs() bool {
	return m.One.Pairs && !slices.ContainsFunc(m.Also, func(c Choice) bool { return !c.Pairs })
}

// Terms are those, and the pairs, by which products match.
func (m Match) Terms() []string {
	terms := slices.Clone(m.One.Terms)
	for _, c := range m.Also {
		terms = append(terms, c.Terms...)
	}
	return terms
}

// OneOf matches products that have one of the words.
func OneOf(words []string) Match {
	return Match{One: Choice{Terms: allSigned(singularsOf(words), signs)}}
}

// TwoOf matches products that have two of the words, of which there are at least
// two.
func TwoOf(words []string) Match {
	return Match{One: Choice{Pairs: true, Terms: allSigned(pairsAmong(words), pairSigns)}}
}

// CountTwoOf is about how many products TwoOf matches.
func CountTwoOf(words []string, counts Counts) int { return countOf(pairsAmong(words), counts) }

// countOf is about how many products have one of the pairs.
func countOf(pairs []string, counts Counts) (n int) {
	for _, pair := range pairs {
		n += counts.Pair(pair)
	}
	return n
}

func pairsAmong(words []string) (pairs []string) {
	words = singularsOf(words)
	for i, w := range words {
		for _, other := range words[i+1:] {
			pairs = append(pairs, pair(w, other))
		}
	}
	return pairs
}

// allSigned are the words or pairs with each of the signs.
func allSigned(list, signs []string) (terms []string) {
	for _, w := range list {
		for _, sign := range signs {
			terms = append(terms, w+sign)
		}
	}
	return terms
}

func singularsOf(words []string) []string { return SingularsOf(words, len(words)) }

// SingularsOf are the singulars of the words, each once, and at most so many.
func SingularsOf(words []string, most int) (list []string) {
	for _, w := range words {
		list = append(list, indexed(w))
	}
	list = unique(list)
	return list[:min(len(list), most)]
}
