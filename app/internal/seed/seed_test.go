package seed

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/dependency"
	"speedscale/app/internal/mongostore"
	"speedscale/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

func TestProductsAreAlwaysTheSame(t *testing.T) {
	for _, n := range []int{0, 1, 1999, 999_999, 1<<24 - 1} {
		require.Equal(t, Product(n), Product(n))
		id, ok := catalog.ParseID(string(ID(n)))
		require.True(t, ok)
		require.Equal(t, ID(n), id)
	}
	// A change of the generator would seed other products beside the ones that users have.
	p := Product(0)
	require.Equal(t, catalog.ID("677485805eed5ca1e0000000"), p.ID)
	require.Equal(t, "Flexible Professional Face Cream H5", p.Name)
}

func TestProductsArePlausibleAndDiffer(t *testing.T) {
	seen := map[string]bool{}
	for n := range 2000 {
		p := Product(n)
		seen[p.Name] = true
		require.NotEmpty(t, p.Name)
		require.NotEmpty(t, p.Description)
		require.Positive(t, p.Price)
		require.InDelta(t, 3, p.Rating, 2)
		require.Less(t, ID(n), ID(n+1), "ids count up, so a batch is a range")
	}
	require.Greater(t, len(seen), 1950)
}

// memory is a store that fails as told.
type memory struct {
	products map[catalog.ID]catalog.Product
	inserts  int
	fail     func(call int) error
	calls    int
	indexes  func() bool
	pairs    int
	dropped  int
}

func newMemory() *memory {
	return &memory{products: map[catalog.ID]catalog.Product{}, fail: func(int) error { return nil }, indexes: func() bool { return true }}
}

func (m *memory) HasIndexes(context.Context) (bool, error) { return m.indexes(), nil }

func (m *memory) EnsurePairs(context.Context) error {
	m.pairs++
	return m.fail(-m.pairs)
}

func (m *memory) DropPairs(context.Context) error {
	m.dropped++
	return nil
}

func (m *memory) Count(context.Context) (int64, error) { return int64(len(m.products)), nil }

func (m *memory) CountBetween(_ context.Context, first, last catalog.ID) (int, error) {
	n := 0
	for id := range m.products {
		if id >= first && id <= last {
			n++
		}
	}
	return n, nil
}

func (m *memory) Insert(_ context.Context, products []catalog.Product) error {
	m.calls++
	// A failing insert may have inserted a part.
	err := m.fail(m.calls)
	if err != nil {
		products = products[:len(products)/2]
	}
	for _, p := range products {
		if _, there := m.products[p.ID]; !there {
			m.inserts++
			m.products[p.ID] = p
		}
	}
	return err
}

func TestSeedsOnce(t *testing.T) {
	m := newMemory()
	s := New(m, 2500, quiet)
	s.Run(t.Context())
	require.Equal(t, Progress{Phase: "done", Seeded: 2500, Target: 2500}, s.Progress())
	require.Len(t, m.products, 2500)
	calls := m.calls
	New(m, 2500, quiet).Run(t.Context())
	require.Equal(t, calls, m.calls, "nothing is inserted again")
	require.Equal(t, 1, m.dropped)
	New(m, 2700, quiet).Run(t.Context())
	require.Equal(t, 1, m.dropped, "few products are inserted into the index that is there")
	New(m, 4000, quiet).Run(t.Context())
	require.Equal(t, 2, m.dropped, "many are not")
	require.Len(t, m.products, 4000)
	require.Equal(t, 4000, m.inserts)
}

func TestInsertsThatFailHalfwayAreResumed(t *testing.T) {
	m := newMemory()
	m.fail = func(call int) error {
		if call > 0 && call%2 == 1 {
			return errors.New("primary stepped down")
		}
		return nil
	}
	s := New(m, 2000, quiet)
	s.Run(t.Context())
	require.Equal(t, "done", s.Progress().Phase)
	require.Len(t, m.products, 2000)
	require.Equal(t, 2000, m.inserts)
}

func TestWaitsForTheIndexes(t *testing.T) {
	m := newMemory()
	asked := make(chan struct{}, 100)
	m.indexes = func() bool { asked <- struct{}{}; return false }
	ctx, cancel := context.WithCancel(t.Context())
	s := New(m, 10, quiet)
	var ran sync.WaitGroup
	ran.Go(func() { s.Run(ctx) })
	<-asked
	<-asked // so the first answer has been reported
	require.Equal(t, Progress{Phase: "waiting", Target: 10, Reason: errNoIndexes.Error()}, s.Progress())
	cancel()
	ran.Wait()
	require.Equal(t, "stopped", s.Progress().Phase)
	require.Empty(t, m.products)
}

func TestWithoutATargetOnlyTheIndexIsMade(t *testing.T) {
	m := newMemory()
	m.fail = func(call int) error { // of the first two tries to make the index
		if call == -1 || call == -2 {
			return errors.New("primary stepped down")
		}
		return nil
	}
	s := New(m, 0, quiet)
	s.Run(t.Context())
	require.Equal(t, "done", s.Progress().Phase)
	require.Empty(t, m.products)
	require.Equal(t, 3, m.pairs)
}

func TestSeedsMongoDB(t *testing.T) {
	mongod := testenv.Mongod(t)
	store, err := mongostore.Open("mongodb://"+mongod.Addr()+"/speedscale", "speedscale", dependency.Observer{})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close(context.Background())) }()
	require.NoError(t, store.EnsureIndexes(t.Context()))
	for range 2 {
		New(store, 2000, quiet).Run(t.Context())
		n, err := store.Count(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 2000, n)
	}
	found, err := store.Search(t.Context(), []catalog.Match{{Pair: "gam+lap", Term: "=laptop", Has: []string{"=gaming", "=laptop"}}}, catalog.Page{Number: 1, Size: 20})
	require.NoError(t, err)
	require.NotEmpty(t, found)
	require.Contains(t, found[0].Name, "Gaming Laptop")
}
