package catalog

import "slices"

// mostOthers bounds the words whose combinations are looked at.
const mostOthers = 3

// NearestPlan is a search for what comes nearest to words that no product has
// all of: products with the one that says most of what is meant, those with most
// of the others first. Not ok means that no product has any of the words.
func NearestPlan(words []string, counts Counts) (plan Plan, ok bool) {
	known := slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		return slices.Contains(prepositions, w) || want(w, counts).count == 0
	})
	if len(known) == 0 {
		return Plan{}, false
	}
	core := coreOf(known, counts)
	others := slices.DeleteFunc(slices.Clone(known), func(w string) bool { return indexed(w) == indexed(core) })
	plan = NewPlan([]string{core}, counts)
	var closer []Match
	for _, some := range subsets(others) {
		closer = append(closer, wholeWords(core, some))
	}
	if len(closer) > 0 {
		plan.Tiers, plan.Apart = append(closer, plan.Tiers...), 0
	}
	return plan, true
}

// wholeWords matches products that have the word and the others, of which there is
// at least one, whole.
func wholeWords(word string, others []string) Match {
	m := TwoOf([]string{word, others[0]})
	for _, w := range others[1:] {
		m.Also = append(m.Also, TwoOf([]string{word, w}).One)
	}
	return m
}

// coreOf is the last word that names a thing: the mouse of a wireless mouse. If
// none does it is the word that most products have.
func coreOf(words []string, counts Counts) string {
	for _, w := range slices.Backward(words) {
		if NamesAThing(w, counts) {
			return w
		}
	}
	return slices.MaxFunc(words, func(a, b string) int { return want(a, counts).count - want(b, counts).count })
}

// NamesAThing tells whether some product is what the word names.
func NamesAThing(word string, counts Counts) bool { return counts.Head(indexed(word)) > 0 }

// subsets are the non-empty subsets of the first words, larger ones first.
func subsets(words []string) (all [][]string) {
	words = words[:min(len(words), mostOthers)]
	for chosen := range 1 << len(words) {
		var some []string
		for i, w := range words {
			if chosen&(1<<i) != 0 {
				some = append(some, w)
			}
		}
		if len(some) > 0 {
			all = append(all, some)
		}
	}
	slices.SortStableFunc(all, func(a, b []string) int { return len(b) - len(a) })
	return all
}
