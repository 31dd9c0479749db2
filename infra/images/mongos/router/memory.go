package router

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	// While others wait for memory, a message must come on by smallRequest in this
	// time, or its client loses its connection.
	stall     = 2 * time.Second
	stallLook = 200 * time.Millisecond
)

// steps are how a large message's memory grows as it comes, in bytes. What only
// was announced costs nobody anything.
var steps = []int{smallRequest, 1 << 20, largeRequest}

// intake bounds the memory of large messages, from their arrival until they are
// carried out: they hold at most limit. When all of that is held by messages
// that still arrive, which could wait for each other for ever, the oldest of
// them is let through, and takes up to one message more.
type intake struct {
	limit int64

	mu       sync.Mutex
	used     int64
	carried  int        // messages that are there, and whose memory comes back
	arriving []*arrival // the oldest first
	freed    chan struct{}
}

// arrival is one message.
type arrival struct {
	in     *intake
	held   int64
	there  bool
	cameOn time.Time // the last time; zero while it waits for memory
	cut    func()    // ends its connection
}

func newIntake(limit int64) *intake { return &intake{limit: limit, freed: make(chan struct{})} }

func (in *intake) begin(cut func()) *arrival {
	in.mu.Lock()
	defer in.mu.Unlock()
	a := &arrival{in: in, cut: cut, cameOn: time.Now()}
	in.arriving = append(in.arriving, a)
	return a
}

// take waits until n bytes more may be held.
func (a *arrival) take(ctx context.Context, n int64) error {
	look := time.NewTicker(stallLook)
	defer look.Stop()
	for {
		freed, ok := a.try(n)
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for memory: %w", ctx.Err())
		case <-freed:
		case <-look.C:
			a.in.cutStalled()
		}
	}
}

func (a *arrival) try(n int64) (freed <-chan struct{}, ok bool) {
	a.in.mu.Lock()
	defer a.in.mu.Unlock()
	if last := a.in.arriving[0] == a && a.in.carried == 0; a.in.used+n > a.in.limit && !last {
		a.cameOn = time.Time{}
		return a.in.freed, false
	}
	a.in.used += n
	a.held += n
	a.cameOn = time.Now()
	return nil, true
}

// cutStalled ends the connections whose messages do not come on.
func (in *intake) cutStalled() {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, a := range in.arriving {
		if !a.cameOn.IsZero() && time.Since(a.cameOn) > stall {
			a.cut()
		}
	}
}

// came notes that more of the message is there.
func (a *arrival) came() {
	a.in.mu.Lock()
	defer a.in.mu.Unlock()
	a.cameOn = time.Now()
}

// whole notes that all of it is.
func (a *arrival) whole() {
	a.in.mu.Lock()
	defer a.in.mu.Unlock()
	a.there = true
	a.in.carried++
	a.leave()
}

// done gives its memory back, however it ended.
func (a *arrival) done() {
	a.in.mu.Lock()
	defer a.in.mu.Unlock()
	a.in.used -= a.held
	a.held = 0
	if a.there {
		a.in.carried--
	}
	a.leave()
}

func (a *arrival) leave() {
	a.in.arriving = slices.DeleteFunc(a.in.arriving, func(other *arrival) bool { return other == a })
	close(a.in.freed)
	a.in.freed = make(chan struct{})
}
