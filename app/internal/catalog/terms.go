package catalog

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
