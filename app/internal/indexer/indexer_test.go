package indexer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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

	hidden  []string // of the first batch
	restore func() (bool, error)
	pairs   []string // what happened to their index
}

func (m *missing) IndexMissing(_ context.Context, limit int) (int, []string, error) {
	m.asked <- struct{}{}
	if m.fail--; m.fail == 0 {
		return 0, nil, errors.New("primary stepped down")
	}
	n := min(limit, m.left)
	m.left -= n
	hidden := m.hidden
	m.hidden = nil
	return n, hidden, nil
}

func (m *missing) DropPairs(context.Context) error {
	m.pairs = append(m.pairs, fmt.Sprint("dropped with ", m.left, " left"))
	return nil
}

func (m *missing) EnsurePairs(context.Context) error {
	m.pairs = append(m.pairs, fmt.Sprint("made with ", m.left, " left"))
	return nil
}

func (m *missing) RestoreIndexes(context.Context) (bool, error) {
	if m.restore == nil {
		return false, nil
	}
	return m.restore()
}

func TestAllAreIndexedBatchByBatch(t *testing.T) {
	m := &missing{left: 2*batch + 1, asked: make(chan struct{}, 10), hidden: []string{"1", "2", "3", "4", "5", "6"}}
	said := told(t, m)
	require.Len(t, m.asked, 3)
	require.Contains(t, said, fmt.Sprintf(`"made products searchable that others have written","products":%d}`, 2*batch+1-6))
	require.Contains(t, said, `"products":6,"ids":["1","2","3","4","5"]}`)
	require.Empty(t, told(t, m), "nothing is told twice")
}

// An index of pairs that is built once costs less than one that changes with every
// product.
func TestManyAreIndexedWithoutTheIndexOfPairs(t *testing.T) {
	m := &missing{left: 2 * many, asked: make(chan struct{}, 100)}
	told(t, m)
	require.Equal(t, []string{fmt.Sprintf("dropped with %d left", many), "made with 0 left"}, m.pairs)
	m = &missing{left: many - 1, asked: make(chan struct{}, 100)}
	told(t, m)
	require.Empty(t, m.pairs)
}

func TestAFailureIsTriedAgainLater(t *testing.T) {
	m := &missing{left: 2 * batch, fail: 2, asked: make(chan struct{}, 10)}
	said := told(t, m)
	require.Contains(t, said, "primary stepped down")
	require.Contains(t, said, fmt.Sprintf(`"products":%d}`, batch))
	said = told(t, m)
	require.Contains(t, said, fmt.Sprintf(`"products":%d}`, batch))
}

// told is what the log says of one look.
func told(t *testing.T, m *missing) string {
	var said bytes.Buffer
	all(t.Context(), m, slog.New(slog.NewJSONHandler(&said, nil)))
	return said.String()
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
