package fake

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"speedscale/infra/mongoadmin"
)

// Shards is described at ShardAdmin.
func (c *Cluster) Shards(ctx context.Context, router mongoadmin.Endpoint) ([]mongoadmin.Shard, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "Shards", router); err != nil {
		return nil, err
	}
	var shards []mongoadmin.Shard
	for _, s := range c.shards {
		shards = append(shards, mongoadmin.Shard{Name: s.name, Hosts: slices.Clone(s.hosts), Draining: s.draining})
	}
	slices.SortFunc(shards, func(a, b mongoadmin.Shard) int { return cmp.Compare(a.Name, b.Name) })
	return shards, nil
}

// AddShard is described at ShardAdmin.
func (c *Cluster) AddShard(ctx context.Context, router mongoadmin.Endpoint, name string, hosts []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "AddShard", router); err != nil {
		return err
	}
	if c.shard(name) != nil {
		return nil
	}
	for _, host := range hosts {
		if s := c.node(host).set; s == nil || s.config.Name != name {
			return fmt.Errorf("%s: in seed list %v, host %s does not belong to replica set %s", router.Host, hosts, host, name)
		}
	}
	if c.remains[name] {
		return fmt.Errorf("%s: %w", router.Host, mongoadmin.ErrRemains)
	}
	c.shards = append(c.shards, &shard{name: name, hosts: slices.Clone(hosts)})
	c.record("addShard %s", name)
	return nil
}

func (c *Cluster) shard(name string) *shard {
	for _, s := range c.shards {
		if s.name == name {
			return s
		}
	}
	return nil
}

// RemoveShard is described at ShardAdmin.
func (c *Cluster) RemoveShard(ctx context.Context, router mongoadmin.Endpoint, name string) (mongoadmin.Drain, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "RemoveShard", router); err != nil {
		return mongoadmin.Drain{}, err
	}
	s := c.shard(name)
	if s == nil {
		return mongoadmin.Drain{}, fmt.Errorf("%s: shard %s does not exist", router.Host, name)
	}
	to := c.otherThan(name)
	if to == "" {
		return mongoadmin.Drain{}, fmt.Errorf("%s: cannot remove the last shard", router.Host)
	}
	if !s.draining {
		s.draining = true
		c.record("removeShard %s", name)
	} else if !c.balancerOff {
		c.drain(name, to)
	}
	var drain mongoadmin.Drain
	for _, coll := range c.collections {
		drain.Chunks += coll.counts()[name]
	}
	for db, primary := range c.databases {
		if primary == name {
			drain.Databases = append(drain.Databases, db)
		}
	}
	slices.Sort(drain.Databases)
	if drain.Chunks == 0 && len(drain.Databases) == 0 {
		drain.Done = true
		c.shards = slices.DeleteFunc(c.shards, func(s *shard) bool { return s.name == name })
		c.remains[name] = len(c.collections) > 0
		c.record("removed %s", name)
	}
	return drain, nil
}

func (c *Cluster) otherThan(name string) string {
	for _, s := range c.shards {
		if s.name != name && !s.draining {
			return s.name
		}
	}
	return ""
}

// DropRemains is described at ShardAdmin.
func (c *Cluster) DropRemains(ctx context.Context, router, primary mongoadmin.Endpoint, name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "DropRemains", router); err != nil {
		return err
	}
	if s := c.node(primary.Host).set; s == nil || s.primary != primary.Host {
		return fmt.Errorf("%s: not primary", primary.Host)
	}
	delete(c.remains, name)
	c.record("dropRemains %s", name)
	return nil
}

// KeepShard is described at ShardAdmin.
func (c *Cluster) KeepShard(ctx context.Context, router mongoadmin.Endpoint, name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "KeepShard", router); err != nil {
		return err
	}
	if s := c.shard(name); s != nil {
		s.draining = false
		c.record("keep %s", name)
	}
	return nil
}

// MovePrimary is described at ShardAdmin.
func (c *Cluster) MovePrimary(ctx context.Context, router mongoadmin.Endpoint, database, shard string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "MovePrimary", router); err != nil {
		return err
	}
	c.databases[database] = shard
	c.record("movePrimary %s to %s", database, shard)
	return nil
}

// ShardsServe is described at ShardAdmin.
func (c *Cluster) ShardsServe(ctx context.Context, router mongoadmin.Endpoint) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "ShardsServe", router); err != nil {
		return err
	}
	for _, s := range c.shards {
		if err := c.serves(s.name); err != nil {
			return err
		}
	}
	return nil
}

// serves is nil if the shard's set has a primary.
func (c *Cluster) serves(shard string) error {
	for _, s := range c.sets {
		if s.config.Name == shard {
			c.settle(s)
			if s.primary != "" {
				return nil
			}
		}
	}
	return mongo.CommandError{Code: 133, Name: "FailedToSatisfyReadPreference", Message: "could not find a primary of " + shard}
}

// Balancing is described at ShardAdmin.
func (c *Cluster) Balancing(ctx context.Context, router mongoadmin.Endpoint) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.balancerOff, c.enter(ctx, "Balancing", router)
}

// SetBalancing is described at ShardAdmin.
func (c *Cluster) SetBalancing(ctx context.Context, router mongoadmin.Endpoint, on bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "SetBalancing", router); err != nil {
		return err
	}
	c.balancerOff = !on
	c.record("balancer %v", on)
	return nil
}

// Collection is described at CollectionAdmin.
func (c *Cluster) Collection(ctx context.Context, router mongoadmin.Endpoint, name mongoadmin.Namespace) (mongoadmin.Collection, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	coll, err := c.collection(ctx, "Collection", router, name)
	if err != nil {
		return mongoadmin.Collection{}, err
	}
	return coll.spec.Collection, nil
}

func (c *Cluster) collection(ctx context.Context, method string, router mongoadmin.Endpoint, name mongoadmin.Namespace) (*collection, error) {
	if err := c.enter(ctx, method, router); err != nil {
		return nil, err
	}
	coll, ok := c.collections[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, mongoadmin.ErrNotSharded)
	}
	return coll, nil
}

// Collections is described at CollectionAdmin.
func (c *Cluster) Collections(ctx context.Context, router mongoadmin.Endpoint) ([]mongoadmin.Collection, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "Collections", router); err != nil {
		return nil, err
	}
	var all []mongoadmin.Collection
	for _, coll := range c.collections {
		all = append(all, coll.spec.Collection)
	}
	slices.SortFunc(all, func(a, b mongoadmin.Collection) int { return cmp.Compare(a.Name.String(), b.Name.String()) })
	return all, nil
}

// ShardCollection is described at CollectionAdmin. A hashed key gives two
// chunks a shard, any other one chunk on the database's primary shard.
func (c *Cluster) ShardCollection(ctx context.Context, router mongoadmin.Endpoint, spec mongoadmin.CollectionSpec) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "ShardCollection", router); err != nil {
		return err
	}
	if len(c.shards) == 0 {
		return fmt.Errorf("%s: no shards found", router.Host)
	}
	if old, ok := c.collections[spec.Name]; ok {
		if !slices.Equal(old.spec.Key, spec.Key) {
			return fmt.Errorf("%s: sharding already enabled for collection %s", router.Host, spec.Name)
		}
		return nil
	}
	primary := c.database(spec.Name.Database)
	coll := &collection{spec: spec, documents: map[string]int64{}, ranges: map[mongoadmin.Range]string{}}
	if spec.Key.Hashed() {
		coll.chunks = hashed(spec.Key, c.shards)
	} else {
		coll.chunks = []mongoadmin.Chunk{{Shard: primary}}
	}
	c.collections[spec.Name] = coll
	c.record("shardCollection %s by %s", spec.Name, spec.Key)
	return nil
}

// database is the primary shard of the database, which is made if need be.
func (c *Cluster) database(name string) string {
	if _, ok := c.databases[name]; !ok && len(c.shards) > 0 {
		c.databases[name] = c.shards[0].name
	}
	return c.databases[name]
}

// Documents is described at CollectionAdmin.
func (c *Cluster) Documents(ctx context.Context, router mongoadmin.Endpoint, name mongoadmin.Namespace) (map[string]int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	coll, err := c.collection(ctx, "Documents", router, name)
	if err != nil {
		return nil, err
	}
	return positive(coll.documents), nil
}

// Orphans is described at CollectionAdmin: here a move takes no time.
func (*Cluster) Orphans(context.Context, mongoadmin.Endpoint, mongoadmin.Namespace) (int64, error) {
	return 0, nil
}

func positive[N int | int64](counts map[string]N) map[string]N {
	out := maps.Clone(counts)
	maps.DeleteFunc(out, func(_ string, n N) bool { return n == 0 })
	return out
}
