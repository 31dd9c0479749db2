package main

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"speedscale/app/cmd/bench/internal/load"
	"speedscale/app/internal/catalog"
	"speedscale/app/internal/seed"
)

const (
	hotSet   = 20    // different requests that are hot
	wordsOf  = 2_000 // products whose words are searched for
	pageSize = 20    // products that a search answers with
)

// site is a gateway, or a way to it.
type site struct {
	name string
	base *url.URL
}

func (s site) requests(paths []string) (all []load.Request) {
	for _, path := range paths {
		all = append(all, load.Get(s.base, path))
	}
	return all
}

// route makes the path of the nth request, always the same for the same n.
type route struct {
	name string
	path func(n int64) string
	hot  func() []string
}

func routes(products int) []route {
	id := func(n int64) string { return string(seed.ID(int(n*7919) % products)) }
	search := func(n int64) string { return searchPath(query(n, products)) }
	product := func(n int64) string { return "/api/products/" + id(n) }
	similar := func(n int64) string { return "/api/products/" + id(n) + "/similar" }
	return []route{
		{"search", search, sync.OnceValue(func() []string { return hotSearches(products) })},
		{"product", product, func() []string { return first(product) }},
		{"similar", similar, func() []string { return first(similar) }},
	}
}

func searchPath(query string) string { return "/api/search?query=" + url.QueryEscape(query) }

func first(path func(n int64) string) (paths []string) {
	for n := range int64(hotSet) {
		paths = append(paths, path(n))
	}
	return paths
}

// cold are paths that differ, at another place each time, so that nothing is cached.
// There are fewer than count if the products have no more.
func (r route) cold(count int) (paths []string) {
	known := map[string]bool{}
	start := time.Now().UnixNano() % 1_000_000_007
	for n := range int64(20 * count) {
		path := r.path(start + n)
		if !known[path] {
			known[path] = true
			paths = append(paths, path)
		}
		if len(paths) == count {
			break
		}
	}
	return paths
}

// hotSearches are for words that many products have, whole and in the singular: each
// finds a full page, by the reference, too.
func hotSearches(products int) (paths []string) {
	words := frequent(products)
	for _, word := range words[:min(len(words), hotSet)] {
		paths = append(paths, searchPath(word))
	}
	return paths
}

// frequent are words of seeded products, that of most products first.
func frequent(products int) []string {
	counts := map[string]int{}
	for n := range min(products, wordsOf) {
		for _, term := range seed.Product(n).Terms() {
			if word := catalog.Unsigned(term); slices.Equal(catalog.ParseQuery(word).Words(), []string{word}) && catalog.Singular(word) == word {
				counts[word]++
			}
		}
	}
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
}

// query is what somebody may type who looks for some product: one to three
// words of its name and brand, the last one, half the time, not to its end.
func query(n int64, products int) string {
	random := rand.New(rand.NewPCG(uint64(n), 1))
	p := seed.Product(random.IntN(products))
	words := catalog.Words(p.Name + " " + p.Brand)
	random.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	words = words[:min([]int{1, 1, 2, 2, 3}[random.IntN(5)], len(words))]
	last := []rune(words[len(words)-1])
	if random.IntN(2) == 0 && len(last) > 2 {
		last = last[:2+random.IntN(len(last)-1)] // the page searches from two letters on
	}
	words[len(words)-1] = string(last)
	return strings.Join(words, " ")
}
