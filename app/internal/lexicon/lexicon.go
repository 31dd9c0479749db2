// Package lexicon knows how often words occur in the catalogue. Searches read
// the index of their rarest word, misspelt words are corrected to known ones,
// and rare words weigh more when products are compared.
package lexicon

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"
)

// maxWords bounds the memory: the most frequent ones are kept.
const maxWords = 50_000

// Lexicon counts the documents that have a word. It does not change.
type Lexicon struct {
	documents int
	words     []string // sorted
	counts    []int    // documents with the word
	sums      []int    // of the counts before the word
}

// Builder counts words.
type Builder struct {
	documents int
	counts    map[string]int
}

// NewBuilder starts from nothing.
func NewBuilder() *Builder { return &Builder{counts: map[string]int{}} }

// Add counts one document's words, each once.
func (b *Builder) Add(words []string) {
	b.documents++
	seen := make(map[string]bool, len(words))
	for _, w := range words {
		if !seen[w] {
			seen[w] = true
			b.counts[w]++
		}
	}
	if len(b.counts) > 2*maxWords {
		b.prune()
	}
}

// prune forgets the rarest words.
func (b *Builder) prune() {
	words := make([]string, 0, len(b.counts))
	for w := range b.counts {
		words = append(words, w)
	}
	slices.SortFunc(words, func(x, y string) int {
		return cmp.Or(cmp.Compare(b.counts[y], b.counts[x]), strings.Compare(x, y))
	})
	for _, w := range words[min(maxWords, len(words)):] {
		delete(b.counts, w)
	}
}

// Build makes the lexicon.
func (b *Builder) Build() *Lexicon {
	b.prune()
	l := &Lexicon{documents: b.documents}
	for w := range b.counts {
		l.words = append(l.words, w)
	}
	slices.Sort(l.words)
	sum := 0
	for _, w := range l.words {
		l.counts = append(l.counts, b.counts[w])
		l.sums = append(l.sums, sum)
		sum += b.counts[w]
	}
	l.sums = append(l.sums, sum)
	return l
}

// Documents is how many were counted.
func (l *Lexicon) Documents() int { return l.documents }

// Beginning is about how many documents have a word that begins so.
func (l *Lexicon) Beginning(prefix string) int {
	from, to := l.beginning(prefix)
	return l.sums[to] - l.sums[from]
}

// Longer are up to most words that begin so, the most frequent first.
func (l *Lexicon) Longer(prefix string, most int) []string {
	from, to := l.beginning(prefix)
	order := make([]int, 0, to-from)
	for i := from; i < to; i++ {
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(i, j int) int { return l.counts[j] - l.counts[i] })
	var words []string
	for _, i := range order[:min(len(order), most)] {
		words = append(words, l.words[i])
	}
	return words
}

// beginning is where the words are that begin so.
func (l *Lexicon) beginning(prefix string) (from, to int) {
	from = sort.SearchStrings(l.words, prefix)
	to = from + sort.Search(len(l.words)-from, func(i int) bool { return !strings.HasPrefix(l.words[from+i], prefix) })
	return from, to
}

// Word is the number of documents that have the word.
func (l *Lexicon) Word(word string) int {
	if i, found := slices.BinarySearch(l.words, word); found {
		return l.counts[i]
	}
	return 0
}

// Weight is the word's inverse document frequency, smoothed; it is never 0.
func (l *Lexicon) Weight(word string) float64 {
	return math.Log(float64(l.documents+1)/float64(l.Word(word)+1)) + 1
}

// RarestFirst orders words by how many documents have one that begins so.
func (l *Lexicon) RarestFirst(words []string) []string {
	sorted := slices.Clone(words)
	slices.SortStableFunc(sorted, func(a, b string) int {
		return cmp.Or(cmp.Compare(l.Beginning(a), l.Beginning(b)), cmp.Compare(len(b), len(a)))
	})
	return sorted
}
