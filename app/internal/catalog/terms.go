package catalog

// A product is found by equality on its terms, so that no text of a user ever
// becomes a pattern and the index serves every search. A term is a beginning
// of a word, or a whole word behind one of two signs that no word contains.
const (
	wholeWord  = "=" // a whole word of name, category or brand
	nameWord   = "^" // a whole word of the name
	maxTermLen = 64  // runes of a word that count; longer words are cut, in products and queries alike
)

// Terms are the terms that the product is found by: for each word of name,
// category and brand the word whole and each of its beginnings.
func (p Product) Terms() []string {
	var terms []string
	for _, w := range Words(p.Name) {
		terms = append(terms, nameWord+cut(w))
	}
	for _, text := range []string{p.Name, p.Category, p.Brand} {
		for _, w := range Words(text) {
			w = cut(w)
			terms = append(terms, wholeWord+w)
			for i := range w {
				if i > 0 {
					terms = append(terms, w[:i])
				}
			}
			terms = append(terms, w)
		}
	}
	return unique(terms)
}

// Tiers are the kinds of match for a query's words, best first: each is the
// list of terms that a product of this tier has, all of them. A product of an
// earlier tier is in the later ones too.
func Tiers(words []string) [][]string {
	tiers := make([][]string, 3)
	for _, w := range words {
		w = cut(w)
		tiers[0] = append(tiers[0], nameWord+w)
		tiers[1] = append(tiers[1], wholeWord+w)
		tiers[2] = append(tiers[2], w)
	}
	return tiers
}

func cut(word string) string {
	runes := 0
	for i := range word {
		if runes == maxTermLen {
			return word[:i]
		}
		runes++
	}
	return word
}

// NameTerm is the term of a whole word of the name.
func NameTerm(word string) string { return nameWord + cut(word) }

// WholeTerm is the term of a whole word of name, category or brand.
func WholeTerm(word string) string { return wholeWord + cut(word) }
