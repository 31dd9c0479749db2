package catalog

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Query is a search as the client typed it, trimmed and lower-cased: the
// form in which it is cached and listed as trending.
type Query string

// ParseQuery trims and lower-cases text.
func ParseQuery(text string) Query { return Query(strings.ToLower(strings.TrimSpace(text))) }

// Listed is the query as it is shown to others: one spelling of each, whatever
// the width of its letters and spaces and however its accents are encoded.
func (q Query) Listed() Query {
	return Query(strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(string(q)))), " "))
}

// Words are the query's distinct words, folded, in the order typed.
func (q Query) Words() []string { return unique(Words(string(q))) }

// Readable tells whether the query is worth showing to others: it has a word,
// and no character that cannot be seen.
func (q Query) Readable() bool {
	hidden := func(r rune) bool { return !unicode.IsPrint(r) }
	return len(q.Words()) > 0 && !strings.ContainsFunc(string(q), hidden)
}

// Page is a slice of the results.
type Page struct {
	Number int // from 1
	Size   int // products a page
}

// Offset is the number of results before the page.
func (p Page) Offset() int { return (p.Number - 1) * p.Size }

// Words splits text into its words, folded so that words which a person takes
// for the same are equal: case, accents and width do not count ("Café" is
// "cafe", "Straße" is "strasse"). A word is a run of letters and digits; in
// scripts that write no spaces each character is a word.
func Words(text string) []string {
	var words []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	for _, r := range fold(text) {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
			end()
			words = append(words, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			word.WriteRune(r)
		default:
			end()
		}
	}
	end()
	return words
}

// undecomposed are letters that Unicode takes for letters of their own, and
// people without such a keyboard write in Latin.
var undecomposed = strings.NewReplacer(
	"ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "æ", "ae", "œ", "oe", "ı", "i", "ħ", "h",
	"'", "", "’", "",
)

func fold(text string) string {
	// Folding swaps the two cases of Cherokee: lower case is one of them.
	decomposed := norm.NFKD.String(strings.ToLower(cases.Fold().String(norm.NFKD.String(text))))
	bare := strings.Map(func(r rune) rune {
		// Only the accents of European scripts go: the marks of others are letters to their readers.
		if r >= 0x300 && r <= 0x36f {
			return -1
		}
		return r
	}, decomposed)
	return undecomposed.Replace(norm.NFC.String(bare))
}

func unique(words []string) []string {
	seen := make(map[string]bool, len(words))
	kept := words[:0:0]
	for _, w := range words {
		if !seen[w] {
			seen[w] = true
			kept = append(kept, w)
		}
	}
	return kept
}
