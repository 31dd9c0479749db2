package explorer

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// asides are this page's own looks at keys. Redis counts them among the hits and
// misses, where they would pass for the shop's, so they are taken off again.
type asides struct {
	busy         chan struct{} // holds one: neither a look nor the figures may see half of the other
	run          string
	hits, misses int64
}

func newAsides() *asides { return &asides{busy: make(chan struct{}, 1)} }

func (a *asides) turn(ctx context.Context) (release func(), err error) {
	select {
	case a.busy <- struct{}{}:
		return func() { <-a.busy }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// of answers the looks at this run of Redis; its counts begin again with each.
func (a *asides) of(run string) (hits, misses int64) {
	if a.run != run {
		a.run, a.hits, a.misses = run, 0, 0
	}
	return a.hits, a.misses
}

// look runs commands that read keys. They are one transaction with two readings
// of Redis's counts, so that what lies between the two is theirs alone.
func (e *explorer) look(ctx context.Context, commands func(redis.Pipeliner)) error {
	release, err := e.asides.turn(ctx)
	if err != nil {
		return err
	}
	defer release()
	var before, after *redis.StringCmd
	_, err = e.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		before = pipe.Info(ctx, "server", "stats")
		commands(pipe)
		after = pipe.Info(ctx, "stats")
		return nil
	})
	if after.Err() != nil || after.Val() == "" { // the latter where the login was refused
		return err
	}
	// A single command may well have failed: the key has gone, or is another now.
	first, last := parseInfo(before.Val()), parseInfo(after.Val())
	e.asides.of(first["run_id"])
	e.asides.hits += last.number("keyspace_hits") - first.number("keyspace_hits")
	e.asides.misses += last.number("keyspace_misses") - first.number("keyspace_misses")
	return nil
}
