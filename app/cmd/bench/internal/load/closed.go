package load

import (
	"context"
	"sync"
	"time"
)

// Closed keeps so many connections busy, each with one request after the other, for
// that long. The requests are used again and again.
func Closed(ctx context.Context, addr string, requests []Request, want Cache, connections int, duration time.Duration) (Result, error) {
	start := time.Now()
	end := start.Add(duration)
	tallies := onConnections(addr, want, connections, func(n int, c *conn, t *tally) {
		for next := n; ctx.Err() == nil; next++ {
			sent := time.Now()
			if !sent.Before(end) {
				return
			}
			status, body, err := c.do(ctx, requests[next%len(requests)])
			t.add(time.Since(sent), status, body, err)
			if err != nil && !waitUntil(ctx, sent.Add(pauseAfterError)) {
				return
			}
		}
	})
	return sum(tallies, time.Since(start)), ctx.Err()
}

// pauseAfterError keeps a server that refuses from being asked as fast as it refuses.
const pauseAfterError = 10 * time.Millisecond

// onConnections does it on all of them at once, and waits.
func onConnections(addr string, want Cache, connections int, do func(n int, c *conn, t *tally)) []*tally {
	var all sync.WaitGroup
	tallies := make([]*tally, connections)
	for n := range tallies {
		t := &tally{want: want}
		tallies[n] = t
		all.Go(func() {
			c := newConn(addr)
			defer c.close()
			do(n, c, t)
		})
	}
	all.Wait()
	return tallies
}

func waitUntil(ctx context.Context, moment time.Time) bool {
	timer := time.NewTimer(time.Until(moment))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
