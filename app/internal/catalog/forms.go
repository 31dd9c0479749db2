package catalog

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/gertd/go-pluralize"
	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	shortest       = 3      // runes of a word that may be a plural: "as" and "us" are none
	keptSingulars  = 20_000 // finding one takes some 50 µs
	wordsSeparator = ", "
)

var (
	plurals   = newPlurals()
	singulars = newSingulars()
)

func newPlurals() *pluralize.Client {
	client := pluralize.NewClient()
	client.AddIrregularRule("lens", "lenses")
	return client
}

func newSingulars() *lru.Cache[string, string] {
	cache, err := lru.New[string, string](keptSingulars)
	if err != nil {
		panic(err) // only a size below 1 is an error
	}
	return cache
}

// Singular is the word that a folded English word is the plural of, else the
// word itself. What it makes of a word in another language need not be a word:
// products and searches get the same.
func Singular(word string) string {
	if len([]rune(word)) < shortest || len(word) > maxWord {
		return word
	}
	if known, ok := singulars.Get(word); ok {
		return known
	}
	singular := plurals.Singular(word)
	singulars.Add(word, singular)
	return singular
}

// A product with a word is found by others, too: see synonyms.txt.
//
//go:embed synonyms.txt
var synonymsText string

var synonyms = parseSynonyms(synonymsText)

// parseSynonyms answers by which other words a word is found.
func parseSynonyms(text string) map[string][]string {
	also := map[string][]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if word, others, directed := strings.Cut(line, ": "); directed {
			also[word] = append(also[word], strings.Split(others, wordsSeparator)...)
			continue
		}
		group := strings.Split(line, wordsSeparator)
		for i, word := range group {
			also[word] = slices.Concat(also[word], group[:i], group[i+1:])
		}
	}
	return also
}

// forms are all words by which a product with this one is found: the word and its
// singular, and what else people call it.
func forms(word string) []string {
	return unique(append([]string{word, Singular(word)}, alsoCalled(word)...))
}

func alsoCalled(word string) []string { return synonyms[Singular(word)] }

// formsOf are those of all words.
func formsOf(words []string) []string {
	var all []string
	for _, w := range words {
		all = append(all, forms(w)...)
	}
	return unique(all)
}

// singularsAndSynonyms are the singulars of the words, each with what else people
// call it.
func singularsAndSynonyms(words []string) (all []string) {
	for _, w := range words {
		all = append(append(all, Singular(w)), alsoCalled(w)...)
	}
	return all
}
