package mongostore

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/app/internal/catalog"
)

const sampleBatch = 500 // products; what is held in memory at once

// Sample calls each with the texts of every product, or, if there are more
// than limit, of the oldest and the newest ones: always the same for the same
// products, and in bounded time.
func (s *Store) Sample(ctx context.Context, limit int, each func(catalog.Product)) error {
	count, err := s.Count(ctx)
	if err != nil {
		return err
	}
	if count <= int64(limit) {
		return s.scan(ctx, 1, limit, each)
	}
	if err := s.scan(ctx, 1, limit/2, each); err != nil {
		return err
	}
	return s.scan(ctx, -1, limit/2, each)
}

func (s *Store) scan(ctx context.Context, direction, limit int, each func(catalog.Product)) error {
	cursor, err := s.products.Find(ctx, bson.D{}, options.Find().SetProjection(textFields).
		SetSort(bson.D{{Key: "_id", Value: direction}}).SetLimit(int64(limit)).SetBatchSize(sampleBatch))
	if err != nil {
		return classify("sample products", err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	for cursor.Next(ctx) {
		var f found
		if err := cursor.Decode(&f); err != nil {
			return fmt.Errorf("sample products: %w", err)
		}
		if p, ok := f.product(); ok {
			each(p)
		}
	}
	return classify("sample products", cursor.Err())
}

// Matching finds up to limit products that match, those in stock first. By pairs
// it finds none while their index is not there.
func (s *Store) Matching(ctx context.Context, match catalog.Match, limit int) ([]catalog.Product, error) {
	if match.One.Pairs && !s.pairs.Load() {
		return nil, nil
	}
	return guard(s, func() ([]catalog.Product, error) {
		list, err := s.find(ctx, rangeOf(match, nil), clientFields, 0, limit)
		return products(list), classify("find matching products", err)
	})
}

// First are the first products by id.
func (s *Store) First(ctx context.Context, limit int) ([]catalog.Product, error) {
	return guard(s, func() ([]catalog.Product, error) {
		cursor, err := s.products.Find(ctx, bson.D{}, options.Find().SetProjection(clientFields).
			SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(-int64(limit)))
		if err != nil {
			return nil, classify("find the first products", err)
		}
		var list []found
		err = cursor.All(ctx, &list)
		return products(list), classify("find the first products", err)
	})
}
