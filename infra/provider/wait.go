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

// pollInterval is how often the actual state is read during a wait. Draining uses
// drainInterval instead.
const pollInterval = 100 * time.Millisecond

// errGaveUp is wrapped by the error of a wait that reached its deadline.
var errGaveUp = errors.New("gave up")

// pollFunc reads the actual state once. It returns the reason to wait longer, or no
// reason and no error when the wait is over. A transient error (see
// mongoadmin.IsTransient) is a reason, too; any other error ends the wait.
type pollFunc func(ctx context.Context) (reason string, err error)

// wait polls until there is no reason left to wait. It shows each new reason, preceded
// by subject, as the live status of the resource. At the deadline of ctx, and when it
// is cancelled, wait returns an error that includes the last reason.
func wait(ctx context.Context, subject string, interval time.Duration, poll pollFunc) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	last := ""
	for {
		reason, err := poll(ctx)
		if err == nil && reason == "" {
			p.GetLogger(ctx).InfoStatus("") // clear the live status
			return nil
		}
		if err != nil && ctx.Err() == nil && !mongoadmin.IsTransient(err) {
			return fmt.Errorf("%s: %w", subject, err)
		}
		if err != nil {
			reason = err.Error()
		}
		if ctx.Err() != nil {
			// The last poll may have failed only because ctx is done, so an earlier
			// reason says more.
			return waitError(ctx, subject, cmp.Or(last, reason))
		}
		if reason != last {
			p.GetLogger(ctx).InfoStatusf("%s: %s", subject, reason)
			last = reason
		}
		select {
		case <-ctx.Done():
			return waitError(ctx, subject, last)
		case <-tick.C:
		}
	}
}

func waitError(ctx context.Context, subject, last string) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w at the deadline, still: %s", subject, errGaveUp, last)
	}
	return fmt.Errorf("%s: %w while: %s", subject, ctx.Err(), last)
}

// deadline bounds ctx by a timeout input, in seconds.
func deadline(ctx context.Context, seconds int) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
}

// readTimeout bounds a Read, so that the refresh of a broken cluster ends as well and
// reports what it found.
const readTimeout = 30 * time.Second

// reading is ctx for a Read.
func reading(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(mongoadmin.Patient(ctx), readTimeout)
}
