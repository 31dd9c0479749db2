package lexicon

import (
	"slices"

	"speedscale/app/internal/catalog"
)

// shortestPart is how many characters a word has at least that is taken for a
// part of another one.
const shortestPart = 3

// Join puts together two words in a row that are one: "head phones", of which no
// product has the first one alone.
func (l *Lexicon) Join(words []string) []string {
	return l.joined(words, func(first string) bool { return !l.knows(first) })
}

// joined puts together those words in a row that are a known one, if may says so
// of the first.
func (l *Lexicon) joined(words []string, may func(first string) bool) (list []string) {
	for i := 0; i < len(words); i++ {
		word := words[i]
		if i+1 < len(words) && may(word) && l.knows(word+words[i+1]) {
			i++
			word += words[i]
		}
		list = append(list, word)
	}
	return list
}

// Correct replaces words that find nothing by what was probably meant, and tells
// whether it replaced any: "tooth brush" by a known "toothbrush", "phonecase" by
// two known words, and any other word that begins no known one by the closest.
func (l *Lexicon) Correct(words []string) ([]string, bool) {
	var corrected []string
	for _, w := range l.joined(words, func(string) bool { return true }) {
		corrected = append(corrected, l.meant(w)...)
	}
	return corrected, !slices.Equal(corrected, words)
}

func (l *Lexicon) meant(word string) []string {
	if l.knows(word) || l.Beginning(word) > 0 {
		return []string{word}
	}
	if parts, ok := l.split(word); ok {
		return parts
	}
	if known, ok := l.closest(word); ok {
		return []string{known}
	}
	return []string{word}
}

// knows tells whether some product has the whole word.
func (l *Lexicon) knows(word string) bool { return l.count(word) > 0 }

func (l *Lexicon) count(word string) int { return l.Word(catalog.Singular(word)) }

// split is the word as two known ones, if it is that: those of which the rarer
// one is the most frequent.
func (l *Lexicon) split(word string) (parts []string, ok bool) {
	runes := []rune(word)
	most := 0
	for at := shortestPart; at <= len(runes)-shortestPart; at++ {
		a, b := string(runes[:at]), string(runes[at:])
		if rarer := min(l.count(a), l.count(b)); rarer > most {
			parts, most = []string{a, b}, rarer
		}
	}
	return parts, most > 0
}

// closest is the known word with the fewest edits; of those, the most frequent.
func (l *Lexicon) closest(word string) (string, bool) {
	typed := []rune(word)
	best, edits, count := "", tolerated(len(typed))+1, 0
	for i, known := range l.words {
		// A word of n bytes has n/4 to n runes, which is quickly told apart.
		if len(known)+edits <= len(typed) || len(known) >= 4*(len(typed)+edits) {
			continue
		}
		d := distance(typed, []rune(known), edits)
		// A plural comes behind its singular, and is what products say.
		if d < edits || d == edits && best != "" && l.counts[i] >= count {
			best, edits, count = known, d, l.counts[i]
		}
	}
	return best, best != ""
}

// tolerated is how many edits a word of so many characters may need.
func tolerated(runes int) int {
	switch {
	case runes < 4:
		return 0
	case runes < 8:
		return 1
	}
	return 2
}

// distance is the least number of insertions, deletions, replacements and
// swaps of neighbours that make b of a, or more than bound if that is more.
func distance(a, b []rune, bound int) int {
	if len(a)-len(b) > bound || len(b)-len(a) > bound {
		return bound + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > bound {
			return bound + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
