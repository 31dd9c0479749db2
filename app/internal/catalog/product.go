// Package catalog is the gateway's domain: products, queries, and the store
// that holds them. It knows neither HTTP, nor MongoDB, nor Redis.
package catalog

import (
	"cmp"
	"encoding/hex"
	"strings"
	"time"
)

// ID is a product's id: 24 hexadecimal digits in lower case.
type ID string

// ParseID reads an id in either case; false means that no product can have it.
func ParseID(s string) (ID, bool) {
	if len(s) != 24 {
		return "", false
	}
	if _, err := hex.DecodeString(s); err != nil {
		return "", false
	}
	return ID(strings.ToLower(s)), true
}

// Product is one product as clients see it.
type Product struct {
	ID          ID      `json:"_id" pattern:"^[0-9a-f]{24}$" doc:"24 hexadecimal digits"`
	Name        string  `json:"name"`
	Price       float64 `json:"price" minimum:"0"`
	Description string  `json:"description"`
	Category    string  `json:"category"`
	Brand       string  `json:"brand"`
	InStock     bool    `json:"inStock"`
	Rating      float64 `json:"rating" minimum:"0" maximum:"5"`
	ImageURL    string  `json:"imageUrl"`
	CreatedAt   Time    `json:"createdAt"`
}

// Rank orders products that match a query equally well, highest first: what is
// in stock, by rating roughly, before what is not. It has few values, because
// entries of the search index that are equal but for their id lie together:
// products that come in the order of their ids are then added where the last ones
// were, and not all over an index that memory does not hold.
func (p Product) Rank() int {
	switch {
	case !p.InStock:
		return 0
	case p.Rating < 4.3:
		return 1
	}
	return 2
}

// Compare orders such products exactly: stock, rating, id. It is negative if p
// comes first.
func (p Product) Compare(other Product) int {
	if p.InStock != other.InStock {
		return other.Rank() - p.Rank()
	}
	return cmp.Or(cmp.Compare(other.Rating, p.Rating), cmp.Compare(p.ID, other.ID))
}

// timeLayout is how the clients know times: UTC, microseconds, no zone.
const timeLayout = "2006-01-02T15:04:05.000000"

// Time is a time in the clients' format.
type Time time.Time

// String is the time as clients read it.
func (t Time) String() string { return time.Time(t).UTC().Format(timeLayout) }

// MarshalText makes it the JSON string.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (t *Time) UnmarshalText(b []byte) error {
	parsed, err := time.Parse(timeLayout, string(b))
	if err != nil {
		return err
	}
	*t = Time(parsed)
	return nil
}
