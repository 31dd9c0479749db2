// Package dependency is what the gateway's two stores have in common: somebody
// who is told how they do, and a circuit breaker that tells.
package dependency

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Observer is told how a dependency does. A zero one does nothing.
type Observer struct {
	// Command is told of each command and how long it took.
	Command func(ctx context.Context, operation string, took time.Duration, ok bool)
	// Away is told when the dependency is not asked any more for a moment, and why,
	// and when it answers again.
	Away func(away bool, reason string)
}

// Done tells of a command.
func (o Observer) Done(ctx context.Context, operation string, took time.Duration, ok bool) {
	if o.Command != nil {
		o.Command(ctx, operation, took, ok)
	}
}

// Breaker fails at once while a dependency is known to be away.
type Breaker[T any] struct {
	*gobreaker.CircuitBreaker[T]
	cause *atomic.Pointer[error]     // why it last failed
	since *atomic.Pointer[time.Time] // when it was first seen to fail; nil: its last answer came
}

// Settings are when a Breaker takes a dependency for away.
type Settings struct {
	Name     string
	Failures uint32        // in a row, after which nobody waits any more …
	Pause    time.Duration // … until one tries again
	Answered func(error) bool
	Excluded func(error) bool // says nothing of the dependency; nil: none
}

// NewBreaker is a closed one.
func NewBreaker[T any](s Settings, o Observer) *Breaker[T] {
	cause, since, away := new(atomic.Pointer[error]), new(atomic.Pointer[time.Time]), false
	return &Breaker[T]{cause: cause, since: since, CircuitBreaker: gobreaker.NewCircuitBreaker[T](gobreaker.Settings{
		Name: s.Name, Timeout: s.Pause, IsExcluded: s.Excluded,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= s.Failures },
		IsSuccessful: func(err error) bool {
			answered := s.Answered(err)
			if answered {
				since.Store(nil)
			} else {
				cause.Store(&err)
				now := time.Now()
				since.CompareAndSwap(nil, &now)
			}
			return answered
		},
		// Called under the breaker's lock, so one after another.
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if o.Away == nil || to == gobreaker.StateHalfOpen || away == (to == gobreaker.StateOpen) {
				return
			}
			away = !away
			o.Away(away, (*cause.Load()).Error())
		},
	})}
}

// AwayFor is for how long the dependency has been seen not to answer; 0 if its
// last answer came.
func (b *Breaker[T]) AwayFor() time.Duration {
	if since := b.since.Load(); since != nil {
		return time.Since(*since)
	}
	return 0
}

// Cause is why the dependency last did not answer; nil if it always has.
func (b *Breaker[T]) Cause() error {
	if cause := b.cause.Load(); cause != nil {
		return *cause
	}
	return nil
}
