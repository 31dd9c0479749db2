package fake

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"speedscale/infra/mongoadmin"
)

// Zones is described at ZoneAdmin.
func (c *Cluster) Zones(ctx context.Context, router mongoadmin.Endpoint, name mongoadmin.Namespace) ([]mongoadmin.Zone, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "Zones", router); err != nil {
		return nil, err
	}
	zones := map[string]*mongoadmin.Zone{}
	for zone, shards := range c.zones {
		zones[zone] = &mongoadmin.Zone{Name: zone, Shards: slices.Collect(maps.Keys(shards))}
	}
	if coll, ok := c.collections[name]; ok {
		for r, zone := range coll.ranges {
			zones[zone].Ranges = append(zones[zone].Ranges, r)
		}
	}
	return mongoadmin.SortZones(zones), nil
}

// AddShardToZone is described at ZoneAdmin.
func (c *Cluster) AddShardToZone(ctx context.Context, router mongoadmin.Endpoint, shard, zone string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "AddShardToZone", router); err != nil {
		return err
	}
	if c.shard(shard) == nil {
		return fmt.Errorf("%s: shard %s does not exist", router.Host, shard)
	}
	if c.zones[zone] == nil {
		c.zones[zone] = map[string]bool{}
	}
	c.zones[zone][shard] = true
	c.record("addShardToZone %s %s", shard, zone)
	return nil
}

// RemoveShardFromZone is described at ZoneAdmin.
func (c *Cluster) RemoveShardFromZone(ctx context.Context, router mongoadmin.Endpoint, shard, zone string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "RemoveShardFromZone", router); err != nil {
		return err
	}
	if c.zones[zone][shard] && len(c.zones[zone]) == 1 {
		for _, coll := range c.collections {
			if slices.Contains(slices.Collect(maps.Values(coll.ranges)), zone) {
				return fmt.Errorf("%s: cannot remove %s from zone %s: it is the last one, and a range belongs to it", router.Host, shard, zone)
			}
		}
		delete(c.zones, zone)
	}
	delete(c.zones[zone], shard)
	c.record("removeShardFromZone %s %s", shard, zone)
	return nil
}

// SetRange is described at ZoneAdmin. Of overlaps it sees only equal minima.
func (c *Cluster) SetRange(ctx context.Context, router mongoadmin.Endpoint, name mongoadmin.Namespace, r mongoadmin.Range, zone string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	coll, err := c.collection(ctx, "SetRange", router, name)
	if err != nil {
		return err
	}
	if zone == "" {
		delete(coll.ranges, r)
		c.record("updateZoneKeyRange %s %s to %s: none", name, r.Min, r.Max)
		return nil
	}
	if c.zones[zone] == nil {
		return fmt.Errorf("%s: zone %s does not exist", router.Host, zone)
	}
	for other := range coll.ranges {
		if other.Min == r.Min && other != r {
			return fmt.Errorf("%s: zone range overlaps with %v", router.Host, other)
		}
	}
	coll.ranges[r] = zone
	c.record("updateZoneKeyRange %s %s to %s: %s", name, r.Min, r.Max, zone)
	return nil
}
