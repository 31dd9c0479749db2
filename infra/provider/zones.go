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

// Zone is the input type for a zone: the shards that keep some ranges of the shard key.
type Zone struct {
	Name   string   `pulumi:"name"`
	Shards []string `pulumi:"shards"`
	Ranges []Range  `pulumi:"ranges"`
}

// Range is the input type for a range of the shard key.
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
	a.Describe(&r.Min, `Lower bound, inclusive: an extended JSON document with the fields of the shard key, such as {"category": "a"} or {"_id": {"$minKey": 1}}.`)
	a.Describe(&r.Max, `Upper bound, exclusive, in the same form as min.`)
}

// canonicalZones returns the zones in the same order and spelling in which a refresh
// reads them. It adds mistakes to c.
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

// managed returns the zones that this collection is responsible for: those in which it
// has a range, and those in lists, the zones that it declares or used to declare. All
// others belong to other collections.
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
	want       []Zone // the declared zones
	former     []Zone // the zones in the last state
}

// ensure is a pollFunc that applies all changes, and is done when there are none left.
func (w zoneWork) ensure(ctx context.Context) (string, error) {
	all, err := w.admin.Zones(ctx, w.router, w.collection)
	if err != nil {
		return "", err
	}
	changes := w.changes(managed(all, w.want, w.former))
	for _, change := range changes {
		p.GetLogger(ctx).InfoStatusf("%s: %s", w.collection, change.what)
		if err := change.apply(ctx); err != nil {
			return "", fmt.Errorf("%s: %w", change.what, err)
		}
	}
	if len(changes) > 0 {
		return "setting zones", nil
	}
	return "", nil
}

type zoneChange struct {
	what  string
	apply func(context.Context) error
}

// changes returns what must be changed, in the order that MongoDB allows. A range needs
// a zone with at least one shard, so shards are added before ranges are, and removed
// after them.
func (w zoneWork) changes(actual []mongoadmin.Zone) []zoneChange {
	want, have := byName(w.want), map[string]Zone{}
	for _, z := range actual {
		have[z.Name] = zoneInput(z)
	}
	var removeRanges, addShards, addRanges, removeShards []zoneChange
	for _, z := range sortedByName(have) {
		for _, r := range z.Ranges {
			if !slices.Contains(want[z.Name].Ranges, r) {
				removeRanges = append(removeRanges, w.setRange(r, "", "remove a range from zone "+z.Name))
			}
		}
		for _, shard := range z.Shards {
			if !slices.Contains(want[z.Name].Shards, shard) {
				removeShards = append(removeShards, zoneChange{fmt.Sprintf("remove shard %s from zone %s", shard, z.Name), func(ctx context.Context) error {
					return w.admin.RemoveShardFromZone(ctx, w.router, shard, z.Name)
				}})
			}
		}
	}
	for _, z := range w.want {
		for _, shard := range z.Shards {
			if !slices.Contains(have[z.Name].Shards, shard) {
				addShards = append(addShards, zoneChange{fmt.Sprintf("add shard %s to zone %s", shard, z.Name), func(ctx context.Context) error {
					return w.admin.AddShardToZone(ctx, w.router, shard, z.Name)
				}})
			}
		}
		for _, r := range z.Ranges {
			if !slices.Contains(have[z.Name].Ranges, r) {
				addRanges = append(addRanges, w.setRange(r, z.Name, "add a range to zone "+z.Name))
			}
		}
	}
	return slices.Concat(removeRanges, addShards, addRanges, removeShards)
}

// setRange assigns a range to a zone, or to none if zone is "".
func (w zoneWork) setRange(r Range, zone, what string) zoneChange {
	return zoneChange{what, func(ctx context.Context) error {
		return w.admin.SetRange(ctx, w.router, w.collection, mongoadmin.Range(r), zone)
	}}
}

func byName(zones []Zone) map[string]Zone {
	index := map[string]Zone{}
	for _, z := range zones {
		index[z.Name] = z
	}
	return index
}

func sortedByName(index map[string]Zone) []Zone {
	var list []Zone
	for _, z := range index {
		list = append(list, z)
	}
	slices.SortFunc(list, func(a, b Zone) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
