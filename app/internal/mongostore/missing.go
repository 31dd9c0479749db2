package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/app/internal/catalog"
)

// IndexMissing gives up to limit products theirs that have no terms, pairs and
// rank, or those of an earlier version, and answers how many it found, and which
// of them cannot be shown. These get none, so that they are looked at once. An
// index finds them; until RestoreIndexes has made it, none are found.
func (s *Store) IndexMissing(ctx context.Context, limit int) (done int, hidden []string, err error) {
	if !s.indexed.Load() {
		return 0, nil, nil
	}
	done, hidden, err = s.indexMissing(ctx, limit)
	if lacksIndex(err) {
		s.indexed.Store(false)
	}
	return done, hidden, err
}

func (s *Store) indexMissing(ctx context.Context, limit int) (done int, hidden []string, err error) {
	filter := bson.D{{Key: "indexed", Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$gte", Value: catalog.TermsVersion}}}}}}
	opts := options.Find().SetHint(indexedIndex).SetProjection(clientFields).SetLimit(int64(limit)).SetBatchSize(int32(limit)) //nolint:gosec // a batch is small
	cursor, err := s.products.Find(ctx, filter, opts)
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
				{Key: "terms", Value: p.Terms()},
				{Key: "pairs", Value: p.Pairs()},
				{Key: "rank", Value: p.Rank()},
				{Key: "indexed", Value: catalog.TermsVersion},
			}}})
	}
	_, err = s.products.BulkWrite(ctx, changes, options.BulkWrite().SetOrdered(false))
	return len(list), hidden, classify("give products their terms", err)
}
