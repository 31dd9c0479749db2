package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	p "github.com/pulumi/pulumi-go-provider"

	"speedscale/infra/mongoadmin"
)

// pollEvery is how often the real state is asked for while something is waited
// for; draining has a slower pace.
const pollEvery = 100 * time.Millisecond

// errGaveUp is in the error of a wait that met its deadline.
var errGaveUp = errors.New("gave up")

// question asks the real state once. No reason and no error means that the wait
// is over; an error that can pass is a reason too.
type question func(ctx context.Context) (reason string, err error)

// wait asks until there is no reason left to wait. It shows each new reason as
// the resource's live status, after subject. It ends at the context's
// deadline with the last reason, and at a cancellation.
func wait(ctx context.Context, subject string, every time.Duration, ask question) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	last := ""
	for {
		reason, err := ask(ctx)
		if err == nil && reason == "" {
			p.GetLogger(ctx).InfoStatus("") // what was waited for is there
			return nil
		}
		if err != nil && ctx.Err() == nil && !mongoadmin.IsTransient(err) {
			return fmt.Errorf("%s: %w", subject, err)
		}
		if err != nil {
			reason = err.Error()
		}
		if ctx.Err() != nil {
			// What was cut short by the end of the context is no reason.
			return ended(ctx, subject, cmp.Or(last, reason))
		}
		if reason != last {
			p.GetLogger(ctx).InfoStatusf("%s: %s", subject, reason)
			last = reason
		}
		select {
		case <-ctx.Done():
			return ended(ctx, subject, last)
		case <-tick.C:
		}
	}
}

func ended(ctx context.Context, subject, last string) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w at the deadline, still: %s", subject, errGaveUp, last)
	}
	return fmt.Errorf("%s: %w while: %s", subject, ctx.Err(), last)
}

// deadline bounds ctx by a timeout input.
func deadline(ctx context.Context, seconds int) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
}

// readTimeout bounds a Read: a refresh of a broken cluster must still come to
// an end, and say what it saw.
const readTimeout = 20 * time.Second
