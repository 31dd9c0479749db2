package mongostore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/app/internal/catalog"
)

// insertTimeout bounds a batch of inserts, each acknowledged by a majority.
const insertTimeout = 30 * time.Second

// CountBetween counts the products from the id first to the id last, both
// included.
func (s *Store) CountBetween(ctx context.Context, first, last catalog.ID) (int, error) {
	from, err := bson.ObjectIDFromHex(string(first))
	if err != nil {
		return 0, fmt.Errorf("product id %q: %w", first, err)
	}
	to, err := bson.ObjectIDFromHex(string(last))
	if err != nil {
		return 0, fmt.Errorf("product id %q: %w", last, err)
	}
	n, err := s.products.CountDocuments(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: from}, {Key: "$lte", Value: to}}}})
	return int(n), classify("count seeded products", err)
}

// Insert adds the products that are not there yet and leaves those that are.
func (s *Store) Insert(ctx context.Context, list []catalog.Product) error {
	ctx, cancel := context.WithTimeout(ctx, insertTimeout)
	defer cancel()
	docs := make([]document, len(list))
	for i, p := range list {
		doc, err := newDocument(p)
		if err != nil {
			return err
		}
		docs[i] = doc
	}
	_, err := s.products.InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
	if onlyDuplicates(err) {
		return nil
	}
	return classify("insert products", err)
}

func onlyDuplicates(err error) bool {
	var failed mongo.BulkWriteException
	if !errors.As(err, &failed) || failed.WriteConcernError != nil {
		return false
	}
	for _, one := range failed.WriteErrors {
		if !mongo.IsDuplicateKeyError(one) {
			return false
		}
	}
	return true
}
