// Package ratelimit bounds the requests of each client.
package ratelimit

import (
	"context"
	"net/netip"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
)

// Decision is whether a request may go on, and what its client is told.
type Decision struct {
	Allowed    bool
	Limit      int           // requests a minute
	Remaining  int           // requests that would be allowed at once
	RetryAfter time.Duration // until one is allowed; 0 if this one is
	Reset      time.Duration // until Remaining is Limit
}

// Limiter allows each client a number of requests a minute, counted in Redis
// for all gateways together, and here alone while Redis is away.
type Limiter struct {
	limit  redis_rate.Limit
	shared *redis_rate.Limiter
	local  *local
}

// New makes a limiter of perMinute requests.
func New(client *redis.Client, perMinute int) *Limiter {
	return &Limiter{limit: redis_rate.PerMinute(perMinute), shared: redis_rate.NewLimiter(client), local: newLocal(perMinute, time.Now)}
}

// Allow counts a request of client.
func (l *Limiter) Allow(ctx context.Context, client netip.Addr) Decision {
	key := key(client)
	r, err := l.shared.Allow(ctx, key, l.limit)
	if err != nil {
		return l.local.allow(key)
	}
	return Decision{
		Allowed: r.Allowed > 0, Limit: l.limit.Rate, Remaining: r.Remaining,
		RetryAfter: max(r.RetryAfter, 0), Reset: r.ResetAfter,
	}
}

// key is the address, or its network of 64 bits: an IPv6 client has all of it.
func key(client netip.Addr) string {
	client = client.Unmap().WithZone("")
	if client.Is6() {
		if network, err := client.Prefix(64); err == nil {
			return network.String()
		}
	}
	return client.String()
}
