package mongostore

import (
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"speedscale/app/internal/catalog"
)

// document is a product as we write it: what clients see, and what the search
// index is made of.
type document struct {
	ID          bson.ObjectID `bson:"_id"`
	Name        string        `bson:"name"`
	Price       float64       `bson:"price"`
	Description string        `bson:"description"`
	Category    string        `bson:"category"`
	Brand       string        `bson:"brand"`
	InStock     bool          `bson:"inStock"`
	Rating      float64       `bson:"rating"`
	ImageURL    string        `bson:"imageUrl"`
	CreatedAt   time.Time     `bson:"createdAt"`
	Terms       []string      `bson:"terms"`
	Pairs       []string      `bson:"pairs"`
	Rank        int           `bson:"rank"`
	Indexed     int           `bson:"indexed"` // the version of the three
}

func newDocument(p catalog.Product) (document, error) {
	id, err := bson.ObjectIDFromHex(string(p.ID))
	if err != nil {
		return document{}, fmt.Errorf("product id %q: %w", p.ID, err)
	}
	return document{
		ID: id, Name: p.Name, Price: p.Price, Description: p.Description, Category: p.Category, Brand: p.Brand,
		InStock: p.InStock, Rating: p.Rating, ImageURL: p.ImageURL, CreatedAt: time.Time(p.CreatedAt),
		Terms: p.Terms(), Pairs: p.Pairs(), Rank: p.Rank(), Indexed: catalog.TermsVersion,
	}, nil
}
