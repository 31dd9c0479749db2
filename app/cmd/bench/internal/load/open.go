package load

import (
	"context"
	"runtime"
	"time"
)

// Connections are those of an open loop. A request that finds all of them busy waits,
// and that counts.
const Connections = 64

// grace is how long after its end a load may take for what is still due.
const grace = time.Second

// Open sends so many requests a second for that long, whatever the answers take. A
// latency counts from the moment at which the request was due: were it counted from
// when it was sent, a server that is stuck would only be asked later, and look fast.
// What could not be sent by the end, and a grace, counts with the time it has waited.
func Open(ctx context.Context, addr string, requests []Request, want Cache, rate int, duration time.Duration) (Result, error) {
	count := int(float64(rate) * duration.Seconds())
	start := time.Now()
	due := func(i int) time.Time {
		return start.Add(time.Duration(float64(i) / float64(rate) * float64(time.Second)))
	}
	end := start.Add(duration + grace)

	queue := make(chan int, count) // holds all, so that the schedule never waits for answers
	go func() {
		defer close(queue)
		runtime.LockOSThread() // which pause needs
		defer runtime.UnlockOSThread()
		for i := range count {
			if ctx.Err() != nil {
				return
			}
			for wait := time.Until(due(i)); wait > 0; wait = time.Until(due(i)) {
				pause(wait)
			}
			queue <- i
		}
	}()
	tallies := onConnections(addr, want, Connections, func(_ int, c *conn, t *tally) {
		for i := range queue {
			if now := time.Now(); now.After(end) {
				t.unsent = append(t.unsent, now.Sub(due(i)))
				continue
			}
			if ctx.Err() != nil {
				continue // what is queued is of no use any more
			}
			status, body, err := c.do(ctx, requests[i%len(requests)])
			t.add(time.Since(due(i)), status, body, err)
		}
	})
	return sum(tallies, max(time.Since(start), duration)), ctx.Err()
}
