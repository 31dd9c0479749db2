package mongoadmin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// ZoneAdmin ties ranges of a collection's shard key to shards: the balancer
// keeps the documents of a zone's ranges on the shards of the zone. All its
// methods go through the router.
type ZoneAdmin interface {
	// Zones are the zones of the collection's ranges, with their shards, ordered
	// by name, and every zone of a shard that has no range there.
	Zones(ctx context.Context, router Endpoint, name Namespace) ([]Zone, error)
	// AddShardToZone makes the zone if need be.
	AddShardToZone(ctx context.Context, router Endpoint, shard, zone string) error
	// RemoveShardFromZone is refused for the last shard of a zone with ranges.
	RemoveShardFromZone(ctx context.Context, router Endpoint, shard, zone string) error
	// SetRange gives the range to the zone, or to none if zone is "".
	SetRange(ctx context.Context, router Endpoint, name Namespace, r Range, zone string) error
}

// Zone is a zone and what one collection has in it.
type Zone struct {
	Name   string
	Shards []string
	Ranges []Range
}

// Range is a range of a shard key, from Min to before Max, in the form that
// ParseBound gives.
type Range struct{ Min, Max string }

// ParseBound reads a bound of a zone's range, a document in extended JSON with
// the fields of the shard key: {"category": "books"}, {"_id": {"$minKey": 1}}.
// The result is canonical: bounds that are the same are equal. Numbers of a
// hashed field are 64 bits wide, whatever is written.
func ParseBound(key ShardKey, text string) (string, error) {
	var doc bson.D
	if err := bson.UnmarshalExtJSON([]byte(text), false, &doc); err != nil {
		return "", fmt.Errorf("%s is no document in extended JSON: %w", text, err)
	}
	if len(doc) != len(key) {
		return "", fmt.Errorf("%s must have the fields of the shard key %s", text, key)
	}
	for i, f := range key {
		if doc[i].Key != f.Field {
			return "", fmt.Errorf("%s must have the fields of the shard key %s", text, key)
		}
		if n, ok := doc[i].Value.(int32); ok && f.Type == "hashed" {
			doc[i].Value = int64(n)
		}
	}
	return canonical(doc)
}

func canonical(doc bson.D) (string, error) {
	text, err := bson.MarshalExtJSON(doc, true, false)
	return string(text), err
}

// Zones is described at ZoneAdmin.
func (m *Mongo) Zones(ctx context.Context, router Endpoint, name Namespace) ([]Zone, error) {
	var shards []struct {
		ID   string   `bson:"_id"`
		Tags []string `bson:"tags"`
	}
	var tags []struct {
		Tag string `bson:"tag"`
		Min bson.D `bson:"min"`
		Max bson.D `bson:"max"`
	}
	err := errors.Join(
		m.findConfig(ctx, router, "shards", bson.D{}, &shards),
		m.findConfig(ctx, router, "tags", bson.D{{Key: "ns", Value: name.String()}}, &tags),
	)
	if err != nil {
		return nil, err
	}
	zones := map[string]*Zone{}
	zone := func(name string) *Zone {
		if zones[name] == nil {
			zones[name] = &Zone{Name: name}
		}
		return zones[name]
	}
	for _, s := range shards {
		for _, tag := range s.Tags {
			zone(tag).Shards = append(zone(tag).Shards, s.ID)
		}
	}
	for _, t := range tags {
		from, minErr := canonical(t.Min)
		to, maxErr := canonical(t.Max)
		if err := errors.Join(minErr, maxErr); err != nil {
			return nil, fmt.Errorf("range of zone %s: %w", t.Tag, err)
		}
		zone(t.Tag).Ranges = append(zone(t.Tag).Ranges, Range{from, to})
	}
	return SortZones(zones), nil
}

// SortZones is the zones ordered by name, with their shards and ranges in order.
func SortZones(zones map[string]*Zone) []Zone {
	var list []Zone
	for _, z := range zones {
		slices.Sort(z.Shards)
		slices.SortFunc(z.Ranges, func(a, b Range) int { return cmp.Compare(a.Min, b.Min) })
		list = append(list, *z)
	}
	slices.SortFunc(list, func(a, b Zone) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func (m *Mongo) findConfig(ctx context.Context, router Endpoint, collection string, filter bson.D, into any) error {
	n, err := m.client(router)
	if err != nil {
		return err
	}
	return inTime(ctx, func(ctx context.Context) error {
		cursor, err := n.Database("config").Collection(collection).Find(ctx, filter)
		if err == nil {
			err = cursor.All(ctx, into)
		}
		return n.explain(router, err)
	})
}

// AddShardToZone is described at ZoneAdmin.
func (m *Mongo) AddShardToZone(ctx context.Context, router Endpoint, shard, zone string) error {
	return m.admin(ctx, router, orderTimeout, bson.D{{Key: "addShardToZone", Value: shard}, {Key: "zone", Value: zone}}, nil)
}

// RemoveShardFromZone is described at ZoneAdmin.
func (m *Mongo) RemoveShardFromZone(ctx context.Context, router Endpoint, shard, zone string) error {
	return m.admin(ctx, router, orderTimeout, bson.D{{Key: "removeShardFromZone", Value: shard}, {Key: "zone", Value: zone}}, nil)
}

// SetRange is described at ZoneAdmin.
func (m *Mongo) SetRange(ctx context.Context, router Endpoint, name Namespace, r Range, zone string) error {
	var from, to bson.D
	err := errors.Join(bson.UnmarshalExtJSON([]byte(r.Min), true, &from), bson.UnmarshalExtJSON([]byte(r.Max), true, &to))
	if err != nil {
		return fmt.Errorf("range of zone %s: %w", zone, err)
	}
	command := bson.D{{Key: "updateZoneKeyRange", Value: name.String()}, {Key: "min", Value: from}, {Key: "max", Value: to}}
	if zone == "" {
		command = append(command, bson.E{Key: "zone", Value: nil})
	} else {
		command = append(command, bson.E{Key: "zone", Value: zone})
	}
	return m.admin(ctx, router, orderTimeout, command, nil)
}
