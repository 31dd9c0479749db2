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
	grownBy      = 10               // a change of size by a tenth makes it be built anew
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
	text     *lexicon.Lexicon // these and the descriptions'
	products int64            // in the catalogue then
	at       time.Time
}

// NewModel makes one that knows nothing yet.
func NewModel(catalogue Catalogue, log *slog.Logger) *Model {
	m := &Model{catalogue: catalogue, log: log}
	empty := lexicon.NewBuilder().Build()
	m.learnt.Store(&learnt{search: empty, pairs: empty, text: empty})
	return m
}

// Words are the words that searches find.
func (m *Model) Words() *lexicon.Lexicon { return m.learnt.Load().search }

// Counts are how many products have which words.
func (m *Model) Counts() catalog.Counts {
	known := m.learnt.Load()
	return counts{known.search, known.pairs}
}

type counts struct{ words, pairs *lexicon.Lexicon }

func (c counts) Word(w string) int      { return c.words.Word(w) }
func (c counts) Beginning(b string) int { return c.words.Beginning(b) }
func (c counts) Pair(p string) int      { return c.pairs.Word(p) }

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

// stale tells whether the catalogue is another than was learnt.
func (m *Model) stale(ctx context.Context) bool {
	known := m.learnt.Load()
	if !known.at.IsZero() && time.Since(known.at) > rebuildAfter {
		return true
	}
	count, err := m.catalogue.Count(ctx)
	if err != nil || count == known.products {
		return false
	}
	change := count - known.products
	return max(change, -change)*grownBy >= known.products
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

func (m *Model) build(ctx context.Context) error {
	count, err := m.catalogue.Count(ctx)
	if err != nil {
		return err
	}
	search, pairs, text := lexicon.NewBuilder(), lexicon.NewBuilder(), lexicon.NewBuilder()
	err = m.catalogue.Sample(ctx, sampleSize, func(p catalog.Product) {
		words := catalog.Words(p.Name + " " + p.Category + " " + p.Brand)
		search.Add(words)
		pairs.Add(p.Pairs())
		text.Add(append(words, catalog.Words(p.Description)...))
	})
	if err != nil {
		return err
	}
	m.learnt.Store(&learnt{search: search.Build(), pairs: pairs.Build(), text: text.Build(), products: count, at: time.Now()})
	return nil
}
