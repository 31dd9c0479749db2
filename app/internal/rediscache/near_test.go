package rediscache

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"speedscale/internal/testenv"
)

// Whatever is read when, a copy is the last that Redis gave, to a question less than nearFor
// ago, and of what was asked for often.
func TestACopyIsNeverOlderThanItMayBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var n near
		now := time.Now()
		asked := map[string][]time.Time{} // all questions
		last := map[string]time.Time{}    // when Redis was asked: what it gave is this time
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 20, 50, 300, 749, 750, 999, 1000, 2500}).Draw(t, "later")) * time.Millisecond)
			key := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "key")
			object, ok := n.get(key, now)
			asked[key] = append(asked[key], now)
			if !ok {
				n.add(key, []byte(now.String()), now)
				last[key] = now
				continue
			}
			require.Equal(t, last[key].String(), string(object))
			require.Less(t, now.Sub(last[key]), nearFor)
			before := asked[key][:slices.Index(asked[key], last[key])+1]
			require.GreaterOrEqual(t, len(before), nearAfter)
			require.Less(t, last[key].Sub(before[len(before)-nearAfter]), 2*nearFor)
		}
	})
}

// Of all that ask for what is copied, one at a time asks Redis again.
func TestACopyIsRenewedByOne(t *testing.T) {
	var n near
	now := time.Now()
	for range nearAfter {
		n.add("a", []byte("0"), now)
	}
	for round := range 20 {
		for range nearAfter {
			object, ok := n.get("a", now)
			require.True(t, ok)
			require.Equal(t, strconv.Itoa(round), string(object))
		}
		now = now.Add(nearRenewed)
		_, ok := n.get("a", now)
		require.False(t, ok, "this one renews it")
		for range 100 {
			_, ok := n.get("a", now)
			require.True(t, ok, "the others need not wait")
		}
		n.add("a", []byte(strconv.Itoa(round+1)), now)
	}
	now = now.Add(nearRenewed)
	_, renewed := n.get("a", now)
	require.False(t, renewed)
	n.add("a", []byte("seldom"), now)
	_, ok := n.get("a", now)
	require.False(t, ok, "nobody asked for it often")
	for range nearAfter {
		n.add("b", []byte("once"), now)
	}
	_, ok = n.get("b", now.Add(nearRenewed))
	require.False(t, ok)
	_, ok = n.get("b", now.Add(nearFor))
	require.False(t, ok, "whoever was to renew it did not, and its time is over")
}

func TestALateAnswerDoesNotReplaceANewerCopy(t *testing.T) {
	var n near
	now := time.Now()
	for range nearAfter {
		n.add("a", []byte("new"), now)
	}
	n.add("a", []byte("old"), now.Add(-time.Millisecond))
	object, ok := n.get("a", now)
	require.True(t, ok)
	require.Equal(t, "new", string(object))
}

func TestCopiesAreBounded(t *testing.T) {
	var n near
	now, large := time.Now(), []byte(strings.Repeat("x", 1<<20))
	for key := range 100 {
		for range nearAfter {
			n.add(fmt.Sprint(key), large, now)
		}
	}
	kept := 0
	for key := range 100 {
		if _, ok := n.get(fmt.Sprint(key), now); ok {
			kept++
		}
	}
	require.Equal(t, nearBytes/len(large)-1, kept)
	for key := range 200_000 { // that nobody asks for again
		n.add(strings.Repeat("k", 100)+fmt.Sprint(key), large, now)
	}
	require.LessOrEqual(t, n.bytes, nearBytes)
	require.Less(t, len(n.young), nearBytes/nearEntry)
	n.add("later", large, now.Add(2*nearFor))
	require.Len(t, n.young, 1)
	require.Empty(t, n.old)
}

// What Redis has is seen within nearFor, however often it is asked for.
func TestWhatChangesInRedisIsSeenSoon(t *testing.T) {
	addr := testenv.Redis(t).Addr()
	client, sent := counting(t, addr+testenv.PatientRedis)
	cache, l := New(client, ttls, quiet), lamp()
	read := func() (string, Origin) {
		object, origin, err := cache.Get(t.Context(), Search, "lamp", l.load)
		require.NoError(t, err)
		return string(object), origin
	}
	read()
	origin := Cached
	for deadline := time.Now().Add(10 * time.Second); origin != Copied; _, origin = read() {
		require.True(t, time.Now().Before(deadline), "nothing is copied")
	}
	before := sent.Load()
	changed := `{"count":1,"data":["another lamp"]}`
	require.NoError(t, look(t, addr).Set(t.Context(), "search:lamp", changed, time.Minute).Err())
	at := time.Now()
	for object, _ := read(); object != changed; object, _ = read() {
		require.Less(t, time.Since(at), nearFor+time.Second, "of which the second is for a busy machine")
	}
	require.Less(t, sent.Load()-before, int32(nearAfter))
	require.Positive(t, cache.Report().Near)
	require.Positive(t, cache.Report().Classes[0].Near)
}

// BenchmarkHot is a read of what everybody asks for.
func BenchmarkHot(b *testing.B) {
	var calls atomic.Int32
	client, err := Connect(testenv.RedisURL("gateway", testenv.Redis(b).Addr())+testenv.PatientRedis, nil, noObserver)
	require.NoError(b, err)
	defer func() { _ = client.Close() }()
	cache := New(client, ttls, quiet)
	object := []byte(`{"data":"` + strings.Repeat("x", 7000) + `"}`)
	b.ReportAllocs()
	for b.Loop() {
		_, _, err := cache.Get(b.Context(), Search, "lamp", func(context.Context) (Value, error) {
			calls.Add(1)
			return Value{JSON: object}, nil
		})
		require.NoError(b, err)
	}
	require.EqualValues(b, 1, calls.Load())
}
