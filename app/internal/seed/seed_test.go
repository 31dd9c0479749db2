package seed

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"strings"
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
	require.Equal(t, "Premium Plush Dinosaur, Rose", p.Name)
}

func TestProductsArePlausibleAndDiffer(t *testing.T) {
	seen := map[string]bool{}
	kinds := map[string]int{}
	inStock := 0
	for n := range 2000 {
		p := Product(n)
		seen[p.Name] = true
		if p.InStock {
			inStock++
		}
		d, k := kindOf(t, p)
		kinds[k.thing]++
		require.Contains(t, d.brands, p.Brand, p.Name)
		require.GreaterOrEqual(t, p.Price, math.Floor(k.cheapest/10)*10-1, p.Name)
		require.LessOrEqual(t, p.Price, k.dearest+1, p.Name)
		require.InDelta(t, 3, p.Rating, 2)
		require.NotContains(t, p.Description, "  ", "a use that nothing is said of: %s", p.Name)
		require.Less(t, ID(n), ID(n+1), "ids count up, so a batch is a range")
	}
	require.Greater(t, len(seen), 1950)
	require.InDelta(t, 1750, inStock, 80)
	for _, d := range departments {
		for _, k := range d.kinds {
			require.Greater(t, kinds[k.thing], 5, k.thing)
		}
	}
}

// kindOf is what the product must be by its category and name.
func kindOf(t *testing.T, p catalog.Product) (department, kind) {
	t.Helper()
	for _, d := range departments {
		for _, k := range d.kinds {
			if d.category == p.Category && strings.Contains(p.Name, " "+k.thing) {
				return d, k
			}
		}
	}
	t.Fatalf("%s in %s is no kind of thing", p.Name, p.Category)
	return department{}, kind{}
}

func TestAllWordsHaveTheirTexts(t *testing.T) {
	used := map[string]bool{}
	for _, d := range departments {
		for _, k := range d.kinds {
			require.NotEmpty(t, k.about, k.thing)
			require.Less(t, k.cheapest, k.dearest, k.thing)
			for _, use := range k.uses {
				used[use] = true
				require.NotEmpty(t, uses[use], "%s %s", use, k.thing)
			}
			if d.category == "Books" {
				require.NotEmpty(t, subjects[k.thing], k.thing)
			}
		}
	}
	for use := range uses {
		require.True(t, used[use], "nothing is %s", use)
	}
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
	store, err := mongostore.Open("mongodb://"+mongod.Addr()+"/speedscale", "speedscale", nil, dependency.Observer{})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close(context.Background())) }()
	require.NoError(t, store.EnsureIndexes(t.Context()))
	for range 2 {
		New(store, 2000, quiet).Run(t.Context())
		n, err := store.Count(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 2000, n)
	}
	found, err := store.Search(t.Context(), catalog.NewPlan([]string{"gaming", "laptop"}, nothing{}), catalog.Page{Number: 1, Size: 20})
	require.NoError(t, err)
	require.NotEmpty(t, found.Products)
	require.Contains(t, found.Products[0].Name, "Gaming Laptop")
}

// nothing is known of how many products have what.
type nothing struct{}

func (nothing) Products() int               { return 0 }
func (nothing) Word(string) int             { return 0 }
func (nothing) Longer(string, int) []string { return nil }
func (nothing) Pair(string) int             { return 0 }
func (nothing) Head(string) int             { return 0 }
