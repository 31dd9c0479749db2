// Package seed fills the shop with made-up products, the same ones each time.
package seed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"speedscale/app/internal/catalog"
)

const (
	batch        = 1000 // products; what is held in memory at once
	waitLogEvery = 10 * time.Second
	maxBackoff   = 5 * time.Second
)

// Store is where products are seeded.
type Store interface {
	HasIndexes(ctx context.Context) (bool, error)
	CountBetween(ctx context.Context, first, last catalog.ID) (int, error)
	Insert(ctx context.Context, products []catalog.Product) error
	Count(ctx context.Context) (int64, error)
	DropPairs(ctx context.Context) error
	EnsurePairs(ctx context.Context) error
}

// Seeder seeds once, in the background, and tells how far it is.
type Seeder struct {
	store  Store
	target int
	log    *slog.Logger
	state  atomic.Pointer[Progress]
}

// Progress is how far the seeding is.
type Progress struct {
	Phase  string `json:"phase" enum:"waiting,seeding,indexing,done,stopped" doc:"waiting for the index that gateway init makes; indexing: all is there, searches of several words are not fast yet"`
	Seeded int    `json:"seeded" doc:"products known to be there"`
	Target int    `json:"target" doc:"products wanted"`
	Reason string `json:"reason,omitempty" doc:"why it does not go on, as last seen"`
}

// New makes a seeder of target products; 0 seeds none.
func New(store Store, target int, log *slog.Logger) *Seeder {
	s := &Seeder{store: store, target: target, log: log}
	s.report("waiting", 0, nil)
	return s
}

// Progress is how far it is now.
func (s *Seeder) Progress() Progress { return *s.state.Load() }

// Run seeds what is missing and ends when all is there or ctx ends. Whatever
// fails is tried again; what an earlier run inserted is not inserted twice.
func (s *Seeder) Run(ctx context.Context) {
	start := time.Now()
	seeded, err := 0, s.waitForIndexes(ctx)
	if err == nil {
		err = s.makeWay(ctx)
	}
	for err == nil && seeded < s.target {
		last := min(seeded+batch, s.target)
		err = s.retry(ctx, "seeding", seeded, func() error { return s.seed(ctx, seeded, last) })
		if err == nil {
			seeded = last
			s.report("seeding", seeded, nil)
			if seeded*10/s.target > (seeded-batch)*10/s.target {
				s.log.Info("seeding", "seeded", seeded, "target", s.target, "seconds", int(time.Since(start).Seconds()))
			}
		}
	}
	if err == nil {
		err = s.index(ctx, seeded)
	}
	if err != nil {
		s.report("stopped", seeded, err)
		return
	}
	s.report("done", seeded, nil)
	s.log.Info("seeded", "products", seeded, "took", time.Since(start).Round(time.Millisecond).String())
}

var errNoIndexes = errors.New("the search index is not there yet: gateway init makes it")

// waitForIndexes keeps the seeder from creating the collection, unsharded, by
// its first insert.
func (s *Seeder) waitForIndexes(ctx context.Context) error {
	return s.retry(ctx, "waiting", 0, func() error {
		there, err := s.store.HasIndexes(ctx)
		if err == nil && !there {
			return errNoIndexes
		}
		return err
	})
}

// makeWay drops the index of pairs, which slows inserts down severalfold, where
// what is missing is so much that building the index anew costs less.
func (s *Seeder) makeWay(ctx context.Context) error {
	return s.retry(ctx, "seeding", 0, func() error {
		there, err := s.store.Count(ctx)
		if err != nil || s.target-int(there) <= s.target/10 {
			return err
		}
		return s.store.DropPairs(ctx)
	})
}

// index makes the index that is better built than inserted into.
func (s *Seeder) index(ctx context.Context, seeded int) error {
	s.report("indexing", seeded, nil)
	return s.retry(ctx, "indexing", seeded, func() error { return s.store.EnsurePairs(ctx) })
}

// seed makes sure of the products from first up to, not including, end.
func (s *Seeder) seed(ctx context.Context, first, end int) error {
	there, err := s.store.CountBetween(ctx, ID(first), ID(end-1))
	if err != nil {
		return err
	}
	if there == end-first {
		return nil
	}
	products := make([]catalog.Product, 0, end-first)
	for n := first; n < end; n++ {
		products = append(products, Product(n))
	}
	return s.store.Insert(ctx, products)
}

// retry tries until it works or ctx ends, and says now and then why it waits.
func (s *Seeder) retry(ctx context.Context, phase string, seeded int, try func() error) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 200*time.Millisecond, maxBackoff
	var logged time.Time
	notify := func(err error, _ time.Duration) {
		s.report(phase, seeded, err)
		if time.Since(logged) >= waitLogEvery {
			logged = time.Now()
			s.log.Warn("seeding waits", "phase", phase, "seeded", seeded, "reason", err)
		}
	}
	_, err := backoff.Retry(ctx, func() (struct{}, error) { return struct{}{}, try() },
		backoff.WithBackOff(pause), backoff.WithNotify(notify), backoff.WithMaxElapsedTime(0))
	if err != nil {
		return fmt.Errorf("%s: %w", phase, err)
	}
	return nil
}

func (s *Seeder) report(phase string, seeded int, reason error) {
	p := &Progress{Phase: phase, Seeded: seeded, Target: s.target}
	if reason != nil {
		p.Reason = reason.Error()
	}
	s.state.Store(p)
}
