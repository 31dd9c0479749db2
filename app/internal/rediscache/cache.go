package rediscache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/bsm/redislock"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"

	"speedscale/app/internal/catalog"
)

const (
	loadTimeout = 4 * time.Second  // of one load, whoever waits for it
	negativeTTL = 10 * time.Second // of "there is none"
	staleFactor = 10               // a spare copy outlives its entry by this
	stalePrefix = "stale:"
	jitter      = 0.1 // entries live up to this much shorter, so that they do not end together
	loadPause   = 100 * time.Millisecond
)

// Class is a kind of entry: one TTL, one row of the statistics.
type Class string

// The classes of entries; a key starts with its class and a colon.
const (
	Search  Class = "search"
	Product Class = "product"
	Similar Class = "similar"
)

// TTLs is how long entries of each class live.
type TTLs map[Class]time.Duration

// Origin is where an answer came from.
type Origin int

// The origins: loaded just now, from the cache, from a spare copy in it because the load
// failed, or a copy of what the cache had less than a second before.
const (
	Loaded Origin = iota
	Cached
	Stale
	Copied
)

// Value is what was loaded; an empty one is kept only briefly.
type Value struct {
	JSON  []byte // an object
	Empty bool
}

// Cache is a cache-aside: at most one load a key at a time, of all gateways.
type Cache struct {
	redis  *redis.Client
	ttls   TTLs
	locks  *redislock.Client
	flight singleflight.Group
	// lockWait is how long one waits for another gateway's load.
	lockWait time.Duration
	near     near
	stats    *Stats
	log      *slog.Logger
}

// New makes a cache in client.
func New(client *redis.Client, ttls TTLs, log *slog.Logger) *Cache {
	return &Cache{redis: client, locks: redislock.New(client), lockWait: lockWait, ttls: ttls, stats: newStats(ttls), log: log}
}

// Get answers the entry of key in class, or else what load gives, which it
// keeps. Errors are never kept. When load answers catalog.ErrUnavailable, the
// last good value serves for a while; where there is none, load is asked again as
// long as it answers catalog.ErrMoment, so that a router that is replaced costs
// time and no answers.
//
// A caller that goes away does not end a load that others may wait for.
func (c *Cache) Get(ctx context.Context, class Class, key string, load Load) ([]byte, Origin, error) {
	start := time.Now()
	answer, err := c.get(Patient(ctx), class, string(class)+":"+key, load)
	c.stats.add(class, answer.origin, time.Since(start), err)
	return answer.json, answer.origin, err
}

// Load asks for a value where it comes from.
type Load func(context.Context) (Value, error)

type answer struct {
	json   []byte
	origin Origin
}

func (c *Cache) get(ctx context.Context, class Class, key string, load Load) (answer, error) {
	start := time.Now()
	if entry, ok := c.near.get(key, start); ok {
		return answer{entry, Copied}, nil
	}
	if entry, ok := c.read(ctx, key); ok {
		c.near.add(key, entry, start)
		return answer{entry, Cached}, nil
	}
	done := c.flight.DoChan(key, func() (_ any, err error) {
		// A panic here would end the process, not the request.
		defer func() {
			if cause := recover(); cause != nil {
				err = fmt.Errorf("load %s: panic: %v\n%s", key, cause, debug.Stack())
			}
		}()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
		defer cancel()
		defer c.lock(ctx, key)()
		// Another flight may have landed after our read.
		if entry, ok := c.read(ctx, key); ok {
			return answer{entry, Cached}, nil
		}
		for {
			a, err := c.load(ctx, class, key, load)
			if !errors.Is(err, catalog.ErrMoment) || !pause(ctx, loadPause) {
				return a, err
			}
		}
	})
	select {
	case <-ctx.Done():
		return answer{}, ctx.Err()
	case result := <-done:
		a, _ := result.Val.(answer)
		return a, result.Err
	}
}

// pause waits for d, and tells whether ctx has not ended before.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func (c *Cache) load(ctx context.Context, class Class, key string, load Load) (answer, error) {
	value, err := load(ctx)
	if err == nil {
		c.write(ctx, class, key, value)
		return answer{value.JSON, Loaded}, nil
	}
	if errors.Is(err, catalog.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
		// The load may have used up its own time.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
		defer cancel()
		if entry, ok := c.read(ctx, stalePrefix+key); ok {
			c.log.WarnContext(ctx, "serving a spare copy", "key", key, "error", err)
			return answer{entry, Stale}, nil
		}
	}
	return answer{}, err
}

// read answers the entry, if there is one that we can have written.
func (c *Cache) read(ctx context.Context, key string) ([]byte, bool) {
	entry, err := c.redis.Get(ctx, key).Bytes()
	if err != nil {
		if !errors.Is(err, redis.Nil) {
			c.log.DebugContext(ctx, "cache read failed", "key", key, "error", err)
		}
		return nil, false
	}
	if len(entry) == 0 || entry[0] != '{' || !json.Valid(entry) {
		c.log.WarnContext(ctx, "cache entry is not ours, ignoring it", "key", key)
		return nil, false
	}
	return entry, true
}

func (c *Cache) write(ctx context.Context, class Class, key string, value Value) {
	ttl := c.ttls[class]
	if value.Empty {
		ttl = min(ttl, negativeTTL)
	}
	ttl -= time.Duration(rand.Float64() * jitter * float64(ttl))
	_, err := c.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.Set(ctx, key, value.JSON, ttl)
		pipe.Set(ctx, stalePrefix+key, value.JSON, staleFactor*ttl)
		return nil
	})
	if err != nil {
		c.log.DebugContext(ctx, "cache write failed", "key", key, "error", err)
	}
}
