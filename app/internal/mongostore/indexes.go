package mongostore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/app/internal/catalog"
)

const (
	searchIndex  = "search"  // of terms: every search can be served by it
	pairsIndex   = "pairs"   // makes searches of several words fast
	indexedIndex = "indexed" // finds the products that have other terms than they should

	badValue          = 2
	namespaceNotFound = 26
	indexNotFound     = 27
)

// Making an index of a million products takes minutes.
const (
	pairsTimeout   = 30 * time.Minute
	indexedTimeout = 10 * time.Minute
)

// EnsureIndexes creates the index that searches need; it stays if it is there.
func (s *Store) EnsureIndexes(ctx context.Context) error {
	return s.ensureIndex(ctx, searchIndex, ordered("terms"))
}

// EnsurePairs creates the index of pairs. Inserting into it costs far more
// than building it of what is there: it has an entry here and there for each
// product, so most of its pages change all the time.
func (s *Store) EnsurePairs(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pairsTimeout)
	defer cancel()
	if err := s.ensureIndex(ctx, pairsIndex, ordered("pairs")); err != nil {
		return err
	}
	s.pairs.Store(true)
	s.pairsWanted.Store(true)
	return nil
}

// DropPairs drops the index of pairs, for as long as much is inserted.
func (s *Store) DropPairs(ctx context.Context) error {
	s.pairsWanted.Store(false)
	s.pairs.Store(false)
	err := s.products.Indexes().DropOne(ctx, pairsIndex)
	if hasCode(err, indexNotFound) || hasCode(err, namespaceNotFound) {
		return nil
	}
	return classify("drop index "+pairsIndex, err)
}

// RestoreIndexes makes the index that finds products without terms if it is not
// there, and that of pairs again if somebody has dropped it, and tells whether it
// did the latter. It makes none before EnsureIndexes: that would make the
// collection, unsharded.
func (s *Store) RestoreIndexes(ctx context.Context) (pairsRestored bool, err error) {
	there, err := s.indexNames(ctx)
	if err != nil || !slices.Contains(there, searchIndex) {
		return false, err
	}
	if !s.indexed.Load() || !slices.Contains(there, indexedIndex) {
		if err := s.ensureIndexed(ctx); err != nil {
			return false, err
		}
	}
	if !s.pairsWanted.Load() || s.pairs.Load() && slices.Contains(there, pairsIndex) {
		return false, nil
	}
	err = s.EnsurePairs(ctx)
	return err == nil, err
}

func (s *Store) ensureIndexed(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, indexedTimeout)
	defer cancel()
	if err := s.ensureIndex(ctx, indexedIndex, bson.D{{Key: "indexed", Value: 1}}); err != nil {
		return err
	}
	s.indexed.Store(true)
	return nil
}

// losesPairs tells whether err says that the index which a query named is gone.
// The index of pairs is not named any more then, until RestoreIndexes.
func (s *Store) losesPairs(err error) bool {
	if !lacksIndex(err) {
		return false
	}
	s.pairs.Store(false)
	return true
}

// lacksIndex tells whether err says that an index which a query named is not
// there.
func lacksIndex(err error) bool {
	return hasCode(err, badValue) && strings.Contains(err.Error(), "hint")
}

func hasCode(err error, code int32) bool {
	var failed mongo.CommandError
	return errors.As(err, &failed) && failed.Code == code
}

// ordered is an index of a field, in the order in which products are shown.
func ordered(field string) bson.D { return append(bson.D{{Key: field, Value: 1}}, order...) }

func (s *Store) ensureIndex(ctx context.Context, name string, keys bson.D) error {
	_, err := s.products.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: keys, Options: options.Index().SetName(name)})
	if err != nil {
		return fmt.Errorf("create index %s of %s: %w", name, s.products.Name(), err)
	}
	return nil
}

// HasIndexes tells whether EnsureIndexes has been done.
func (s *Store) HasIndexes(ctx context.Context) (bool, error) {
	there, err := s.indexNames(ctx)
	return slices.Contains(there, searchIndex), err
}

func (s *Store) indexNames(ctx context.Context) ([]string, error) {
	indexes, err := s.products.Indexes().ListSpecifications(ctx)
	if notThere(err) != nil {
		return nil, classify("list indexes", err)
	}
	var names []string
	for _, index := range indexes {
		names = append(names, index.Name)
	}
	return names, nil
}

// CheckSearch reads through the search index, which proves that mongos, the
// shards and the index serve.
func (s *Store) CheckSearch(ctx context.Context) error {
	if _, err := s.find(ctx, rangeOf(catalog.OneOf([]string{"a"}), nil), clientFields, 0, 1); err != nil {
		return classify("read through index "+searchIndex, err)
	}
	return nil
}
