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
	// servingEvery is how often the shards are asked while data is moved.
	servingEvery = 2 * time.Second
	// silentFor is longer than any election takes.
	silentFor = 30 * time.Second
)

// errSilent: a shard that has no primary can neither give data away nor take it.
var errSilent = errors.New("a shard does not serve")

// whileShardsServe does work that moves data between shards, and ends it when
// one of them has no primary for long: servers wait for one without end, and a
// shard that is to leave is nobody else's to look after.
func (c Clients) whileShardsServe(ctx context.Context, router mongoadmin.Endpoint, work func(context.Context) error) error {
	ctx, end := context.WithCancelCause(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { end(c.silence(ctx, router)) })
	err := work(ctx)
	end(nil)
	watching.Wait()
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, errSilent) {
		return cause
	}
	return err
}

// silence comes back when the shards have not all answered for long, with the
// reason, or at the context's end.
func (c Clients) silence(ctx context.Context, router mongoadmin.Endpoint) error {
	tick := time.NewTicker(servingEvery)
	defer tick.Stop()
	since := time.Now()
	for {
		asked := time.Now()
		err := c.Admin.ShardsServe(ctx, router)
		if err == nil {
			since = asked
		}
		if err != nil && ctx.Err() == nil && time.Since(since) >= silentFor {
			return fmt.Errorf("%w, so that no data can be moved, for %s now: %w; start its members, "+
				"`speedscale status` names them: what was moved stays moved, and the next up goes on", errSilent, silentFor, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
