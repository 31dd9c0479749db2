package metrics

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestServerTimingWithoutDependencies(t *testing.T) {
	require.Empty(t, ServerTiming(context.Background(), time.Second))
	ctx := Timed(context.Background())
	require.Empty(t, ServerTiming(ctx, time.Second))
	New().Dependency("redis", slog.New(slog.DiscardHandler)).Done(ctx, "get", 0, true)
	require.Equal(t, "redis;dur=0.000, total;dur=1000.000", ServerTiming(ctx, time.Second))
}

// A moment counts once, however many commands were under way.
func TestCovered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		begin := time.Now()
		at := func(i int) time.Time { return begin.Add(time.Duration(i) * time.Millisecond) }
		var spans []span
		busy := map[int]bool{}
		for range rapid.IntRange(0, 8).Draw(t, "spans") {
			from := rapid.IntRange(0, 20).Draw(t, "from")
			to := rapid.IntRange(from, 25).Draw(t, "to")
			spans = append(spans, span{at(from), at(to)})
			for i := from; i < to; i++ {
				busy[i] = true
			}
		}
		require.Equal(t, time.Duration(len(busy))*time.Millisecond, covered(spans))
	})
}
