package catalog

import (
	"slices"
	"strings"
)

// A product is found by equality on its terms, so that no text of a user ever
// becomes a pattern and the index serves every search. A term is the
// beginning of a word, or a whole word behind a sign that no word contains.
//
// Beginnings are short: an index of all of them has twice the entries, and
// four letters leave few words to tell apart.
const (
	wholeWord    = "="
	maxBeginning = 4  // runes
	maxWord      = 64 // runes of a word that count; longer words are cut, in products and queries alike
)

// Terms are the terms that the product is found by: for each word of name,
// category and brand the word whole, and its beginnings.
func (p Product) Terms() []string {
	terms := []string{} // not nil: a product without words has none, which is known
	for _, w := range Words(p.Name + " " + p.Category + " " + p.Brand) {
		terms = append(terms, wholeWord+cut(w, maxWord))
		for n := 1; n <= maxBeginning; n++ {
			terms = append(terms, cut(w, n))
		}
	}
	return unique(terms)
}

// Match is what a product must have for one word of a query: a term, which
// the index is read by, and perhaps a longer beginning of one of its words.
type Match struct {
	Term string
	// Begins is a beginning of a whole word's term; empty: Term says it all.
	Begins string
}

// In tells whether a product with these terms matches.
func (m Match) In(terms []string) bool {
	return slices.Contains(terms, m.Term) &&
		(m.Begins == "" || slices.ContainsFunc(terms, func(t string) bool { return strings.HasPrefix(t, m.Begins) }))
}

// Whole are the matches of words as whole words.
func Whole(words []string) []Match {
	matches := make([]Match, len(words))
	for i, w := range words {
		matches[i] = Match{Term: wholeWord + cut(w, maxWord)}
	}
	return matches
}

// Beginnings are the matches of words as beginnings of words.
func Beginnings(words []string) []Match {
	matches := make([]Match, len(words))
	for i, w := range words {
		matches[i] = Match{Term: cut(w, maxBeginning)}
		if matches[i].Term != w {
			matches[i].Begins = wholeWord + cut(w, maxWord)
		}
	}
	return matches
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
