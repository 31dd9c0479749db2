// Package rediscache is the cache-aside in Redis, and what else the gateway
// keeps there. Redis slow, away or talking nonsense costs one short time-out
// now and then, never an answer.
package rediscache

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/sony/gobreaker/v2"

	"speedscale/app/internal/dependency"
)

const (
	timeout         = 250 * time.Millisecond // of one command, and of dialling
	breakerFailures = 3                      // in a row, after which nobody waits for Redis any more …
	breakerPause    = 1 * time.Second        // … until one command tries again
	maxConnections  = 64
)

// Connect prepares a client whose commands go through a circuit breaker; it
// does not wait for the server. Time-outs that the URL names, such as
// read_timeout, replace ours. trust is how a server is known that speaks TLS, as a
// URL with rediss:// says.
func Connect(url string, trust *tls.Config, observer dependency.Observer) (*redis.Client, error) {
	opts, err := redis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("open Redis: %w", err)
	}
	if opts.TLSConfig != nil && trust != nil {
		opts.TLSConfig = trust
	}
	opts.ClientName = "gateway"
	for _, t := range []*time.Duration{&opts.DialTimeout, &opts.ReadTimeout, &opts.WriteTimeout, &opts.PoolTimeout} {
		*t = cmp.Or(*t, timeout)
	}
	opts.PoolSize = maxConnections
	opts.ContextTimeoutEnabled = true
	opts.MaxRetries, opts.DialerRetries = -1, 1 // a retry would be a second time-out
	opts.DisableIdentity = true
	opts.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	client := redis.NewClient(opts)
	client.AddHook(newBreaker(observer))
	return client, nil
}

type silent struct{}

// Every failed command is reported by whoever gave it.
func init() { redis.SetLogger(silent{}) }

func (silent) Printf(context.Context, string, ...any) {}

// breaker fails commands at once while Redis is known to be away.
type breaker struct {
	*dependency.Breaker[struct{}]
	observer dependency.Observer
}

func newBreaker(observer dependency.Observer) *breaker {
	return &breaker{observer: observer, Breaker: dependency.NewBreaker[struct{}](dependency.Settings{
		Name: "redis", Failures: breakerFailures, Pause: breakerPause, Answered: answered, Excluded: ours,
	}, observer)}
}

var (
	// errOpen means that Redis was not asked.
	errOpen = errors.New("redis did not answer and is not asked for a moment")
	// errRefused means that Redis does not take the gateway's login.
	errRefused = errors.New("Redis refuses the gateway's login (REDIS_URL, REDIS_PASSWORD_FILE)")
)

// patience is what one request has: one time-out of Redis, not one a command.
type patience struct{ spent atomic.Bool }

type patienceKey struct{}

// Patient is ctx for one request: after one of its commands has failed, the
// others fail at once.
func Patient(ctx context.Context) context.Context {
	if ctx.Value(patienceKey{}) != nil {
		return ctx
	}
	return context.WithValue(ctx, patienceKey{}, new(patience))
}

// impatient is ctx for who asks again after a failure.
func impatient(ctx context.Context) context.Context {
	return context.WithValue(ctx, patienceKey{}, (*patience)(nil))
}

// guarded marks the context of a command that the breaker counts already: a
// command that finds no connection makes one, and that takes commands too.
type guarded struct{}

func (b *breaker) do(ctx context.Context, operation string, ask func(context.Context) error) error {
	if ctx.Value(guarded{}) != nil {
		return ask(ctx)
	}
	patience, _ := ctx.Value(patienceKey{}).(*patience)
	if patience != nil && patience.spent.Load() {
		return b.notAsked()
	}
	start := time.Now()
	_, err := b.Execute(func() (struct{}, error) {
		err := ask(context.WithValue(ctx, guarded{}, true))
		if redis.HasErrorPrefix(err, "WRONGPASS") || redis.HasErrorPrefix(err, "NOAUTH") {
			err = fmt.Errorf("%w: %w", errRefused, err)
		}
		return struct{}{}, err
	})
	switch {
	case errors.Is(err, gobreaker.ErrOpenState), errors.Is(err, gobreaker.ErrTooManyRequests):
		return b.notAsked()
	case !answered(err) && !ours(err):
		if patience != nil {
			patience.spent.Store(true)
		}
	}
	b.observer.Done(ctx, operation, time.Since(start), answered(err))
	return err
}

// notAsked is errOpen with the reason why.
func (b *breaker) notAsked() error { return fmt.Errorf("%w: %w", errOpen, b.Cause()) }

// answered tells whether Redis answered, be it with an error of its own. One that
// refuses the login has not: each command would be another login.
func answered(err error) bool {
	var answer redis.Error
	return err == nil || errors.As(err, &answer) && !errors.Is(err, errRefused)
}

// ours tells whether a command failed for a reason that says nothing of Redis:
// its caller went away, or more commands are under way than connections.
func ours(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, redis.ErrPoolTimeout)
}

// DialHook leaves dialling as it is: the command that dials is counted.
func (b *breaker) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

// ProcessHook guards one command.
func (b *breaker) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return b.do(ctx, cmd.Name(), func(ctx context.Context) error { return next(ctx, cmd) })
	}
}

// ProcessPipelineHook guards several.
func (b *breaker) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := b.do(ctx, "pipeline", func(ctx context.Context) error { return next(ctx, cmds) })
		// go-redis leaves the commands without an error where the login failed.
		if errors.Is(err, errOpen) || errors.Is(err, errRefused) {
			for _, cmd := range cmds {
				cmd.SetErr(err)
			}
		}
		return err
	}
}
