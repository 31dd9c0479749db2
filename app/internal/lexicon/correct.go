package lexicon

import "slices"

// Correct replaces each word that begins no known word by the closest known
// one, and tells whether it replaced any.
func (l *Lexicon) Correct(words []string) ([]string, bool) {
	corrected, any := slices.Clone(words), false
	for i, w := range words {
		if l.Beginning(w) > 0 {
			continue
		}
		if known, ok := l.closest(w); ok {
			corrected[i], any = known, true
		}
	}
	return corrected, any
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
		if d < edits || d == edits && best != "" && l.counts[i] > count {
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
