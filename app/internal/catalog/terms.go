package catalog

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A product is found by equality on its terms and pairs, so that no text of a
// user ever becomes a pattern and an index serves every search.
//
// A term is a whole word, behind a sign that no word contains, or the
// beginning of a word. Beginnings are short: an index of all of them has many
// more entries, and four letters leave few words to tell apart.
//
// A pair is the beginnings of two words. Of the many products that have either
// word only few have both, and the index of pairs finds these without reading
// the others.
const (
	wholeWord     = "="
	joined        = "+"
	maxBeginning  = 4  // runes
	pairBeginning = 3  // runes of each of two words
	maxWord       = 64 // runes of a word that count; longer words are cut, in products and queries alike
)

// Terms are the terms that the product is found by.
func (p Product) Terms() []string {
	terms := []string{} // not nil: a product without words has none, which is known
	for _, w := range p.words() {
		terms = append(terms, whole(w))
		for n := 1; n <= maxBeginning; n++ {
			terms = append(terms, cut(w, n))
		}
	}
	return unique(terms)
}

// Pairs are the pairs of the product's words.
func (p Product) Pairs() []string {
	pairs := []string{}
	words := p.words()
	for i, w := range words {
		for _, other := range words[i+1:] {
			pairs = append(pairs, pair(w, other))
		}
	}
	return unique(pairs)
}

func (p Product) words() []string { return unique(Words(p.Name + " " + p.Category + " " + p.Brand)) }

// Match is what the products of a search have in common.
type Match struct {
	Pair   string   // a pair, or empty if no two words make one
	Term   string   // a term, by which the index is read where Pair cannot be
	Has    []string // more terms
	Begins []string // beginnings of whole words' terms
}

// Matches tells whether the product matches.
func (m Match) Matches(p Product) bool {
	terms := p.Terms()
	for _, term := range append(m.Has, m.Term) {
		if !slices.Contains(terms, term) {
			return false
		}
	}
	for _, beginning := range m.Begins {
		if !slices.ContainsFunc(terms, func(t string) bool { return strings.HasPrefix(t, beginning) }) {
			return false
		}
	}
	return m.Pair == "" || slices.Contains(p.Pairs(), m.Pair)
}

// Whole matches products that have all words, of which there is at least one,
// the rarest first.
func Whole(words []string) Match {
	m := Match{Term: whole(words[0]), Pair: firstPair(words)}
	for _, w := range words[1:] {
		m.Has = append(m.Has, whole(w))
	}
	return m
}

// Beginnings matches products that have words which begin with these, of
// which there is at least one, the rarest first.
func Beginnings(words []string) Match {
	words = longest(words)
	m := Match{Term: cut(words[0], maxBeginning)}
	// A shorter word may begin words whose pairs are different ones.
	m.Pair = firstPair(slices.DeleteFunc(slices.Clone(words), func(w string) bool { return utf8.RuneCountInString(w) < pairBeginning }))
	for _, w := range words {
		if beginning := cut(w, maxBeginning); beginning != w {
			m.Begins = append(m.Begins, whole(w))
		} else if beginning != m.Term {
			m.Has = append(m.Has, beginning)
		}
	}
	return m
}

func firstPair(words []string) string {
	if len(words) < 2 {
		return ""
	}
	return pair(words[0], words[1])
}

// longest leaves out words that begin others: what begins with the longer one
// begins with the shorter one too.
func longest(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		return slices.ContainsFunc(words, func(other string) bool { return other != w && strings.HasPrefix(other, w) })
	})
}

func whole(word string) string { return wholeWord + cut(word, maxWord) }

// pair is the same in either order.
func pair(a, b string) string {
	a, b = cut(a, pairBeginning), cut(b, pairBeginning)
	return min(a, b) + joined + max(a, b)
}

// cut is the word's first n runes.
func cut(word string, n int) string {
	for i := range word {
		if n == 0 {
			return word[:i]
		}
		n--
	}
	return word
}
