package catalog

import (
	"context"
	"errors"
)

var (
	// ErrNotFound means that there is no such product.
	ErrNotFound = errors.New("product not found")
	// ErrUnavailable means that the store did not answer in time or at all.
	ErrUnavailable = errors.New("store unavailable")
	// ErrMoment means that the store stopped answering only moments ago: it may be
	// worth asking again. It is an ErrUnavailable, too.
	ErrMoment = errors.New("for a moment so far")
	// ErrRefused means that the store does not take the gateway's login, or does not
	// let that user do what it must. It is an ErrUnavailable, too.
	ErrRefused = errors.New("MongoDB refuses the gateway's login (MONGO_URI, MONGO_PASSWORD_FILE)")
	// ErrInPart means that the store answers, but a part of it does not.
	ErrInPart = errors.New("a part of the store does not answer")
)

// MostCounted is up to how many products of a search are counted.
const MostCounted = 1000

// Results are a page of a search.
type Results struct {
	Products []Product
	Total    int  // products that match, of all pages: at most MostCounted
	More     bool // there are more than Total
}

// Store holds the products. Each method answers ErrUnavailable, wrapped with
// its cause, when the store cannot be asked.
type Store interface {
	// Search finds the products of plan, the best matches first; the order of a
	// plan is always the same.
	Search(ctx context.Context, plan Plan, page Page) (Results, error)
	// Product finds one product, or answers ErrNotFound.
	Product(ctx context.Context, id ID) (Product, error)
	// Count is roughly the number of products.
	Count(ctx context.Context) (int64, error)
	// Ping tells whether the store answers, all of it: else ErrUnavailable, or
	// ErrInPart.
	Ping(ctx context.Context) error
}
