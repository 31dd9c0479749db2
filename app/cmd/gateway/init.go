package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cenkalti/backoff/v5"

	"speedscale/app/internal/config"
	"speedscale/app/internal/dependency"
	"speedscale/app/internal/mongostore"
	"speedscale/app/internal/rediscache"
)

// initialise is the cluster's one-shot job. It creates the indexes that the gateway
// needs, and checks that mongos and Redis work, in the same network as the gateway. It is
// idempotent.
func initialise(ctx context.Context, cfg config.Config, stdout io.Writer) (err error) {
	ctx, cancel := context.WithTimeout(ctx, cfg.InitTimeout)
	defer cancel()
	store, err := mongostore.Open(string(cfg.MongoURI), cfg.Database(), cfg.Trust, dependency.Observer{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeWithTimeout(store.Close)) }()
	redis, err := rediscache.Connect(string(cfg.RedisURL), cfg.Trust, dependency.Observer{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, redis.Close()) }()

	steps := []struct {
		done string
		do   func(context.Context) error
	}{
		{"Redis keeps what it is given", func(ctx context.Context) error { return rediscache.Check(ctx, redis) }},
		{"mongos answers", store.Ping},
		{"the search index is there", store.EnsureIndexes},
		{"mongos reads through the search index", store.CheckSearch},
	}
	for _, step := range steps {
		if err := retry(ctx, cfg.InitTimeout, step.do); err != nil {
			return err
		}
		_, _ = fmt.Fprintln(stdout, "init:", step.done)
	}
	return nil
}

// retry calls do until it succeeds. When ctx is done, it returns the last error of do.
// timeout is the timeout of ctx, for the message.
func retry(ctx context.Context, timeout time.Duration, do func(context.Context) error) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 100*time.Millisecond, time.Second
	var last error
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := do(ctx)
		if last == nil || ctx.Err() == nil { // an error that ctx itself caused says less than the one before
			last = err
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(0))
	if err != nil {
		return fmt.Errorf("init did not succeed within %s (INIT_TIMEOUT): %w", timeout, last)
	}
	return nil
}
