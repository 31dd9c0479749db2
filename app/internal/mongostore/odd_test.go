package mongostore

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"speedscale/app/internal/catalog"
)

// odd are products as others may write them.
var odd = map[string]struct {
	doc   bson.D
	shown bool // once it has its terms
}{
	"all that ours have":    {bson.D{{Key: "price", Value: 12.5}, {Key: "category", Value: "Home"}, {Key: "brand", Value: "B"}, {Key: "inStock", Value: true}, {Key: "createdAt", Value: time.Now()}}, true},
	"a name alone":          {bson.D{}, true},
	"a price as text":       {bson.D{{Key: "price", Value: "12"}}, true},
	"a price in words":      {bson.D{{Key: "price", Value: "twelve"}}, true},
	"a price below zero":    {bson.D{{Key: "price", Value: -1}}, true},
	"a price without end":   {bson.D{{Key: "price", Value: math.Inf(1)}, {Key: "rating", Value: math.NaN()}}, true},
	"a decimal price":       {bson.D{{Key: "price", Value: bson.NewDecimal128(0x303c000000000000, 1250)}, {Key: "rating", Value: int64(9)}}, true},
	"nested values":         {bson.D{{Key: "price", Value: bson.D{{Key: "eur", Value: 1}}}, {Key: "category", Value: bson.A{"Home"}}, {Key: "brand", Value: bson.D{}}, {Key: "description", Value: 5}, {Key: "inStock", Value: "yes"}}, true},
	"nothing":               {bson.D{{Key: "price", Value: nil}, {Key: "category", Value: nil}, {Key: "createdAt", Value: nil}, {Key: "rating", Value: nil}, {Key: "terms", Value: nil}}, true},
	"a date as text":        {bson.D{{Key: "createdAt", Value: "2025-01-01"}}, true},
	"a date out of range":   {bson.D{{Key: "createdAt", Value: bson.DateTime(math.MaxInt64)}}, true},
	"a date before all":     {bson.D{{Key: "createdAt", Value: bson.DateTime(math.MinInt64)}}, true},
	"a huge description":    {bson.D{{Key: "description", Value: strings.Repeat("long ", 2<<20)}}, true},
	"a huge category":       {bson.D{{Key: "category", Value: strings.Repeat("c", 1<<20)}}, true},
	"text that is no UTF-8": {bson.D{{Key: "brand", Value: "\xff\xfe"}, {Key: "description", Value: "\xc3"}}, true},
	"an id as text":         {bson.D{{Key: "_id", Value: "lamp-1"}}, false},
	"an id as a number":     {bson.D{{Key: "_id", Value: 7}}, false},
	"an id with parts":      {bson.D{{Key: "_id", Value: bson.D{{Key: "shop", Value: 1}}}}, false},
	"no name":               {bson.D{{Key: "name", Value: nil}}, false},
	"a name as a number":    {bson.D{{Key: "name", Value: 12}}, false},
	"a name in parts":       {bson.D{{Key: "name", Value: bson.A{"Odd", "Thing"}}}, false},
	"an empty name":         {bson.D{{Key: "name", Value: " "}}, false},
	"a huge name":           {bson.D{{Key: "name", Value: strings.Repeat("Odd Thing ", 1<<17)}}, false},
	"terms of its own":      {bson.D{{Key: "terms", Value: "=odd"}, {Key: "pairs", Value: "odd+thi"}, {Key: "rank", Value: "first"}}, true},
	"terms that are none":   {bson.D{{Key: "terms", Value: bson.A{"=odd", "odd", 5, nil, bson.D{}}}, {Key: "pairs", Value: bson.A{"odd+thi", 7}}}, true},
	"terms in a document":   {bson.D{{Key: "terms", Value: bson.D{{Key: "=odd", Value: 1}}}, {Key: "pairs", Value: 5}}, true},
}

// Whatever others have written, searches go on, and show what can be shown.
func TestOddProductsSpoilNothing(t *testing.T) {
	s := filled(t, product(1, "Desk Lamp", "Home", "Nova"))
	for what, c := range odd {
		doc := append(bson.D{}, c.doc...)
		if !has(doc, "name") {
			doc = append(doc, bson.E{Key: "name", Value: "Odd Thing " + what})
		}
		_, err := s.products.InsertOne(t.Context(), doc)
		require.NoError(t, err, what)
	}
	whole := catalog.Page{Number: 1, Size: 100}
	searches := func() {
		t.Helper()
		for _, pairs := range []bool{true, false} {
			s.pairs.Store(pairs)
			require.Equal(t, []string{"Desk Lamp"}, names(t, s, "desk lamp", whole))
			for _, query := range []string{"lamp", "unknown", "odd thing", "odd thin", "od unknown", "thing od", "lamp odd", "unknown words here"} {
				names(t, s, query, whole)
			}
			s.pairs.Store(true)
		}
		_, err := s.First(t.Context(), 50)
		require.NoError(t, err)
		sampled := 0
		require.NoError(t, s.Sample(t.Context(), 1000, func(catalog.Product) { sampled++ }))
		require.Positive(t, sampled)
	}
	searches()
	n, hidden, err := s.IndexMissing(t.Context(), 500)
	require.NoError(t, err)
	require.Positive(t, n)
	require.Len(t, hidden, 8)
	require.Contains(t, hidden, `"lamp-1"`)
	n, _, err = s.IndexMissing(t.Context(), 500)
	require.NoError(t, err)
	require.Zero(t, n, "nothing is looked at for ever")
	searches()

	found, err := s.Search(t.Context(), catalog.NewPlan([]string{"odd"}, unknown{}), whole)
	require.NoError(t, err)
	shown := map[string]catalog.Product{}
	for _, p := range found.Products {
		shown[strings.TrimPrefix(p.Name, "Odd Thing ")] = p
		_, err := s.Product(t.Context(), p.ID)
		require.NoError(t, err)
	}
	for what, c := range odd {
		p, is := shown[what]
		require.Equal(t, c.shown, is, what)
		if !is {
			continue
		}
		require.False(t, math.IsNaN(p.Price) || math.IsInf(p.Price, 0) || p.Price < 0, what)
		require.False(t, math.IsNaN(p.Rating) || p.Rating < 0 || p.Rating > 5, what)
		require.Len(t, p.CreatedAt.String(), len("2025-01-01T00:00:00.000000"), what)
		require.LessOrEqual(t, len(p.Category), maxText, what)
		require.LessOrEqual(t, len(p.Description), maxDescription, what)
	}
	require.Equal(t, 12.0, shown["a price as text"].Price)
	require.Equal(t, 12.5, shown["a decimal price"].Price)
	require.Equal(t, 5.0, shown["a decimal price"].Rating)
}

func has(doc bson.D, key string) bool {
	for _, e := range doc {
		if e.Key == key {
			return true
		}
	}
	return false
}
