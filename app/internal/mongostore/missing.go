package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// IndexMissing gives up to limit products that have no terms or pairs theirs,
// and answers how many it found. The indexes find them.
func (s *Store) IndexMissing(ctx context.Context, limit int) (int, error) {
	n, err := s.indexMissing(ctx, limit)
	if s.losesPairs(err) {
		return s.indexMissing(ctx, limit)
	}
	return n, err
}

func (s *Store) indexMissing(ctx context.Context, limit int) (int, error) {
	field, index := "terms", searchIndex
	if s.pairs.Load() {
		field, index = "pairs", pairsIndex // which those without terms do not have either
	}
	cursor, err := s.products.Find(ctx, bson.D{{Key: field, Value: nil}}, options.Find().SetHint(index).SetLimit(-int64(limit)))
	if err != nil {
		return 0, classify("find products without terms", err)
	}
	var docs []document
	if err := cursor.All(ctx, &docs); err != nil {
		return 0, classify("find products without terms", err)
	}
	if len(docs) == 0 {
		return 0, nil
	}
	changes := make([]mongo.WriteModel, len(docs))
	for i, doc := range docs {
		p := doc.product()
		changes[i] = mongo.NewUpdateOneModel().SetFilter(bson.D{{Key: "_id", Value: doc.ID}}).
			SetUpdate(bson.D{{Key: "$set", Value: bson.D{
				{Key: "terms", Value: p.Terms()}, {Key: "pairs", Value: p.Pairs()}, {Key: "rank", Value: p.Rank()},
			}}})
	}
	_, err = s.products.BulkWrite(ctx, changes, options.BulkWrite().SetOrdered(false))
	return len(docs), classify("give products their terms", err)
}
