package mongostore

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

const (
	searchIndex       = "search"
	namespaceNotFound = 26
)

// EnsureIndexes creates the indexes that searches need; those that are there
// stay as they are.
func (s *Store) EnsureIndexes(ctx context.Context) error {
	_, err := s.products.Indexes().CreateOne(ctx, mongo.IndexModel{
		Keys:    append(bson.D{{Key: "terms", Value: 1}}, order...),
		Options: options.Index().SetName(searchIndex),
	})
	if err != nil {
		return fmt.Errorf("create index %s of %s: %w", searchIndex, s.products.Name(), err)
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
	if _, err := s.find(ctx, bson.D{{Key: "terms", Value: "a"}}, 0, 1); err != nil {
		return classify("read through index "+searchIndex, err)
	}
	return nil
}
