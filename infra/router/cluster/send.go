package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/replset"
	"speedscale/infra/router/wire"
)

// Command is what Send sends.
type Command struct {
	// Body is made anew for each attempt, for the time that it has.
	Body      func(limit time.Duration) bsoncore.Document
	Sequences []wire.Sequence
	// Repeatable commands leave the same state however often they run.
	Repeatable bool
	// Routed says that the member routes the command, and so reads a catalogue that
	// proves outdated anew. Otherwise that is its sender's: the command is the same
	// each time, with the version that was outdated.
	Routed bool
	// Single says whether each of a write command's writes changes one document
	// at most; nil if not known.
	Single func() bool
}

// ErrUnknownOutcome says that a command may or may not have been carried out.
var ErrUnknownOutcome = errors.New("the outcome is unknown")

// ErrNowhere says that no member could take the command within its time.
var ErrNowhere = errors.New("no member could take the command")

const (
	// Grace is what a command's context should have beyond its time limit, so
	// that the server's own words arrive when it reaches it.
	Grace = 2 * time.Second

	// Pauses between two attempts, should nothing change in between.
	firstPause = 20 * time.Millisecond
	maxPause   = 500 * time.Millisecond

	// After a change of primaries, a member that routes may still ask the old
	// one and wait in vain: such an attempt gets this long, the next one twice.
	firstRetry = 2 * time.Second

	// patience is how long a command goes on looking for a member that takes it:
	// longer than any election, whatever time the command itself may take.
	patience = 30 * time.Second
)

// Send runs cmd on the member that pick names, and on the next one it names if
// the first refused or was lost, until ctx ends or no member has taken it for
// long. Nothing that may have been carried out is sent twice unless it is
// repeatable.
func (c *Cluster) Send(ctx context.Context, pick Target, cmd Command) (bsoncore.Document, Node, error) {
	var last error
	pause, retry := firstPause, time.Duration(0)
	listed, outdated := false, 0
	taken := time.Now() // when a member last took it, or might have
	for {
		changed := c.changes.next()
		node, err := pick()
		switch {
		case err == nil:
			o := c.attempt(ctx, node, cmd, retry)
			if slices.Contains(stale, Code(o.reply)) {
				outdated++
			}
			if o.cut {
				taken = time.Now()
			}
			if !o.again || outdated > MaxStale || o.err == nil && (ctx.Err() != nil || time.Since(taken) > patience) {
				return o.reply, node, o.err
			}
			err, retry = o.why(), max(firstRetry, 2*retry)
		case errors.Is(err, ErrNoShards) || errors.Is(err, errUnknownShard):
			if listed {
				return nil, nil, err
			}
			if err := c.Refresh(ctx); err != nil {
				return nil, nil, fmt.Errorf("%w: %w", ErrNowhere, err)
			}
			listed = true
			continue
		}
		if last == nil || ctx.Err() == nil {
			last = err
		}
		if time.Since(taken) > patience || !wait(ctx, changed, pause) {
			return nil, nil, fmt.Errorf("%w: %w", ErrNowhere, last)
		}
		pause = min(2*pause, maxPause)
	}
}

func wait(ctx context.Context, changed <-chan struct{}, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-changed:
	case <-timer.C:
	}
	return ctx.Err() == nil
}

type outcome struct {
	reply bsoncore.Document
	err   error
	again bool
	cut   bool // it had less time than the client allows, and that is over
}

func (o outcome) why() error {
	if o.err != nil {
		return o.err
	}
	return fmt.Errorf("the answer was %s", o.reply)
}

// attempt sends cmd once. It takes at most limit, if that is not 0.
func (c *Cluster) attempt(ctx context.Context, node Node, cmd Command, limit time.Duration) outcome {
	left := timeLeft(ctx)
	limited := cmd.Repeatable && limit > 0 && limit < left
	if limited {
		left = limit
	}
	if cmd.Repeatable {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, left+Grace)
		defer cancel()
		defer c.reads.add(cancel)()
	}
	reply, err := node.Run(ctx, cmd.Body(left), cmd.Sequences)
	cut := limited && (Code(reply) == maxTimeMSExpired || errors.Is(err, context.DeadlineExceeded))
	switch {
	case err == nil:
		return outcome{reply: reply, again: cut || worthRepeating(reply, cmd), cut: cut}
	case cmd.Repeatable || errors.Is(err, replset.ErrNotSent):
		return outcome{err: err, again: true, cut: cut}
	}
	return outcome{err: fmt.Errorf("%w: %w", ErrUnknownOutcome, err)}
}

// timeLeft is the time limit for a command sent now.
func timeLeft(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return time.Hour // Close ends what is left then
	}
	return max(time.Until(deadline)-Grace, time.Millisecond)
}
