package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/app/internal/catalog"
)

// order is the index's own, so a page ends as soon as it is full.
var order = bson.D{{Key: "rank", Value: -1}, {Key: "_id", Value: 1}}

// Search walks the tiers of the plan, best first, until the page is full.
// Earlier tiers are left out of later ones, so that pages do not overlap.
func (s *Store) Search(ctx context.Context, plan []catalog.Match, page catalog.Page) ([]catalog.Product, error) {
	return guard(s, func() ([]catalog.Product, error) {
		list, err := s.search(ctx, plan, page)
		if s.losesPairs(err) {
			list, err = s.search(ctx, plan, page)
		}
		return products(list), classify("search products", err)
	})
}

func (s *Store) search(ctx context.Context, plan []catalog.Match, page catalog.Page) (list []found, err error) {
	var earlier bson.A
	skip := page.Offset()
	for _, match := range plan {
		tier := s.tierOf(match, earlier)
		docs, err := s.find(ctx, tier, skip, page.Size-len(list))
		if err != nil {
			return nil, err
		}
		list = append(list, docs...)
		if len(list) == page.Size {
			break
		}
		if skip, err = s.stillToSkip(ctx, tier, skip, len(docs)); err != nil {
			return nil, err
		}
		earlier = append(earlier, tier.filter)
	}
	return list, nil
}

// tier is one kind of match: its filter, and the index that serves it.
type tier struct {
	filter bson.D
	index  string
}

// tierOf reads the index of pairs if it is there and the match has one, else
// that of terms. The leading entries are read in order, and the rest filters
// what they point to: as an expression it cannot lead, whatever the planner
// thinks of it.
func (s *Store) tierOf(m catalog.Match, except bson.A) tier {
	t := tier{bson.D{{Key: "terms", Value: m.Term}}, searchIndex}
	var also bson.A
	if m.Pair != "" && s.pairs.Load() {
		t = tier{bson.D{{Key: "pairs", Value: m.Pair}}, pairsIndex}
	}
	for _, term := range m.Has {
		if t.index == pairsIndex || term != m.Term {
			also = append(also, isIn(term))
		}
	}
	for _, beginning := range m.Begins {
		also = append(also, begins(beginning))
	}
	if len(also) > 0 {
		t.filter = append(t.filter, bson.E{Key: "$expr", Value: bson.D{{Key: "$and", Value: also}}})
	}
	if len(except) > 0 {
		t.filter = append(t.filter, bson.E{Key: "$nor", Value: except})
	}
	return t
}

// terms are those of the product, whatever others have written there.
var terms = either(bson.D{{Key: "$isArray", Value: "$terms"}}, "$terms", bson.A{"$terms"})

func isIn(term string) bson.D { return bson.D{{Key: "$in", Value: bson.A{literal(term), terms}}} }

// begins tells whether some term begins so.
func begins(text string) bson.D {
	at := bson.D{{Key: "$indexOfBytes", Value: bson.A{"$$this", literal(text)}}}
	return bson.D{{Key: "$anyElementTrue", Value: bson.A{bson.D{{Key: "$map", Value: bson.D{
		{Key: "input", Value: terms}, {Key: "in", Value: either(isType("$$this", "string"), bson.D{{Key: "$eq", Value: bson.A{at, 0}}}, false)},
	}}}}}}
}

func literal(text string) bson.D { return bson.D{{Key: "$literal", Value: text}} }

func (s *Store) find(ctx context.Context, t tier, skip, limit int) ([]found, error) {
	opts := options.Find().SetHint(t.index).SetSort(order).SetProjection(clientFields).
		SetSkip(int64(skip)).SetLimit(-int64(limit)) // negative: one batch, no cursor is left open
	cursor, err := s.products.Find(ctx, t.filter, opts)
	if err != nil {
		return nil, err
	}
	var list []found
	return list, cursor.All(ctx, &list)
}

// stillToSkip is what the next tier has to skip, after a tier that gave fewer
// products than wanted. Only one that gave none can be shorter than skip.
func (s *Store) stillToSkip(ctx context.Context, t tier, skip, got int) (int, error) {
	if skip == 0 || got > 0 {
		return 0, nil
	}
	passed, err := s.count(ctx, t, skip)
	return skip - passed, err
}

func (s *Store) count(ctx context.Context, t tier, limit int) (int, error) {
	cursor, err := s.products.Aggregate(ctx, mongo.Pipeline{
		{{Key: "$match", Value: t.filter}}, {{Key: "$limit", Value: limit}}, {{Key: "$count", Value: "n"}},
	}, options.Aggregate().SetHint(t.index))
	if err != nil {
		return 0, err
	}
	var counts []struct{ N int }
	if err := cursor.All(ctx, &counts); err != nil || len(counts) == 0 {
		return 0, err
	}
	return counts[0].N, nil
}
