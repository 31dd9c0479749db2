package ratelimit

import (
	"sync"
	"time"
)

const maxClients = 10_000 // remembered by one gateway

// local is the same limit as the one in Redis (the generic cell rate
// algorithm, which allows the whole minute's requests at once), for one gateway.
type local struct {
	limit    int
	interval time.Duration // between requests at the limit
	now      func() time.Time

	mu   sync.Mutex
	full map[string]time.Time // when a client may make all its requests again
}

func newLocal(perMinute int, now func() time.Time) *local {
	return &local{limit: perMinute, interval: time.Minute / time.Duration(perMinute), now: now, full: map[string]time.Time{}}
}

func (l *local) allow(client string) Decision {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	full := l.full[client]
	if full.Before(now) {
		full = now
	}
	next := full.Add(l.interval)
	wait := next.Sub(now) - time.Duration(l.limit)*l.interval
	if wait > 0 {
		return Decision{Limit: l.limit, RetryAfter: wait, Reset: full.Sub(now)}
	}
	l.forget(now)
	l.full[client] = next
	return Decision{Allowed: true, Limit: l.limit, Remaining: int(-wait / l.interval), Reset: next.Sub(now)}
}

// forget makes room: first those who may make all their requests anyway.
func (l *local) forget(now time.Time) {
	if len(l.full) < maxClients {
		return
	}
	for client, full := range l.full {
		if full.Before(now) {
			delete(l.full, client)
		}
	}
	for client := range l.full { // then any tenth, so that this is not done for each request
		if len(l.full) <= maxClients*9/10 {
			return
		}
		delete(l.full, client)
	}
}
