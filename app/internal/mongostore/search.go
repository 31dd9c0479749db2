package mongostore

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"speedscale/app/internal/catalog"
)

// order is the index's own, so a page ends as soon as it is full.
var order = bson.D{{Key: "rank", Value: -1}, {Key: "_id", Value: 1}}

const (
	// A search that is expected to find so few products reads all of them at once …
	few = 50
	// … and if there are more than this after all, it reads them in order.
	mostAtOnce = 100
)

// Search finds the products of plan. Where they are few it reads all of them and
// puts them in order here. Where they are many it reads them in the order of the
// index, tier by tier, until the page is full, and counts them meanwhile.
func (s *Store) Search(ctx context.Context, plan catalog.Plan, page catalog.Page) (catalog.Results, error) {
	return guard(s, func() (catalog.Results, error) {
		results, err := s.search(ctx, plan, page)
		if s.losesPairs(err) {
			results, err = s.search(ctx, plan, page)
		}
		return results, classify("search products", err)
	})
}

func (s *Store) search(ctx context.Context, plan catalog.Plan, page catalog.Page) (catalog.Results, error) {
	if plan.Expected <= few {
		list, err := s.find(ctx, s.tierOf(plan.All, nil), 0, mostAtOnce+1)
		if err != nil {
			return catalog.Results{}, err
		}
		if len(list) <= mostAtOnce {
			return pageOf(products(list), plan, page), nil
		}
	}
	return s.walk(ctx, plan, page)
}

// pageOf puts all products of a search in order, and takes the page.
func pageOf(all []catalog.Product, plan catalog.Plan, page catalog.Page) catalog.Results {
	tiers := make([][]catalog.Product, len(plan.Tiers)+1) // the last: whose texts changed since they were indexed
	for _, p := range all {
		terms := p.Terms()
		at := slices.IndexFunc(plan.Tiers, func(m catalog.Match) bool { return m.Matches(terms) })
		if at < 0 {
			at = len(plan.Tiers)
		}
		tiers[at] = append(tiers[at], p)
	}
	for _, tier := range tiers {
		slices.SortFunc(tier, catalog.Product.Compare)
	}
	ordered := slices.Concat(tiers...)
	first := min(page.Offset(), len(ordered))
	last := min(first+page.Size, len(ordered))
	return catalog.Results{Products: append([]catalog.Product{}, ordered[first:last]...), Total: len(ordered)}
}

// walk reads the tiers. Earlier ones are left out of later ones, so that pages
// do not overlap.
func (s *Store) walk(ctx context.Context, plan catalog.Plan, page catalog.Page) (results catalog.Results, err error) {
	var list []found
	var total int
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		list, err = s.walkTiers(ctx, plan.Tiers, page)
		return err
	})
	both.Go(func() (err error) {
		total, err = s.count(ctx, s.tierOf(plan.All, nil), catalog.MostCounted+1)
		return err
	})
	if err := both.Wait(); err != nil {
		return catalog.Results{}, err
	}
	return catalog.Results{Products: products(list), Total: min(total, catalog.MostCounted), More: total > catalog.MostCounted}, nil
}

func (s *Store) walkTiers(ctx context.Context, tiers []catalog.Match, page catalog.Page) (list []found, err error) {
	var earlier bson.A
	skip := page.Offset()
	for _, match := range tiers {
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
	t := tier{bson.D{{Key: "terms", Value: bson.D{{Key: "$in", Value: m.Leads}}}}, searchIndex}
	var also bson.A
	if m.Pair != "" && s.pairs.Load() {
		t = tier{bson.D{{Key: "pairs", Value: m.Pair}}, pairsIndex}
	}
	for _, term := range m.Has {
		if t.index == pairsIndex || !slices.Contains(m.Leads, term) {
			also = append(also, isIn(term))
		}
	}
	for _, choice := range m.Any {
		if t.index == pairsIndex || len(choice.Begins) > 0 || !slices.Equal(choice.Terms, m.Leads) {
			also = append(also, hasOneOf(choice))
		}
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

func hasOneOf(c catalog.Choice) bson.D {
	var any bson.A
	for _, term := range c.Terms {
		any = append(any, isIn(term))
	}
	for _, beginning := range c.Begins {
		any = append(any, begins(beginning))
	}
	return bson.D{{Key: "$or", Value: any}}
}

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
		SetSkip(int64(skip)).SetLimit(-int64(limit)).SetBatchSize(int32(limit)) //nolint:gosec // a page is small; negative: no cursor is left open
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
