package main

import (
	"math/rand/v2"
	"net/url"
	"strings"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/seed"
)

// route makes the path of the nth request, always the same for the same n.
type route struct {
	name string
	path func(n int64) string
}

func routes(products int) []route {
	id := func(n int64) string { return string(seed.ID(int(n*7919) % products)) }
	return []route{
		{"search", func(n int64) string { return "/api/search?query=" + url.QueryEscape(query(n, products)) }},
		{"product", func(n int64) string { return "/api/products/" + id(n) }},
		{"similar", func(n int64) string { return "/api/products/" + id(n) + "/similar" }},
	}
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
