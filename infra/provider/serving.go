package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"speedscale/infra/mongoadmin"
)

const (
	// serveCheckInterval is how often the shards are checked while data is moved.
	serveCheckInterval = 2 * time.Second
	// maxOutage is how long a shard may have no primary. It is longer than any
	// election takes.
	maxOutage = 30 * time.Second
)

// errNotServing means that a shard has no primary, so that data can be moved neither
// to it nor from it.
var errNotServing = errors.New("a shard does not serve")

// whileShardsServe runs work, which moves data between shards. It cancels work when a
// shard has had no primary for maxOutage, since MongoDB would wait for one without a
// limit, and no other resource watches a shard that is being removed.
func (c Clients) whileShardsServe(ctx context.Context, router mongoadmin.Endpoint, work func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { cancel(c.awaitOutage(ctx, router)) })
	err := work(ctx)
	cancel(nil)
	watching.Wait()
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, errNotServing) {
		return cause
	}
	return err
}

// awaitOutage returns an error once not all shards have served for maxOutage, or nil
// when ctx is done.
func (c Clients) awaitOutage(ctx context.Context, router mongoadmin.Endpoint) error {
	tick := time.NewTicker(serveCheckInterval)
	defer tick.Stop()
	lastServed := time.Now()
	for {
		checked := time.Now()
		err := c.Admin.ShardsServe(ctx, router)
		if err == nil {
			lastServed = checked
		}
		if err != nil && ctx.Err() == nil && time.Since(lastServed) >= maxOutage {
			return fmt.Errorf("%w, and has not for %s, so no data can be moved: %w; start its members "+
				"(`speedscale status` lists them) and run up again: what was moved stays moved, and up continues from there", errNotServing, maxOutage, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
