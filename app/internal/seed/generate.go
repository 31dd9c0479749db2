package seed

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/brianvoe/gofakeit/v7"

	"speedscale/app/internal/catalog"
)

const (
	stream = 0x5feed5ca37 // of the random numbers; another one means another shop
	idLen  = 24
)

var (
	firstCreated = time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC)
	createdEvery = 13 * time.Second
	idPrefix     = fmt.Sprintf("%08x5eed5ca1e0", firstCreated.Unix()) // a time and a machine, as ids have them
)

// ID is the id of the nth seeded product, from 0. It is always the same, so a
// product that is inserted again is a duplicate, not another product.
func ID(n int) catalog.ID {
	return catalog.ID(fmt.Sprintf("%s%0*x", idPrefix, idLen-len(idPrefix), n))
}

// Product is the nth seeded product, from 0: the same on every machine.
func Product(n int) catalog.Product {
	random := rand.New(rand.NewPCG(stream, uint64(n)))
	d := pick(random, departments)
	k := popular(random, d.kinds)
	use := popular(random, k.uses)
	return catalog.Product{
		ID:          ID(n),
		Name:        d.name(random, use, k.thing),
		Price:       price(random, k),
		Description: description(random, d, k, use),
		Category:    d.category,
		Brand:       pick(random, d.brands),
		InStock:     random.IntN(8) > 0,
		Rating:      rating(random),
		ImageURL:    fmt.Sprintf("https://picsum.photos/seed/%d/400/300", random.IntN(10_000)),
		CreatedAt:   catalog.Time(firstCreated.Add(time.Duration(n) * createdEvery)),
	}
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

// popular favours what comes first: a shop has more laptops than webcams, and more
// of them are for games than for travelling.
func popular[T any](random *rand.Rand, from []T) T {
	return from[int(math.Pow(random.Float64(), 1.5)*float64(len(from)))]
}

// namer names a product, for a use such as "Gaming" and a thing such as "Laptop".
type namer func(random *rand.Rand, use, thing string) string

// byModel is "Silent Gaming Laptop K4". A number is one that every hundredth
// product or so has: many more would make the search index large for words that
// nobody looks for.
func byModel(random *rand.Rand, use, thing string) string {
	return fmt.Sprintf("%s %s %s %c%d", pick(random, technical), use, thing, "ABCEGHKLMRTX"[random.IntN(12)], 1+random.IntN(9))
}

// byColour is "Timeless Linen Dress, Navy".
func byColour(random *rand.Rand, use, thing string) string {
	return fmt.Sprintf("%s %s %s, %s", pick(random, everyday), use, thing, pick(random, colours))
}

// bySize is "Gentle Organic Shampoo, 250 ml".
func bySize(random *rand.Rand, use, thing string) string {
	return fmt.Sprintf("%s %s %s, %d ml", pick(random, everyday), use, thing, pick(random, []int{50, 75, 100, 150, 200, 250}))
}

// bySubject is "Illustrated Travel Guide: Norway by Ada Berg".
func bySubject(random *rand.Rand, use, thing string) string {
	return fmt.Sprintf("%s %s: %s by %s", use, thing, pick(random, subjects[thing]), pick(random, authors))
}

// authors are few, as models are.
var authors = func() (names []string) {
	faker := gofakeit.NewFaker(rand.NewPCG(stream, stream), false)
	for range 12 {
		names = append(names, faker.Name())
	}
	return names
}()

func (d department) name(random *rand.Rand, use, thing string) string {
	if named, ok := d.other[thing]; ok {
		return named(random, use, thing)
	}
	return d.named(random, use, thing)
}

// description says what the thing is, what the use means, and what the shop does.
func description(random *rand.Rand, d department, k kind, use string) string {
	return strings.Join([]string{pick(random, k.about), uses[use], pick(random, d.service)}, " ")
}

// price favours the cheap end, as shops do, and ends as prices do.
func price(random *rand.Rand, k kind) float64 {
	amount := k.cheapest * math.Pow(k.dearest/k.cheapest, math.Pow(random.Float64(), 1.3))
	switch {
	case amount < 20:
		return math.Floor(amount) + pick(random, []float64{0.49, 0.99})
	case amount < 200:
		return math.Floor(amount) + pick(random, []float64{0.90, 0.95, 0.99})
	}
	return math.Floor(amount/10)*10 + 9
}

// rating is around 4.2 stars: most products are liked.
func rating(random *rand.Rand) float64 {
	return math.Round(min(5, max(1, 4.2+0.5*random.NormFloat64()))*10) / 10
}
