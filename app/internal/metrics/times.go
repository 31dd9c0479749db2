package metrics

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// times is when the dependencies worked for one request.
type times struct {
	mu   sync.Mutex
	busy map[string][]span // by dependency
}

type span struct{ from, to time.Time }

type timesKey struct{}

// Timed is ctx for a request whose dependencies' times are to be told apart.
func Timed(ctx context.Context) context.Context {
	return context.WithValue(ctx, timesKey{}, &times{})
}

// worked notes that dependency has worked until now.
func worked(ctx context.Context, dependency string, took time.Duration) {
	if t, ok := ctx.Value(timesKey{}).(*times); ok {
		now := time.Now()
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.busy == nil {
			t.busy = map[string][]span{}
		}
		t.busy[dependency] = append(t.busy[dependency], span{now.Add(-took), now})
	}
}

// ServerTiming is the value of a Server-Timing header: for how long each
// dependency worked for the request, and the whole, in milliseconds; "" when
// the request needed none.
func ServerTiming(ctx context.Context, total time.Duration) string {
	t, ok := ctx.Value(timesKey{}).(*times)
	if !ok {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.busy) == 0 {
		return ""
	}
	var entries []string
	for _, name := range slices.Sorted(maps.Keys(t.busy)) {
		entries = append(entries, entry(name, covered(t.busy[name])))
	}
	return strings.Join(append(entries, entry("total", total)), ", ")
}

func entry(name string, took time.Duration) string {
	return name + ";dur=" + strconv.FormatFloat(float64(took.Microseconds())/1000, 'f', 3, 64)
}

// covered is the time within any of the spans; those at the same time count
// once.
func covered(spans []span) (sum time.Duration) {
	var end time.Time
	for _, s := range slices.SortedFunc(slices.Values(spans), func(a, b span) int { return a.from.Compare(b.from) }) {
		if s.from.Before(end) {
			s.from = end
		}
		if s.to.After(s.from) {
			sum += s.to.Sub(s.from)
			end = s.to
		}
	}
	return sum
}
