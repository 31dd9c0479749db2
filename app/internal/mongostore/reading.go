package mongostore

import (
	"math"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"speedscale/app/internal/catalog"
)

// Longer texts than these are not shown, in bytes: pages of them would not fit
// into memory.
const (
	maxText        = 1_000
	maxDescription = 16_000
)

// Others write products, too. Whatever is in a document, the server gives these
// fields in these types: so no document can fail a search.
var (
	textFields = bson.D{
		{Key: "name", Value: text("name", maxText)},
		{Key: "category", Value: text("category", maxText)},
		{Key: "brand", Value: text("brand", maxText)},
		{Key: "description", Value: text("description", maxDescription)},
	}
	clientFields = slices.Concat(textFields, bson.D{
		{Key: "imageUrl", Value: text("imageUrl", maxText)},
		{Key: "price", Value: as("double", "price")},
		{Key: "rating", Value: as("double", "rating")},
		{Key: "inStock", Value: bson.D{{Key: "$eq", Value: bson.A{"$inStock", true}}}},
		{Key: "createdAt", Value: as("date", "createdAt")},
	})
)

// text is the field if it is a text that is not too long, else an empty one.
func text(field string, atMost int) bson.D {
	short := bson.D{{Key: "$lte", Value: bson.A{bson.D{{Key: "$strLenBytes", Value: "$" + field}}, atMost}}}
	return either(isType("$"+field, "string"), either(short, "$"+field, ""), "")
}

// as is the field as a value of that type, null if it cannot be one.
func as(kind, field string) bson.D {
	return bson.D{{Key: "$convert", Value: bson.D{
		{Key: "input", Value: "$" + field}, {Key: "to", Value: kind}, {Key: "onError", Value: nil}, {Key: "onNull", Value: nil},
	}}}
}

func isType(what, kind string) bson.D {
	return bson.D{{Key: "$eq", Value: bson.A{bson.D{{Key: "$type", Value: what}}, kind}}}
}

func either(condition, then, otherwise any) bson.D {
	return bson.D{{Key: "$cond", Value: bson.A{condition, then, otherwise}}}
}

// found is a product as the server gives it with these fields.
type found struct {
	ID          bson.RawValue  `bson:"_id"`
	Name        string         `bson:"name"`
	Price       *float64       `bson:"price"`
	Description string         `bson:"description"`
	Category    string         `bson:"category"`
	Brand       string         `bson:"brand"`
	InStock     bool           `bson:"inStock"`
	Rating      *float64       `bson:"rating"`
	ImageURL    string         `bson:"imageUrl"`
	CreatedAt   *bson.DateTime `bson:"createdAt"`
	Marks       []string       `bson:"marks"` // where withMarks asks for them
}

// product is what clients see of it. Not ok means that it cannot be shown: it
// has no name, or an id that no address can have.
func (f found) product() (p catalog.Product, ok bool) {
	id, isID := f.ID.ObjectIDOK()
	p = catalog.Product{
		ID: catalog.ID(id.Hex()), Name: valid(f.Name), Price: between(f.Price, math.MaxFloat64), Description: valid(f.Description),
		Category: valid(f.Category), Brand: valid(f.Brand), InStock: f.InStock, Rating: between(f.Rating, 5), ImageURL: valid(f.ImageURL),
		CreatedAt: catalog.Time(id.Timestamp()), // when it has no time of its own
	}
	if f.CreatedAt != nil {
		if at := f.CreatedAt.Time().UTC(); at.Year() > 0 && at.Year() < 10_000 {
			p.CreatedAt = catalog.Time(at)
		}
	}
	return p, isID && strings.TrimSpace(p.Name) != ""
}

func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// between is the number from 0 to most; 0 for what is no such number.
func between(n *float64, most float64) float64 {
	if n == nil || math.IsNaN(*n) || *n < 0 || math.IsInf(*n, 0) {
		return 0
	}
	return min(*n, most)
}

// products are those that can be shown.
func products(list []found) []catalog.Product {
	shown := make([]catalog.Product, 0, len(list))
	for _, f := range list {
		if p, ok := f.product(); ok {
			shown = append(shown, p)
		}
	}
	return shown
}
