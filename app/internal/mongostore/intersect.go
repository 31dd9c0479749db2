package mongostore

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"speedscale/app/internal/catalog"
)

// What may be held in memory at once: a list of so many entries takes 1.5 MB, and
// clients can ask for many words at a time.
const (
	mostEntries   = 10_000 // of the index, for one pair of words
	mostLists     = 8      // one search
	intersections = 4      // searches
)

// entry is a product as the index knows it.
type entry struct {
	ID   bson.RawValue `bson:"_id"`
	Rank bson.RawValue `bson:"rank"`
}

// intersect finds products with three words or more by two pairs or more: those that
// are among the index's entries of each. So it reads the documents of one page,
// and not of all products with one of the pairs. Not ok means that there are too
// many words for that, or that some pair has too many entries.
func (s *Store) intersect(ctx context.Context, plan catalog.Plan, page catalog.Page) (results catalog.Results, ok bool, err error) {
	choices := slices.Clone(plan.Tiers[0].Also)
	for _, m := range plan.Tiers {
		choices = append(choices, m.One)
	}
	if len(choices) > mostLists {
		return catalog.Results{}, false, nil
	}
	if err := s.intersections.Acquire(ctx, 1); err != nil {
		return catalog.Results{}, false, fmt.Errorf("wait for other searches: %w", err)
	}
	defer s.intersections.Release(1)
	also := len(plan.Tiers[0].Also)
	lists := make([][]entry, len(choices))
	all, among := errgroup.WithContext(ctx)
	for i, c := range choices {
		all.Go(func() (err error) {
			lists[i], err = s.entries(among, c)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return catalog.Results{}, false, err
	}
	if slices.ContainsFunc(lists, func(list []entry) bool { return len(list) > mostEntries }) {
		return catalog.Results{}, false, nil
	}
	results, err = s.pageOfEntries(ctx, inAll(lists[also:], lists[:also]), plan.Few, page)
	return results, true, err
}

// entries are those of the index with one of the pairs, one more than may be at
// most.
func (s *Store) entries(ctx context.Context, c catalog.Choice) ([]entry, error) {
	r := rangeOf(catalog.Match{One: c}, nil)
	opts := options.Find().SetHint(r.index).SetProjection(bson.D{{Key: "_id", Value: 1}, {Key: "rank", Value: 1}}).
		SetLimit(-(mostEntries + 1)).SetBatchSize(mostEntries + 1)
	cursor, err := s.products.Find(ctx, r.filter, opts)
	if err != nil {
		return nil, err
	}
	var list []entry
	return list, cursor.All(ctx, &list)
}

// inAll are the entries of the tiers that are in each of the other lists, the tiers
// one after the other, each in the order of the index.
func inAll(tiers, others [][]entry) (tiered [][]entry) {
	in := map[string]int{} // so many of the lists so far
	for i, list := range others {
		for _, e := range list {
			if id := string(e.ID.Value); in[id] == i {
				in[id]++
			}
		}
	}
	for _, tier := range tiers {
		var list []entry
		for _, e := range tier {
			if id := string(e.ID.Value); in[id] == len(others) {
				list = append(list, e)
				delete(in, id) // a later tier may have it, too
			}
		}
		slices.SortFunc(list, func(a, b entry) int {
			return cmp.Or(cmp.Compare(b.rank(), a.rank()), bytes.Compare(a.ID.Value, b.ID.Value))
		})
		tiered = append(tiered, list)
	}
	return tiered
}

// rank is what others have written there, if that is a number.
func (e entry) rank() float64 {
	if n, ok := e.Rank.AsFloat64OK(); ok && !math.IsNaN(n) {
		return n
	}
	return 0
}

// pageOfEntries reads the products of a page, or all if they are few, which are then
// in exact order.
func (s *Store) pageOfEntries(ctx context.Context, tiers [][]entry, few int, page catalog.Page) (catalog.Results, error) {
	all := slices.Concat(tiers...)
	if len(all) > few {
		wanted := slice(all, page)
		found, err := s.byIDs(ctx, wanted)
		return catalog.Results{
			Products: append([]catalog.Product{}, inOrder(wanted, found)...),
			Total:    min(len(all), catalog.MostCounted), More: len(all) > catalog.MostCounted,
		}, err
	}
	found, err := s.byIDs(ctx, all)
	shown := make([][]catalog.Product, len(tiers))
	for i, tier := range tiers {
		shown[i] = inOrder(tier, found)
	}
	return inExactOrder(shown, page), err
}

// byIDs are the products of the entries that can be shown.
func (s *Store) byIDs(ctx context.Context, entries []entry) (map[catalog.ID]catalog.Product, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	ids := make(bson.A, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	cursor, err := s.products.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}},
		options.Find().SetProjection(clientFields).SetLimit(-int64(len(ids))).SetBatchSize(int32(len(ids)))) //nolint:gosec // a page is small
	if err != nil {
		return nil, err
	}
	var list []found
	if err := cursor.All(ctx, &list); err != nil {
		return nil, err
	}
	byID := map[catalog.ID]catalog.Product{}
	for _, p := range products(list) {
		byID[p.ID] = p
	}
	return byID, nil
}

func inOrder(entries []entry, byID map[catalog.ID]catalog.Product) (list []catalog.Product) {
	for _, e := range entries {
		if id, ok := e.ID.ObjectIDOK(); ok {
			if p, ok := byID[catalog.ID(id.Hex())]; ok {
				list = append(list, p)
			}
		}
	}
	return list
}
