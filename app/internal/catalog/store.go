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
	// ErrInPart means that the store answers, but a part of it does not.
	ErrInPart = errors.New("a part of the store does not answer")
)

// Store holds the products. Each method answers ErrUnavailable, wrapped with
// its cause, when the store cannot be asked.
type Store interface {
	// Search finds the products of plan, the best matches first; the order of a
	// plan is always the same.
	Search(ctx context.Context, plan []Match, page Page) ([]Product, error)
	// Product finds one product, or answers ErrNotFound.
	Product(ctx context.Context, id ID) (Product, error)
	// Count is roughly the number of products.
	Count(ctx context.Context) (int64, error)
	// Ping tells whether the store answers, all of it: else ErrUnavailable, or
	// ErrInPart.
	Ping(ctx context.Context) error
}
