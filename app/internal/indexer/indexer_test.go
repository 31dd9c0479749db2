package indexer

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// missing is a store with so many products to index.
type missing struct {
	left  int
	fail  int // after so many batches
	asked chan struct{}

	restore func() (bool, error)
}

func (m *missing) IndexMissing(_ context.Context, limit int) (int, error) {
	m.asked <- struct{}{}
	if m.fail--; m.fail == 0 {
		return 0, errors.New("primary stepped down")
	}
	n := min(limit, m.left)
	m.left -= n
	return n, nil
}

func (m *missing) RestorePairs(context.Context) (bool, error) {
	if m.restore == nil {
		return false, nil
	}
	return m.restore()
}

func TestAllAreIndexedBatchByBatch(t *testing.T) {
	m := &missing{left: 2*batch + 1, asked: make(chan struct{}, 10)}
	n, err := all(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, 2*batch+1, n)
	require.Len(t, m.asked, 3)
}

func TestAFailureIsTriedAgainLater(t *testing.T) {
	m := &missing{left: 2 * batch, fail: 2, asked: make(chan struct{}, 10)}
	n, err := all(t.Context(), m)
	require.Error(t, err)
	require.Equal(t, batch, n)
	n, err = all(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, batch, n)
}

func TestRunEnds(t *testing.T) {
	restored := make(chan struct{}, 1)
	m := &missing{asked: make(chan struct{}, 1), restore: func() (bool, error) { restored <- struct{}{}; return true, nil }}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { Run(ctx, m, slog.New(slog.DiscardHandler)) })
	<-m.asked
	<-restored
	cancel()
	running.Wait()
}
