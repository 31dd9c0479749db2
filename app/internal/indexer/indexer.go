// Package indexer makes products searchable that others have written, an earlier
// gateway say: they lack the terms that searches look for.
package indexer

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

const (
	batch     = 500              // products at once
	many      = 10_000           // so many are sooner indexed without the index of pairs, which is made again then
	lookEvery = 10 * time.Second // for products without terms
	within    = 20 * time.Second // one batch
)

// named is how many products that cannot be shown the log names.
const named = 5

// Store is where the products are.
type Store interface {
	// IndexMissing gives up to limit products that have no terms theirs, and
	// answers how many, and the ids of those that cannot be shown.
	IndexMissing(ctx context.Context, limit int) (done int, hidden []string, err error)
	// RestoreIndexes makes the indexes that this needs, and that of pairs again if
	// it has been dropped.
	RestoreIndexes(ctx context.Context) (pairsRestored bool, err error)
	DropPairs(ctx context.Context) error
	EnsurePairs(ctx context.Context) error
}

// Run indexes until ctx ends.
func Run(ctx context.Context, store Store, log *slog.Logger) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if restored, err := store.RestoreIndexes(ctx); err != nil && ctx.Err() == nil {
			log.Warn("an index is missing: searches of several words may be slow, and products of others are not found", "reason", err)
		} else if restored {
			log.Info("made the index of pairs again, which had been dropped")
		}
		all(ctx, store, log)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// all indexes batch by batch, and tells what came of it.
func all(ctx context.Context, store Store, log *slog.Logger) {
	done := 0
	var hidden []string
	var err error
	for {
		var n int
		var more []string
		n, more, err = one(ctx, store)
		done, hidden = done+n, append(hidden, more...)
		if err != nil || n < batch {
			break
		}
		if done == many {
			log.Info("many products get other terms, after an upgrade say: searches find them as that goes on")
			if err = store.DropPairs(ctx); err != nil {
				break
			}
		}
	}
	if done >= many {
		err = errors.Join(err, store.EnsurePairs(ctx))
	}
	if err != nil && ctx.Err() == nil {
		log.Warn("products written by others are not searchable yet", "reason", err)
	}
	if done > 0 {
		log.Info("made products searchable that others have written", "products", done-len(hidden))
	}
	if len(hidden) > 0 {
		log.Warn("products that others have written cannot be shown: each needs a name of at most 1,000 bytes, and an ObjectId as _id",
			"products", len(hidden), "ids", hidden[:min(len(hidden), named)])
	}
}

func one(ctx context.Context, store Store) (done int, hidden []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return store.IndexMissing(ctx, batch)
}
