package catalog

import (
	"slices"
	"strings"
	"unicode"
)

// A product is found by equality on its terms and pairs, so that no text of a
// user ever becomes a pattern and an index serves every search.
//
// A term is the beginning of a word, or a whole word behind a sign that no word
// contains: one of the name, one of the other texts, or the thing that the name
// says the product is. Beginnings are short: an index of all of them has many
// more entries, and four letters leave few words to tell apart.
//
// A pair is the beginnings of two words. Of the many products that have either
// word only few have both, and the index of pairs finds these without reading
// the others.
const (
	inName        = "~"
	elsewhere     = "=" // and not in the name
	heading       = "^"
	headingToo    = "^^" // by what else people call it
	joined        = "+"
	maxBeginning  = 4  // runes
	pairBeginning = 3  // runes of each of two words
	maxWord       = 64 // runes of a word that count; longer words are cut, in products and queries alike
)

// TermsVersion is to be raised whenever products get other terms, pairs or
// ranks than before: those that have older ones then get them anew.
const TermsVersion = 2

// Terms are the terms that the product is found by.
func (p Product) Terms() []string {
	terms := []string{} // not nil: a product without words has none, which is known
	name := formsOf(Words(p.Name))
	for _, w := range p.SearchWords() {
		if slices.Contains(name, w) {
			terms = append(terms, named(w))
		} else {
			terms = append(terms, elsewhere+cut(w, maxWord))
		}
		for n := 1; n <= maxBeginning; n++ {
			terms = append(terms, cut(w, n))
		}
	}
	if thing := p.thing(); thing != "" {
		for _, w := range literal(thing) {
			terms = append(terms, heads(w))
		}
		for _, w := range alsoCalled(thing) {
			terms = append(terms, headsToo(w))
		}
	}
	return unique(terms)
}

// Pairs are the pairs of the product's words.
func (p Product) Pairs() []string {
	pairs := []string{}
	words := p.SearchWords()
	for i, w := range words {
		for _, other := range words[i+1:] {
			pairs = append(pairs, pair(w, other))
		}
	}
	return unique(pairs)
}

// SearchWords are the words that the product is found by, each once: those of
// its texts in all their forms.
func (p Product) SearchWords() []string {
	return formsOf(Words(p.Name + " " + p.Category + " " + p.Brand))
}

// Heads are the words for the thing that the product is, in all their forms.
func (p Product) Heads() []string {
	if thing := p.thing(); thing != "" {
		return forms(thing)
	}
	return nil
}

// thing is the word for what the product is: the case of a "Leather Phone Case
// with Stand". A name that has no such word, or hides it behind others, gives none
// or a wrong one, and its product only comes later among those that match as well.
func (p Product) thing() string {
	thing := ""
	for token := range strings.FieldsSeq(p.Name) {
		words := Words(token)
		if thing != "" && saysMore(token, words) {
			break
		}
		if n := len(words); n > 0 && !strings.ContainsFunc(words[n-1], unicode.IsDigit) {
			thing = words[n-1] // and no model's number
		}
		if thing != "" && strings.ContainsAny(token, ",:;|") {
			break // "Dress, Navy"
		}
	}
	return thing
}

// saysMore tells whether a token of a name begins what says more of the thing
// that was named before: "for Children", "(oak)", "- Blue".
func saysMore(token string, words []string) bool {
	if len(words) == 0 {
		return token != "&"
	}
	return strings.HasPrefix(token, "(") || slices.Contains(prepositions, words[0])
}

var prepositions = []string{"for", "with", "without", "by", "from", "in", "on", "of", "and", "to", "under", "over", "about", "at", "the", "a", "an"}

// whole are the terms of which a product with the whole word has one.
func whole(word string) []string { return []string{named(word), elsewhere + cut(word, maxWord)} }

func named(word string) string    { return inName + cut(word, maxWord) }
func heads(word string) string    { return heading + cut(word, maxWord) }
func headsToo(word string) string { return headingToo + cut(word, maxWord) }

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
