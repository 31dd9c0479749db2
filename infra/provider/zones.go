package provider

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"speedscale/infra/mongoadmin"
)

// Zone keeps ranges of the shard key on some shards, as an input.
type Zone struct {
	Name   string   `pulumi:"name"`
	Shards []string `pulumi:"shards"`
	Ranges []Range  `pulumi:"ranges"`
}

// Range is a range of the shard key, as an input.
type Range struct {
	Min string `pulumi:"min"`
	Max string `pulumi:"max"`
}

// Annotate describes the inputs.
func (z *Zone) Annotate(a infer.Annotator) {
	a.Describe(&z.Name, "Name of the zone.")
	a.Describe(&z.Shards, "Names of the shards that keep the zone's documents.")
	a.Describe(&z.Ranges, "The ranges of the shard key that belong to the zone.")
}

// Annotate describes the inputs.
func (r *Range) Annotate(a infer.Annotator) {
	a.Describe(&r.Min, `Lower bound, inclusive: a document in extended JSON with the fields of the shard key, {"category": "a"} or {"_id": {"$minKey": 1}}.`)
	a.Describe(&r.Max, `Upper bound, exclusive, like min.`)
}

// canonicalZones is the zones in the one order and spelling that a refresh
// finds too.
func canonicalZones(key mongoadmin.ShardKey, zones []Zone, c *checks) []Zone {
	var out []Zone
	names := map[string]bool{}
	for i, z := range zones {
		if names[z.Name] {
			c.add(fmt.Sprintf("zones[%d].name", i), "zone %q is listed twice", z.Name)
		}
		names[z.Name] = true
		if len(z.Shards) == 0 {
			c.add(fmt.Sprintf("zones[%d].shards", i), "is empty, must name at least one shard")
		}
		zone := mongoadmin.Zone{Name: z.Name, Shards: slices.Clone(z.Shards)}
		for j, r := range z.Ranges {
			bound := func(name, text string) string {
				canonical, err := mongoadmin.ParseBound(key, text)
				if err != nil {
					c.add(fmt.Sprintf("zones[%d].ranges[%d].%s", i, j, name), "%s", err)
				}
				return canonical
			}
			zone.Ranges = append(zone.Ranges, mongoadmin.Range{Min: bound("min", r.Min), Max: bound("max", r.Max)})
		}
		out = append(out, zoneInput(mongoadmin.SortZones(map[string]*mongoadmin.Zone{z.Name: &zone})[0]))
	}
	slices.SortFunc(out, func(a, b Zone) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func zoneInput(z mongoadmin.Zone) Zone {
	in := Zone{Name: z.Name, Shards: z.Shards, Ranges: []Range{}}
	for _, r := range z.Ranges {
		in.Ranges = append(in.Ranges, Range(r))
	}
	return in
}

// managed are the zones that a collection answers for: those that it declares,
// declared, or has a range in. The others are another collection's.
func managed(zones []mongoadmin.Zone, lists ...[]Zone) []mongoadmin.Zone {
	return slices.DeleteFunc(zones, func(z mongoadmin.Zone) bool {
		if len(z.Ranges) > 0 {
			return false
		}
		for _, list := range lists {
			if slices.ContainsFunc(list, func(in Zone) bool { return in.Name == z.Name }) {
				return false
			}
		}
		return true
	})
}

// zoneWork makes a collection's zones what is declared.
type zoneWork struct {
	admin      mongoadmin.Admin
	router     mongoadmin.Endpoint
	collection mongoadmin.Namespace
	want, was  []Zone
}

// ensure is a question: it gives orders until nothing differs.
func (w zoneWork) ensure(ctx context.Context) (string, error) {
	all, err := w.admin.Zones(ctx, w.router, w.collection)
	if err != nil {
		return "", err
	}
	orders := w.orders(managed(all, w.want, w.was))
	for _, o := range orders {
		p.GetLogger(ctx).InfoStatusf("%s: %s", w.collection, o.what)
		if err := o.give(ctx); err != nil {
			return "", fmt.Errorf("%s: %w", o.what, err)
		}
	}
	if len(orders) > 0 {
		return "setting zones", nil
	}
	return "", nil
}

type order struct {
	what string
	give func(context.Context) error
}

// orders are what must be changed, in the order that MongoDB allows: a range
// needs a zone with a shard, and so the last shard goes after the last range.
func (w zoneWork) orders(real []mongoadmin.Zone) []order {
	want, is := index(w.want), map[string]Zone{}
	for _, z := range real {
		is[z.Name] = zoneInput(z)
	}
	var freed, joined, given, left []order
	for _, z := range sorted(is) {
		for _, r := range z.Ranges {
			if !slices.Contains(want[z.Name].Ranges, r) {
				freed = append(freed, w.setRange(r, "", "take a range from zone "+z.Name))
			}
		}
		for _, shard := range z.Shards {
			if !slices.Contains(want[z.Name].Shards, shard) {
				left = append(left, order{fmt.Sprintf("take shard %s out of zone %s", shard, z.Name), func(ctx context.Context) error {
					return w.admin.RemoveShardFromZone(ctx, w.router, shard, z.Name)
				}})
			}
		}
	}
	for _, z := range w.want {
		for _, shard := range z.Shards {
			if !slices.Contains(is[z.Name].Shards, shard) {
				joined = append(joined, order{fmt.Sprintf("put shard %s into zone %s", shard, z.Name), func(ctx context.Context) error {
					return w.admin.AddShardToZone(ctx, w.router, shard, z.Name)
				}})
			}
		}
		for _, r := range z.Ranges {
			if !slices.Contains(is[z.Name].Ranges, r) {
				given = append(given, w.setRange(r, z.Name, "give a range to zone "+z.Name))
			}
		}
	}
	return slices.Concat(freed, joined, given, left)
}

func (w zoneWork) setRange(r Range, zone, what string) order {
	return order{what, func(ctx context.Context) error {
		return w.admin.SetRange(ctx, w.router, w.collection, mongoadmin.Range(r), zone)
	}}
}

func index(zones []Zone) map[string]Zone {
	byName := map[string]Zone{}
	for _, z := range zones {
		byName[z.Name] = z
	}
	return byName
}

func sorted(byName map[string]Zone) []Zone {
	var list []Zone
	for _, z := range byName {
		list = append(list, z)
	}
	slices.SortFunc(list, func(a, b Zone) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
