package catalog

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A product is found by equality on its terms, so that no text of a user ever
// becomes a pattern and the index serves every search. A term is one of
//
//   - a whole word, behind a sign that no word contains;
//   - the beginning of a word. Beginnings are short: an index of all of them
//     has many more entries, and four letters leave few words to tell apart;
//   - the beginnings of two words. Of the many products that have either word
//     only few have both, and the index finds them without reading the others.
const (
	wholeWord     = "="
	joined        = "+"
	maxBeginning  = 4  // runes
	pairBeginning = 3  // runes of each of two words
	maxWord       = 64 // runes of a word that count; longer words are cut, in products and queries alike
)

// Terms are the terms that the product is found by.
func (p Product) Terms() []string {
	words := unique(Words(p.Name + " " + p.Category + " " + p.Brand))
	terms := []string{} // not nil: a product without words has none, which is known
	for i, w := range words {
		terms = append(terms, whole(w))
		for n := 1; n <= maxBeginning; n++ {
			terms = append(terms, cut(w, n))
		}
		for _, other := range words[i+1:] {
			terms = append(terms, pair(w, other))
		}
	}
	return unique(terms)
}

// Match is what the products of a search have in common.
type Match struct {
	Lead   string   // the term that the index is read by
	Has    []string // more terms
	Begins []string // beginnings of whole words' terms
}

// In tells whether a product with these terms matches.
func (m Match) In(terms []string) bool {
	has := func(term string) bool { return slices.Contains(terms, term) }
	begins := func(beginning string) bool {
		return slices.ContainsFunc(terms, func(t string) bool { return strings.HasPrefix(t, beginning) })
	}
	not := func(is func(string) bool) func(string) bool { return func(s string) bool { return !is(s) } }
	return has(m.Lead) && !slices.ContainsFunc(m.Has, not(has)) && !slices.ContainsFunc(m.Begins, not(begins))
}

// Whole matches products that have all words, of which there is at least one,
// the rarest first.
func Whole(words []string) Match {
	if len(words) == 1 {
		return Match{Lead: whole(words[0])}
	}
	m := Match{Lead: pair(words[0], words[1])}
	for _, w := range words {
		m.Has = append(m.Has, whole(w))
	}
	return m
}

// Beginnings matches products that have words which begin with these, of
// which there is at least one, the rarest first.
func Beginnings(words []string) Match {
	words = longest(words)
	m := Match{Lead: cut(words[0], maxBeginning)}
	// A shorter word may begin words whose terms of two are different ones.
	long := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return utf8.RuneCountInString(w) < pairBeginning })
	if len(long) > 1 {
		m.Lead = pair(long[0], long[1])
	}
	for _, w := range words {
		if beginning := cut(w, maxBeginning); beginning != w {
			m.Begins = append(m.Begins, whole(w))
		} else if beginning != m.Lead {
			m.Has = append(m.Has, beginning)
		}
	}
	return m
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
