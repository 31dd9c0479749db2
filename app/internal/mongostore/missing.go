package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/app/internal/catalog"
)

// IndexMissing gives up to limit products that have no terms or pairs theirs,
// and answers how many it found, and which of them cannot be shown. These get
// none, so that they are looked at once. The indexes find them.
func (s *Store) IndexMissing(ctx context.Context, limit int) (done int, hidden []string, err error) {
	done, hidden, err = s.indexMissing(ctx, limit)
	if s.losesPairs(err) {
		return s.indexMissing(ctx, limit)
	}
	return done, hidden, err
}

func (s *Store) indexMissing(ctx context.Context, limit int) (done int, hidden []string, err error) {
	field, index := "terms", searchIndex
	if s.pairs.Load() {
		field, index = "pairs", pairsIndex // which those without terms do not have either
	}
	cursor, err := s.products.Find(ctx, bson.D{{Key: field, Value: nil}}, options.Find().SetHint(index).SetProjection(clientFields).SetLimit(-int64(limit)))
	if err != nil {
		return 0, nil, classify("find products without terms", err)
	}
	var list []found
	if err := cursor.All(ctx, &list); err != nil {
		return 0, nil, classify("find products without terms", err)
	}
	if len(list) == 0 {
		return 0, nil, nil
	}
	changes := make([]mongo.WriteModel, len(list))
	for i, f := range list {
		p, ok := f.product()
		if !ok {
			p = catalog.Product{}
			hidden = append(hidden, f.ID.String())
		}
		changes[i] = mongo.NewUpdateOneModel().SetFilter(bson.D{{Key: "_id", Value: bson.D{{Key: "$eq", Value: f.ID}}}}).
			SetUpdate(bson.D{{Key: "$set", Value: bson.D{
				{Key: "terms", Value: p.Terms()}, {Key: "pairs", Value: p.Pairs()}, {Key: "rank", Value: p.Rank()},
			}}})
	}
	_, err = s.products.BulkWrite(ctx, changes, options.BulkWrite().SetOrdered(false))
	return len(list), hidden, classify("give products their terms", err)
}
