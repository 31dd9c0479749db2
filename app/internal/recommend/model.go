// Package recommend finds similar products. Its model is how often each word
// occurs in the catalogue; candidates come from the search index, so that it
// holds no product in memory and sees a new one at once.
package recommend

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/lexicon"
)

const (
	sampleSize   = 40_000           // products that the model is made of, at most
	lookEvery    = 5 * time.Second  // for a change of the catalogue's size
	buildWithin  = 2 * time.Minute  // one building of the model
	rebuildAfter = 10 * time.Minute // whatever the size: products may have changed
	restFactor   = 20               // times what building took, it is not built again
)

// Catalogue is where the model learns.
type Catalogue interface {
	Count(ctx context.Context) (int64, error)
	Sample(ctx context.Context, limit int, each func(catalog.Product)) error
}

// Model is what was learnt from the catalogue. It is built in the background,
// and until then knows nothing.
type Model struct {
	catalogue Catalogue
	log       *slog.Logger
	learnt    atomic.Pointer[learnt]
}

type learnt struct {
	search   *lexicon.Lexicon // words that searches find
	pairs    *lexicon.Lexicon // pairs of them
	heads    *lexicon.Lexicon // words for things
	text     *lexicon.Lexicon // all words, the descriptions' too
	products int64            // in the catalogue then
	at       time.Time
	took     time.Duration
}

// NewModel makes one that knows nothing yet.
func NewModel(catalogue Catalogue, log *slog.Logger) *Model {
	m := &Model{catalogue: catalogue, log: log}
	empty := lexicon.NewBuilder().Build()
	m.learnt.Store(&learnt{search: empty, pairs: empty, heads: empty, text: empty})
	return m
}

// Words are the words that searches find.
func (m *Model) Words() *lexicon.Lexicon { return m.learnt.Load().search }

// Counts are about how many products have which words.
func (m *Model) Counts() catalog.Counts { return counts{m.learnt.Load()} }

type counts struct{ *learnt }

func (c counts) Products() int     { return int(c.products) }
func (c counts) Word(w string) int { return c.ofAll(c.search.Word(w)) }
func (c counts) Pair(p string) int { return c.ofAll(c.pairs.Word(p)) }
func (c counts) Head(w string) int { return c.ofAll(c.heads.Word(w)) }

func (c counts) Longer(beginning string, most int) []string {
	return catalog.SingularsOf(c.search.Longer(beginning, 2*most), most)
}

// ofAll is how many of all products those of the sample stand for.
func (c counts) ofAll(sampled int) int {
	if sampled == 0 {
		return 0
	}
	return max(1, sampled*int(c.products)/c.search.Documents())
}

// Run builds the model and keeps it fresh until ctx ends.
func (m *Model) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if m.stale(ctx) {
			m.rebuild(ctx)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// stale tells whether the catalogue is another than was learnt. What others have
// added is to be learnt soon, and learning must not be what the gateway does most.
func (m *Model) stale(ctx context.Context) bool {
	known := m.learnt.Load()
	age := time.Since(known.at)
	if !known.at.IsZero() && age > rebuildAfter {
		return true
	}
	if age < restFactor*known.took {
		return false
	}
	count, err := m.catalogue.Count(ctx)
	return err == nil && count != known.products
}

func (m *Model) rebuild(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, buildWithin)
	defer cancel()
	start := time.Now()
	if err := m.build(ctx); err != nil {
		m.log.Warn("the model of the catalogue is not built, the last one stays", "reason", err)
		return
	}
	known := m.learnt.Load()
	m.log.Info("built the model of the catalogue", "products", known.products, "sampled", known.text.Documents(),
		"took", time.Since(start).Round(time.Millisecond).String())
}

func unsigned(pairs []string) []string {
	for i, p := range pairs {
		pairs[i] = catalog.Unsigned(p)
	}
	return pairs
}

func (m *Model) build(ctx context.Context) error {
	count, err := m.catalogue.Count(ctx)
	if err != nil {
		return err
	}
	start := time.Now()
	search, pairs, heads, text := lexicon.NewBuilder(), lexicon.NewBuilder(), lexicon.NewBuilder(), lexicon.NewBuilder()
	err = m.catalogue.Sample(ctx, sampleSize, func(p catalog.Product) {
		search.Add(p.SearchWords())
		pairs.Add(unsigned(p.Pairs()))
		heads.Add(p.Heads())
		text.Add(catalog.Words(p.Name + " " + p.Category + " " + p.Brand + " " + p.Description))
	})
	if err != nil {
		return err
	}
	m.learnt.Store(&learnt{
		search: search.Build(), pairs: pairs.Build(), heads: heads.Build(), text: text.Build(),
		products: count, at: time.Now(), took: time.Since(start),
	})
	return nil
}
