package router

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	// While others wait for memory, a message must come on by smallMessage in this
	// time, or its client loses its connection.
	stall     = 2 * time.Second
	stallLook = 200 * time.Millisecond
)

// steps are how a large message's memory grows as it comes, in bytes. What only
// was announced costs nobody anything.
var steps = []int{smallMessage, 1 << 20, largeMessage}

// budget bounds the memory of large messages: of requests from their arrival
// until they are carried out, of replies until they are taken. They hold at most
// limit. When all of that is held by messages on their way, which could wait for
// each other for ever, the oldest of them is let through, and takes up to one
// message more.
type budget struct {
	limit int64

	mu       sync.Mutex
	used     int64
	carried  int      // messages that are there, and whose memory comes back
	arriving []*share // the oldest first
	freed    chan struct{}
}

// share is what one message holds of a budget.
type share struct {
	in     *budget
	held   int64
	there  bool
	cameOn time.Time // the last time; zero while it waits for memory
	cut    func()    // ends its connection
}

func newBudget(limit int64) *budget { return &budget{limit: limit, freed: make(chan struct{})} }

func (in *budget) begin(cut func()) *share {
	in.mu.Lock()
	defer in.mu.Unlock()
	a := &share{in: in, cut: cut, cameOn: time.Now()}
	in.arriving = append(in.arriving, a)
	return a
}

// take waits until n bytes more may be held.
func (a *share) take(ctx context.Context, n int64) error {
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

func (a *share) try(n int64) (freed <-chan struct{}, ok bool) {
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
func (in *budget) cutStalled() {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, a := range in.arriving {
		if !a.cameOn.IsZero() && time.Since(a.cameOn) > stall {
			a.cut()
		}
	}
}

// came notes that more of the message is there, or has been taken.
func (a *share) came() {
	a.in.mu.Lock()
	defer a.in.mu.Unlock()
	a.cameOn = time.Now()
}

// rest notes that it is not the client's turn to come on.
func (a *share) rest() {
	a.in.mu.Lock()
	defer a.in.mu.Unlock()
	a.cameOn = time.Time{}
}

// whole notes that all of it is.
func (a *share) whole() {
	a.in.mu.Lock()
	defer a.in.mu.Unlock()
	a.there = true
	a.in.carried++
	a.leave()
}

// done gives its memory back, however it ended.
func (a *share) done() {
	a.in.mu.Lock()
	defer a.in.mu.Unlock()
	a.in.used -= a.held
	a.held = 0
	if a.there {
		a.in.carried--
	}
	a.leave()
}

func (a *share) leave() {
	a.in.arriving = slices.DeleteFunc(a.in.arriving, func(other *share) bool { return other == a })
	close(a.in.freed)
	a.in.freed = make(chan struct{})
}

// holds is how many bytes are held now.
func (in *budget) holds() int64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.used
}
