package router

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMessagesThatComeOnAllGetThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newBudget(100)
		var through []int
		for i := range 10 {
			go func() {
				a := in.begin(func() { t.Error("it came on") })
				defer a.done()
				time.Sleep(time.Duration(i) * time.Millisecond) // in order
				for range 3 {                                   // 10 messages of 60, and room for 100
					if a.take(t.Context(), 20) != nil {
						return
					}
					time.Sleep(time.Second)
					a.came()
				}
				a.whole()
				time.Sleep(time.Second) // is carried out
				in.mu.Lock()
				defer in.mu.Unlock()
				require.LessOrEqual(t, in.used, int64(100+60))
				through = append(through, i)
			}()
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Len(t, through, 10)
		require.Zero(t, in.used)
		require.Empty(t, in.arriving)
	})
}

func TestWhoStallsLosesOnlyItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newBudget(100)
		ctx, end := context.WithCancel(t.Context())
		var cut atomic.Int32
		for range 50 { // which send a part and then nothing
			go func() {
				ctx, hangUp := context.WithCancel(ctx)
				a := in.begin(func() { cut.Add(1); hangUp() })
				defer a.done()
				if a.take(ctx, 10) == nil {
					<-ctx.Done()
				}
			}()
		}
		synctest.Wait()
		time.Sleep(time.Hour)
		require.Positive(t, cut.Load(), "they wait for each other's memory")
		begin := time.Now()
		a := in.begin(func() { t.Error("it came on") })
		require.NoError(t, a.take(t.Context(), 90))
		require.Less(t, time.Since(begin), 30*time.Second)
		a.done()
		end()
		synctest.Wait()
		require.Zero(t, in.used)
	})
}

func TestWhoWaitsForMemoryMayGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newBudget(100)
		first, second := in.begin(func() {}), in.begin(func() {})
		require.NoError(t, first.take(t.Context(), 100))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, second.take(ctx, 1), context.DeadlineExceeded)
		first.done()
		require.NoError(t, second.take(t.Context(), 100))
		second.done()
		require.Zero(t, in.used)
	})
}
