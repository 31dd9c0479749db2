package mongostore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/app/internal/catalog"
)

const (
	searchIndex = "search" // of terms: every search can be served by it
	pairsIndex  = "pairs"  // makes searches of several words fast

	badValue          = 2
	namespaceNotFound = 26
	indexNotFound     = 27
)

// pairsTimeout bounds the making of that index; a million products take minutes.
const pairsTimeout = 30 * time.Minute

// EnsureIndexes creates the index that searches need; it stays if it is there.
func (s *Store) EnsureIndexes(ctx context.Context) error {
	return s.ensureIndex(ctx, searchIndex, "terms")
}

// EnsurePairs creates the index of pairs. Inserting into it costs far more
// than building it of what is there: it has an entry here and there for each
// product, so most of its pages change all the time.
func (s *Store) EnsurePairs(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pairsTimeout)
	defer cancel()
	if err := s.ensureIndex(ctx, pairsIndex, "pairs"); err != nil {
		return err
	}
	s.pairs.Store(true)
	s.pairsLost.Store(false)
	return nil
}

// DropPairs drops the index of pairs, for as long as much is inserted.
func (s *Store) DropPairs(ctx context.Context) error {
	s.pairs.Store(false)
	err := s.products.Indexes().DropOne(ctx, pairsIndex)
	if hasCode(err, indexNotFound) || hasCode(err, namespaceNotFound) {
		return nil
	}
	return classify("drop index "+pairsIndex, err)
}

// RestorePairs makes the index of pairs again if somebody has dropped it, and
// tells whether it did.
func (s *Store) RestorePairs(ctx context.Context) (bool, error) {
	if !s.pairsLost.Load() {
		return false, nil
	}
	err := s.EnsurePairs(ctx)
	return err == nil, err
}

// losesPairs tells whether err says that the index which a query named is gone.
// The index of pairs is not named any more then.
func (s *Store) losesPairs(err error) bool {
	if !hasCode(err, badValue) || !strings.Contains(err.Error(), "hint") {
		return false
	}
	if s.pairs.CompareAndSwap(true, false) {
		s.pairsLost.Store(true)
	}
	return true
}

func hasCode(err error, code int32) bool {
	var failed mongo.CommandError
	return errors.As(err, &failed) && failed.Code == code
}

func (s *Store) ensureIndex(ctx context.Context, name, field string) error {
	_, err := s.products.Indexes().CreateOne(ctx, mongo.IndexModel{
		Keys:    append(bson.D{{Key: field, Value: 1}}, order...),
		Options: options.Index().SetName(name),
	})
	if err != nil {
		return fmt.Errorf("create index %s of %s: %w", name, s.products.Name(), err)
	}
	return nil
}

// HasIndexes tells whether EnsureIndexes has been done.
func (s *Store) HasIndexes(ctx context.Context) (bool, error) {
	indexes, err := s.products.Indexes().ListSpecifications(ctx)
	if notThere(err) != nil {
		return false, classify("list indexes", err)
	}
	for _, index := range indexes {
		if index.Name == searchIndex {
			return true, nil
		}
	}
	return false, nil
}

// CheckSearch reads through the search index, which proves that mongos, the
// shards and the index serve.
func (s *Store) CheckSearch(ctx context.Context) error {
	if _, err := s.find(ctx, s.tierOf(catalog.Match{Term: "a"}, nil), 0, 1); err != nil {
		return classify("read through index "+searchIndex, err)
	}
	return nil
}
