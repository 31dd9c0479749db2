package recommend

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/sync/errgroup"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/lexicon"
)

const (
	// Wanted is how many similar products there are to a product.
	Wanted = 4

	candidates = 32 // from each place looked at

	// What counts, and how much: the words, the category, the price.
	byText, byCategory, byPrice = 0.7, 0.15, 0.15
	// A word of the name says more of a product than one of its description.
	inName, inOther = 2, 1
)

// Store is where candidates come from.
type Store interface {
	Matching(ctx context.Context, match catalog.Match, limit int) ([]catalog.Product, error)
	First(ctx context.Context, limit int) ([]catalog.Product, error)
}

// Similar are the Wanted products most similar to p, the most similar first,
// never p itself; fewer only if there are no more.
func (m *Model) Similar(ctx context.Context, store Store, p catalog.Product) ([]catalog.Product, error) {
	words := m.learnt.Load().text
	places := places(words, p, m.Counts())
	lists := make([][]catalog.Product, len(places)+1)
	looked, among := errgroup.WithContext(ctx)
	for i, place := range places {
		looked.Go(func() (err error) {
			lists[i], err = store.Matching(among, place, candidates)
			return err
		})
	}
	err := looked.Wait()
	found := unlike(p, lists)
	if err == nil && len(found) < Wanted {
		lists[len(places)], err = store.First(ctx, Wanted+1)
		found = unlike(p, lists)
	}
	return closest(words, p, found), err
}

// unlike are the products of the lists, each once, without p.
func unlike(p catalog.Product, lists [][]catalog.Product) map[catalog.ID]catalog.Product {
	found := map[catalog.ID]catalog.Product{}
	for _, other := range slices.Concat(lists...) {
		found[other.ID] = other
	}
	delete(found, p.ID)
	return found
}

// places are where similar products are likely to be: among those that have two
// telling words of the name, and if these are few, one, or a word of the category.
func places(known *lexicon.Lexicon, p catalog.Product, counts catalog.Counts) (list []catalog.Match) {
	words := known.RarestFirst(telling(p.Name))
	words = words[:min(len(words), 3)]
	if len(words) > 1 {
		list = append(list, catalog.TwoOf(words))
		if catalog.CountTwoOf(words, counts) > 2*candidates {
			return list
		}
	}
	for _, some := range [][]string{words, catalog.Words(p.Category)} {
		if len(some) > 0 {
			list = append(list, catalog.OneOf(some))
		}
	}
	return list
}

// closest orders the candidates by similarity, and equals by id.
func closest(words *lexicon.Lexicon, p catalog.Product, found map[catalog.ID]catalog.Product) []catalog.Product {
	type scored struct {
		catalog.Product
		score float64
	}
	own := vector(words, p)
	list := make([]scored, 0, len(found))
	for _, other := range found {
		score := byText*cosine(own, vector(words, other)) + byPrice*likePrice(p.Price, other.Price)
		if p.Category == other.Category {
			score += byCategory
		}
		list = append(list, scored{other, score})
	}
	slices.SortFunc(list, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.ID, b.ID))
	})
	products := []catalog.Product{}
	for _, one := range list[:min(len(list), Wanted)] {
		products = append(products, one.Product)
	}
	return products
}

// vector is a product's words with their TF-IDF weights.
func vector(words *lexicon.Lexicon, p catalog.Product) map[string]float64 {
	v := map[string]float64{}
	add := func(text string, times float64) {
		for _, w := range telling(text) {
			v[w] += times * words.Weight(w)
		}
	}
	add(p.Name, inName)
	add(p.Category, inOther)
	add(p.Brand, inOther)
	add(p.Description, inOther)
	return v
}

// cosine is the similarity of two vectors, from 0 to 1. It sums in the order
// of the words: sums of floats differ with their order.
func cosine(a, b map[string]float64) float64 {
	dot, normA, normB := 0.0, 0.0, 0.0
	for _, w := range sortedKeys(a) {
		dot += a[w] * b[w]
		normA += a[w] * a[w]
	}
	for _, w := range sortedKeys(b) {
		normB += b[w] * b[w]
	}
	if normA == 0 || normB == 0 {
		return 0
	}
	return dot / math.Sqrt(normA*normB)
}

func sortedKeys(v map[string]float64) []string {
	keys := make([]string, 0, len(v))
	for w := range v {
		keys = append(keys, w)
	}
	slices.Sort(keys)
	return keys
}

// likePrice is 1 for equal prices, a half for twice the price, and so on.
func likePrice(a, b float64) float64 {
	if a <= 0 || b <= 0 {
		return 0
	}
	return math.Min(a, b) / math.Max(a, b)
}

// telling are the words that say what a product is: a model's number is rare,
// but two products that share it are not alike.
func telling(text string) []string {
	return slices.DeleteFunc(catalog.Words(text), func(w string) bool { return strings.ContainsFunc(w, unicode.IsDigit) })
}
