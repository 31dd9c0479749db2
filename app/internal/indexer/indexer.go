// Package indexer makes products searchable that others have written: they
// lack the terms that searches look for.
package indexer

import (
	"context"
	"log/slog"
	"time"
)

const (
	batch     = 500              // products at once
	lookEvery = 10 * time.Second // for products without terms
	within    = 20 * time.Second // one batch
)

// Store is where the products are.
type Store interface {
	// IndexMissing gives up to limit products that have no terms theirs, and
	// answers how many.
	IndexMissing(ctx context.Context, limit int) (int, error)
	// RestorePairs makes the index of pairs again if it has been dropped.
	RestorePairs(ctx context.Context) (restored bool, err error)
}

// Run indexes until ctx ends.
func Run(ctx context.Context, store Store, log *slog.Logger) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if n, err := all(ctx, store); err != nil && ctx.Err() == nil {
			log.Warn("products written by others are not searchable yet", "reason", err)
		} else if n > 0 {
			log.Info("made products searchable that others have written", "products", n)
		}
		if restored, err := store.RestorePairs(ctx); err != nil && ctx.Err() == nil {
			log.Warn("the index of pairs is gone, searches of several words are slow", "reason", err)
		} else if restored {
			log.Info("made the index of pairs again, which had been dropped")
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func all(ctx context.Context, store Store) (int, error) {
	done := 0
	for {
		n, err := one(ctx, store)
		done += n
		if err != nil || n < batch {
			return done, err
		}
	}
}

func one(ctx context.Context, store Store) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return store.IndexMissing(ctx, batch)
}
