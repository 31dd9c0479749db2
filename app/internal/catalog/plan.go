package catalog

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Match is what the products of a search have in common.
type Match struct {
	// Term is the one that fewest products have: by it the index is read.
	Term string
	// Pair is better than Term for that; empty if none is.
	Pair   string
	Has    []string // all terms, Term may be one of them
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

// Counts are about how many products have what, as far as is known. They
// decide how fast a search is; but for Plan's one use, not what it finds.
type Counts interface {
	Word(word string) int
	Beginning(beginning string) int
	Pair(pair string) int
}

// Plan is how a search for words finds products, of which there is at least
// one: the best matches first, those with all words whole; then those with
// words that only begin so.
//
// In a search of several words, one that is known, and known to begin no other
// word, counts as whole: a catalogue too large to be known whole may have a
// rare product that is then not found behind the others.
func Plan(words []string, counts Counts) []Match {
	plan := []Match{Whole(words, counts)}
	several := len(words) > 1
	open := func(w string) bool { return !several || counts.Word(w) == 0 || counts.Word(w) < counts.Beginning(w) }
	if !slices.ContainsFunc(words, open) {
		return plan // nothing only begins so
	}
	var rest match
	for _, w := range longest(words) {
		beginning := cut(w, maxBeginning)
		switch {
		case !open(w):
			rest.whole(w, counts)
			continue
		case beginning != w:
			rest.Begins = append(rest.Begins, whole(w))
		default:
			rest.Has = append(rest.Has, w)
		}
		rest.term(beginning, counts.Beginning(beginning))
		// A shorter word may begin words whose pairs are different ones.
		if utf8.RuneCountInString(w) >= pairBeginning {
			rest.paired = append(rest.paired, w)
		}
	}
	return append(plan, rest.match(counts))
}

// Whole matches products that have all words, of which there is at least one.
func Whole(words []string, counts Counts) Match {
	var m match
	for _, w := range words {
		m.whole(w, counts)
	}
	return m.match(counts)
}

// match is one being made.
type match struct {
	Match
	count  int      // products with Term
	paired []string // words that have pairs
}

func (m *match) whole(word string, counts Counts) {
	m.Has = append(m.Has, whole(word))
	m.term(whole(word), counts.Word(word))
	m.paired = append(m.paired, word)
}

// term takes the rarer term.
func (m *match) term(term string, count int) {
	if m.Term == "" || count < m.count {
		m.Term, m.count = term, count
	}
}

// match takes the rarest pair, if it is rarer than the rarest term.
func (m *match) match(counts Counts) Match {
	rarest := m.count
	for i, w := range m.paired {
		for _, other := range m.paired[i+1:] {
			candidate := pair(w, other)
			if count := counts.Pair(candidate); count < rarest || count == rarest && m.Pair == "" {
				m.Pair, rarest = candidate, count
			}
		}
	}
	return m.Match
}

// longest leaves out words that begin others: what begins with the longer one
// begins with the shorter one too.
func longest(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		return slices.ContainsFunc(words, func(other string) bool { return other != w && strings.HasPrefix(other, w) })
	})
}
