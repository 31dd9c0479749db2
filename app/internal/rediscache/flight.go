package rediscache

import (
	"context"
	"errors"
	"time"

	"github.com/bsm/redislock"
)

const (
	lockPrefix = "loading:"
	lockTTL    = loadTimeout // a gateway that dies while it loads keeps others out no longer
	lockPause  = 10 * time.Millisecond
	lockWait   = 1 * time.Second
)

// lock makes the load of key the only one of all gateways, as far as Redis is
// there to arrange it; a gateway waits a moment for another's load, and no
// longer.
func (c *Cache) lock(ctx context.Context, key string) (unlock func()) {
	waiting, cancel := context.WithTimeout(ctx, c.lockWait)
	defer cancel()
	lock, err := c.locks.Obtain(waiting, lockPrefix+key, lockTTL, &redislock.Options{RetryStrategy: redislock.LinearBackoff(lockPause)})
	if err != nil {
		c.log.DebugContext(ctx, "loading without a lock", "key", key, "error", err)
		return func() {}
	}
	return func() {
		// The load may have used up its own time.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
		defer cancel()
		if err := lock.Release(ctx); err != nil && !errors.Is(err, redislock.ErrLockNotHeld) {
			c.log.DebugContext(ctx, "lock not released", "key", key, "error", err)
		}
	}
}
