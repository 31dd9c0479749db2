package recommend

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/dependency"
	"speedscale/app/internal/mongostore"
	"speedscale/app/internal/seed"
	"speedscale/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

func store(t *testing.T) *mongostore.Store {
	t.Helper()
	s, err := mongostore.Open("mongodb://"+testenv.Mongod(t).Addr()+"/speedscale", "speedscale", nil, dependency.Observer{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	require.NoError(t, s.EnsureIndexes(t.Context()))
	return s
}

func product(n int, name, category, description string, price float64) catalog.Product {
	return catalog.Product{ID: catalog.ID(fmt.Sprintf("%024x", n)), Name: name, Category: category, Description: description, Price: price}
}

func similar(t *testing.T, s *mongostore.Store, p catalog.Product) []string {
	t.Helper()
	m := NewModel(s, quiet)
	require.NoError(t, m.build(t.Context()))
	list, err := m.Similar(t.Context(), s, p)
	require.NoError(t, err)
	var names []string
	for _, one := range list {
		require.NotEqual(t, p.ID, one.ID, "never the product itself")
		names = append(names, one.Name)
	}
	return names
}

func TestTheMostSimilarComeFirst(t *testing.T) {
	s := store(t)
	p := product(1, "Silent Gaming Laptop M490", "Computers", "fast screen", 1000)
	require.NoError(t, s.Insert(t.Context(), []catalog.Product{
		p,
		product(2, "Bright Lamp M490", "Home", "for reading", 20),
		product(3, "Silent Business Laptop A10", "Computers", "fast screen", 900),
		product(4, "Loud Gaming Laptop B20", "Computers", "fast screen", 1100),
		product(5, "Silent Gaming Laptop C30", "Computers", "fast screen", 1000),
		product(6, "Gaming Chair D40", "Furniture", "soft", 300),
		product(7, "Wooden Desk", "Computers", "for laptops", 200),
	}))
	names := similar(t, s, p)
	require.Len(t, names, Wanted)
	require.Equal(t, "Silent Gaming Laptop C30", names[0])
	require.ElementsMatch(t, []string{"Loud Gaming Laptop B20", "Silent Business Laptop A10"}, names[1:3])
	require.NotContains(t, names, "Bright Lamp M490", "a model number makes nothing alike")
	require.Equal(t, names, similar(t, s, p), "always the same")
}

func TestThereAreFourWhereverThereAreFive(t *testing.T) {
	s := store(t)
	odd := product(9, "!!!", "", "", 0)
	list := []catalog.Product{odd}
	for n := range 4 {
		list = append(list, product(n, fmt.Sprintf("Lamp %d", n), "Home", "", 10))
	}
	require.NoError(t, s.Insert(t.Context(), list))
	require.Len(t, similar(t, s, odd), 4)
	require.Len(t, similar(t, s, list[1]), 4)
}

func TestSeededProductsHaveSimilarOnes(t *testing.T) {
	s := store(t)
	seed.New(s, 2000, quiet).Run(t.Context())
	m := NewModel(s, quiet)
	require.NoError(t, m.build(t.Context()))
	same := 0
	for n := 0; n < 2000; n += 40 {
		p := seed.Product(n)
		list, err := m.Similar(t.Context(), s, p)
		require.NoError(t, err)
		require.Len(t, list, Wanted)
		for _, one := range list {
			require.NotEqual(t, p.ID, one.ID)
			if one.Category == p.Category {
				same++
			}
		}
	}
	require.Greater(t, same, 180, "of 200 similar products most are of the same category")
}

func TestANewProductIsFoundAtOnce(t *testing.T) {
	s := store(t)
	p := product(1, "Silent Gaming Laptop", "Computers", "", 1000)
	require.NoError(t, s.Insert(t.Context(), []catalog.Product{p}))
	m := NewModel(s, quiet)
	require.NoError(t, m.build(t.Context()))
	require.NoError(t, s.Insert(t.Context(), []catalog.Product{product(2, "Silent Gaming Laptop Pro", "Computers", "", 1000)}))
	list, err := m.Similar(t.Context(), s, p)
	require.NoError(t, err)
	require.Len(t, list, 1)
}

// changing is a catalogue whose size the test sets.
type changing struct {
	mu     sync.Mutex
	size   int64
	builds int
	err    error
}

func (c *changing) Count(context.Context) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.size, c.err
}

func (c *changing) Sample(_ context.Context, limit int, each func(catalog.Product)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.builds++
	for n := range min(int(c.size), limit) {
		each(seed.Product(n))
	}
	return c.err
}

func TestTheModelFollowsTheCatalogue(t *testing.T) {
	c := &changing{}
	m := NewModel(c, quiet)
	require.Zero(t, m.Words().Documents())
	require.False(t, m.stale(t.Context()), "nothing is learnt of nothing")
	c.size = 1000
	require.True(t, m.stale(t.Context()))
	m.rebuild(t.Context())
	require.Equal(t, 1000, m.Words().Documents())
	require.Positive(t, m.Words().Beginning("gaming"))
	require.False(t, m.stale(t.Context()), "nothing has changed")
	c.size = 1001
	rested := func(took time.Duration) {
		known := *m.learnt.Load()
		known.took = took
		m.learnt.Store(&known)
	}
	rested(time.Minute)
	require.False(t, m.stale(t.Context()), "learning is not what it does most")
	rested(0)
	require.True(t, m.stale(t.Context()), "one product may have a word that no other has")
	c.size, c.err = 5000, errors.New("primary stepped down")
	require.False(t, m.stale(t.Context()))
	m.rebuild(t.Context())
	require.Equal(t, 1000, m.Words().Documents(), "the last model stays")
	c.err = nil
	known := *m.learnt.Load()
	known.at, known.products = time.Now().Add(-2*rebuildAfter), 5000
	m.learnt.Store(&known)
	require.True(t, m.stale(t.Context()), "products change though their number does not")
}

func TestRunBuildsAndEnds(t *testing.T) {
	c := &changing{size: 100}
	m := NewModel(c, quiet)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { m.Run(ctx) })
	require.Eventually(t, func() bool { return m.Words().Documents() == 100 }, 5*time.Second, 5*time.Millisecond)
	cancel()
	running.Wait()
}

func TestSampleIsBoundedAndHasTheOldestAndTheNewest(t *testing.T) {
	s := store(t)
	seed.New(s, 1000, quiet).Run(t.Context())
	var names []string
	require.NoError(t, s.Sample(t.Context(), 10, func(p catalog.Product) { names = append(names, p.Name) }))
	require.Len(t, names, 10)
	require.Equal(t, seed.Product(0).Name, names[0])
	require.Equal(t, seed.Product(999).Name, names[5])
	names = nil
	require.NoError(t, s.Sample(t.Context(), 1000, func(p catalog.Product) { names = append(names, p.Name) }))
	require.Len(t, names, 1000)
}
