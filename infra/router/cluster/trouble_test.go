package cluster

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLimitsCountFromTheFirstTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l limits
		var mu sync.Mutex
		ended := map[string]time.Duration{}
		begin := time.Now()
		add := func(name string, counts bool) func() {
			return l.add(&limit{after: 8 * time.Second, end: func() {
				mu.Lock()
				defer mu.Unlock()
				ended[name] = time.Since(begin)
			}}, counts)
		}
		add("before", false)
		calm := add("done before the trouble", false)
		soon := add("done in time", false)
		time.Sleep(time.Hour)
		mu.Lock()
		require.Empty(t, ended, "who makes progress is left alone")
		mu.Unlock()
		calm()
		l.count()
		add("in the middle of it", true)
		time.Sleep(3 * time.Second)
		soon()
		l.count() // which counts once
		add("after it", false)
		time.Sleep(time.Hour)
		mu.Lock()
		defer mu.Unlock()
		require.Equal(t, map[string]time.Duration{"before": time.Hour + 8*time.Second, "in the middle of it": time.Hour + 8*time.Second}, ended)
		require.Len(t, l.open, 3, "until they are done")
	})
}
