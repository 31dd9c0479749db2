package seed

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/brianvoe/gofakeit/v7"

	"speedscale/app/internal/catalog"
)

const (
	stream = 0x5feed5ca1e // of the random numbers; another one means another shop
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
	name := fmt.Sprintf("%s %s %s %s", pick(random, qualities), pick(random, d.uses), pick(random, d.things), model(random))
	return catalog.Product{
		ID:          ID(n),
		Name:        name,
		Price:       price(random, d),
		Description: gofakeit.NewFaker(random, false).ProductDescription(),
		Category:    d.name,
		Brand:       pick(random, brands),
		InStock:     random.IntN(5) > 0,
		Rating:      math.Round((1+4*math.Sqrt(random.Float64()))*10) / 10, // most products are liked
		ImageURL:    fmt.Sprintf("https://picsum.photos/seed/%d/400/300", random.IntN(10_000)),
		CreatedAt:   catalog.Time(firstCreated.Add(time.Duration(n) * createdEvery)),
	}
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

// model is a number of its own for every hundredth product or so: many more
// would make the search index large for words that nobody looks for.
func model(random *rand.Rand) string {
	return fmt.Sprintf("%c%d", "ABCEGHKLMRTX"[random.IntN(12)], 1+random.IntN(9))
}

// price favours the cheap end, as shops do.
func price(random *rand.Rand, d department) float64 {
	part := random.Float64()
	return math.Round((d.cheapest+part*part*(d.dearest-d.cheapest))*100) / 100
}
