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
	all, tiers := plan.All, plan.Tiers
	if !s.pairs.Load() {
		all, tiers = plan.WithoutPairs, []catalog.Match{plan.WithoutPairs}
	}
	if len(all.Also) > 0 && all.ByPairs() {
		if results, ok, err := s.intersect(ctx, plan, page); ok || err != nil {
			return results, err
		}
	}
	if plan.AtOnce {
		most := 2 * plan.Few
		list, err := s.find(ctx, rangeOf(all, nil), withMarks(plan.Tiers), 0, most+1)
		if err != nil {
			return catalog.Results{}, err
		}
		if len(list) <= most {
			return pageOf(list, plan.Tiers, page), nil
		}
	}
	return s.walk(ctx, all, tiers, plan.Apart, page)
}

// pageOf puts all products of a search in order, and takes the page.
func pageOf(all []found, tiers []catalog.Match, page catalog.Page) catalog.Results {
	last := len(tiers) - 1 // which has what the others do not
	byTier := make([][]catalog.Product, len(tiers))
	for _, f := range all {
		if p, ok := f.product(); ok {
			at := slices.IndexFunc(tiers[:last], func(m catalog.Match) bool { return m.Has(f.Marks) })
			if at < 0 {
				at = last
			}
			byTier[at] = append(byTier[at], p)
		}
	}
	return inExactOrder(byTier, page)
}

// inExactOrder is the page of a search of which all products are there.
func inExactOrder(tiers [][]catalog.Product, page catalog.Page) catalog.Results {
	for _, tier := range tiers {
		slices.SortFunc(tier, catalog.Product.Compare)
	}
	all := slices.Concat(tiers...)
	return catalog.Results{Products: append([]catalog.Product{}, slice(all, page)...), Total: len(all)}
}

// slice is the part of a list that is on the page.
func slice[T any](list []T, page catalog.Page) []T {
	first := min(page.Offset(), len(list))
	return list[first:min(first+page.Size, len(list))]
}

// withMarks are the fields that clients see, and those of the product's terms and
// pairs by which the tiers before the last one differ.
func withMarks(tiers []catalog.Match) bson.D {
	var all []string
	for _, m := range tiers[:len(tiers)-1] {
		all = append(all, m.Terms()...)
	}
	slices.Sort(all)
	asked := bson.A{}
	for _, mark := range slices.Compact(all) {
		asked = append(asked, bson.D{{Key: "$literal", Value: mark}})
	}
	list := func(field string) bson.D {
		return either(bson.D{{Key: "$isArray", Value: field}}, field, bson.A{field})
	}
	marks := bson.D{{Key: "$concatArrays", Value: bson.A{list("$terms"), list("$pairs")}}}
	return append(slices.Clip(clientFields), bson.E{Key: "marks", Value: bson.D{{Key: "$setIntersection", Value: bson.A{marks, asked}}}})
}

// walk reads the tiers.
func (s *Store) walk(ctx context.Context, all catalog.Match, tiers []catalog.Match, apart int, page catalog.Page) (results catalog.Results, err error) {
	var list []found
	var total int
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		list, err = s.walkTiers(ctx, tiers, apart, page)
		return err
	})
	both.Go(func() (err error) {
		total, err = s.count(ctx, rangeOf(all, nil), catalog.MostCounted+1)
		return err
	})
	if err := both.Wait(); err != nil {
		return catalog.Results{}, err
	}
	return catalog.Results{Products: products(list), Total: min(total, catalog.MostCounted), More: total > catalog.MostCounted}, nil
}

// walkTiers leaves earlier tiers out of those that may have some of their
// products, so that pages do not overlap.
func (s *Store) walkTiers(ctx context.Context, tiers []catalog.Match, apart int, page catalog.Page) (list []found, err error) {
	var earlier bson.A
	skip := page.Offset()
	for i, match := range tiers {
		tier := rangeOf(match, nil)
		if i >= apart {
			tier = rangeOf(match, earlier)
		}
		docs, err := s.find(ctx, tier, clientFields, skip, page.Size-len(list))
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

// indexRange is what is read of an index, and what the documents must have
// besides.
type indexRange struct {
	filter bson.D
	index  string
}

// rangeOf is what to read for a match. What the documents tell is asked in a way
// that cannot lead, whatever the planner thinks of it.
func rangeOf(m catalog.Match, except bson.A) indexRange {
	r := indexRange{oneOf(m.One), searchIndex}
	if m.One.Pairs {
		r.index = pairsIndex
	}
	no := slices.Clone(except)
	for _, choice := range m.Also {
		no = append(no, bson.D{{Key: "$nor", Value: bson.A{oneOf(choice)}}})
	}
	if len(no) > 0 {
		r.filter = append(r.filter, bson.E{Key: "$nor", Value: no})
	}
	return r
}

// oneOf is what the products with one of the choice have.
func oneOf(c catalog.Choice) bson.D {
	field := "terms"
	if c.Pairs {
		field = "pairs"
	}
	terms := append(make([]string, 0, len(c.Terms)), c.Terms...) // an empty list is none of BSON's nulls
	in := bson.D{{Key: field, Value: bson.D{{Key: "$in", Value: terms}}}}
	if c.Begins == "" {
		return in
	}
	begins := bson.D{{Key: field, Value: bson.D{{Key: "$elemMatch", Value: bson.D{{Key: "$gte", Value: c.Begins}, {Key: "$lt", Value: c.Until()}}}}}}
	return bson.D{{Key: "$or", Value: bson.A{in, begins}}}
}

func (s *Store) find(ctx context.Context, r indexRange, fields bson.D, skip, limit int) ([]found, error) {
	opts := options.Find().SetHint(r.index).SetSort(order).SetProjection(fields).
		SetSkip(int64(skip)).SetLimit(-int64(limit)).SetBatchSize(int32(limit)) //nolint:gosec // a page is small; negative: no cursor is left open
	cursor, err := s.products.Find(ctx, r.filter, opts)
	if err != nil {
		return nil, err
	}
	var list []found
	return list, cursor.All(ctx, &list)
}

// stillToSkip is what the next tier has to skip, after a tier that gave fewer
// products than wanted. Only one that gave none can be shorter than skip.
func (s *Store) stillToSkip(ctx context.Context, r indexRange, skip, got int) (int, error) {
	if skip == 0 || got > 0 {
		return 0, nil
	}
	passed, err := s.count(ctx, r, skip)
	return skip - passed, err
}

// count needs the index alone where the range says nothing of documents.
func (s *Store) count(ctx context.Context, r indexRange, limit int) (int, error) {
	cursor, err := s.products.Aggregate(ctx, mongo.Pipeline{
		{{Key: "$match", Value: r.filter}}, {{Key: "$limit", Value: limit}}, {{Key: "$count", Value: "n"}},
	}, options.Aggregate().SetHint(r.index))
	if err != nil {
		return 0, err
	}
	var counts []struct{ N int }
	if err := cursor.All(ctx, &counts); err != nil || len(counts) == 0 {
		return 0, err
	}
	return counts[0].N, nil
}
