package catalog

import (
	"slices"
	"strings"
	"unicode"
)

// A product is found by equality on its terms and pairs, so that no text of a
// user ever becomes a pattern and an index serves every search.
//
// It has one term for each of its words: the word, in its singular, and behind it
// a sign that no word contains and that says how much the word says of it. And it
// has one pair for any two of its words, with a sign too. So an index knows all
// products with a word, or with two, and which of them come first, and no document
// is read to find that out.
const (
	asThing    = "^"  // the word says what the product is; of a pair, one of them, and both are in the name
	asSynonym  = "^^" // it is what else people call that
	inName     = "~"
	elsewhere  = "="
	joined     = "+"
	maxWord    = 64 // runes of a word that count; longer words are cut, in products and queries alike
	mostWords  = 64 // of a product: it has half the square of them pairs
	afterWords = "\U0010FFFF"
)

// signs are those of a word, the best first.
var (
	signs     = []string{asThing, asSynonym, inName, elsewhere}
	pairSigns = []string{asThing, inName, elsewhere}
)

// TermsVersion is to be raised whenever products get other terms, pairs or
// ranks than before: those that have older ones then get them anew.
const TermsVersion = 3

// Terms are the product's words with their signs.
func (p Product) Terms() []string {
	terms := []string{} // not nil: a product without words has none, which is known
	for _, w := range p.words() {
		terms = append(terms, w.word+w.sign)
	}
	return terms
}

// Pairs are the pairs of its words with their signs.
func (p Product) Pairs() []string {
	pairs := []string{}
	words := p.words()
	for i, w := range words {
		for _, other := range words[i+1:] {
			pairs = append(pairs, pair(w.word, other.word)+w.with(other))
		}
	}
	return pairs
}

// Unsigned is a term or a pair without its sign.
func Unsigned(term string) string { return strings.TrimRight(term, asThing+inName+elsewhere) }

// signed is one of a product's words.
type signed struct{ word, sign string }

// with is the sign of the pair of two words.
func (w signed) with(other signed) string {
	switch {
	case w.sign == elsewhere || other.sign == elsewhere:
		return elsewhere
	case w.sign == asThing || other.sign == asThing:
		return asThing
	}
	return inName
}

// words are the product's words, each once, with the best sign that it has.
func (p Product) words() (words []signed) {
	known := map[string]bool{}
	add := func(sign string, list []string) {
		for _, w := range list {
			if w = cut(w, maxWord); !known[w] && len(words) < mostWords {
				known[w] = true
				words = append(words, signed{w, sign})
			}
		}
	}
	if thing := p.thing(); thing != "" {
		add(asThing, []string{Singular(thing)})
		add(asSynonym, alsoCalled(thing))
	}
	add(inName, singularsAndSynonyms(Words(p.Name)))
	add(elsewhere, singularsAndSynonyms(Words(p.Category+" "+p.Brand)))
	return words
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

// indexed is the word as terms have it.
func indexed(word string) string { return cut(Singular(word), maxWord) }

// pair is the same in either order, and has no sign.
func pair(a, b string) string { return min(a, b) + joined + max(a, b) }

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
