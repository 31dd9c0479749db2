package fake

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"speedscale/infra/mongoadmin"
)

// hashed is two chunks a shard, all of one width.
func hashed(key mongoadmin.ShardKey, shards []*shard) (chunks []mongoadmin.Chunk) {
	n := 2 * len(shards)
	bound := func(i int) string {
		switch i {
		case 0:
			return fmt.Sprintf(`{%q:{"$minKey":1}}`, key[0].Field)
		case n:
			return fmt.Sprintf(`{%q:{"$maxKey":1}}`, key[0].Field)
		}
		at := math.MinInt64 + int64(math.MaxInt64/n)*2*int64(i)
		return fmt.Sprintf(`{%q:{"$numberLong":"%d"}}`, key[0].Field, at)
	}
	for i := range n {
		chunks = append(chunks, mongoadmin.Chunk{Range: mongoadmin.Range{Min: bound(i), Max: bound(i + 1)}, Shard: shards[i/2].name})
	}
	return chunks
}

// counts is how many chunks each shard has.
func (c *collection) counts() map[string]int {
	counts := map[string]int{}
	for _, chunk := range c.chunks {
		counts[chunk.Shard]++
	}
	return counts
}

// give gives a chunk to another shard, with its part of the documents.
func (c *collection) give(i int, to string) {
	from := c.chunks[i].Shard
	documents := c.documents[from] / int64(c.counts()[from])
	c.documents[from] -= documents
	c.documents[to] += documents
	c.chunks[i].Shard = to
}

// drain moves some chunks of each collection.
func (c *Cluster) drain(from, to string) {
	if c.serves(from) != nil || c.serves(to) != nil {
		return
	}
	for _, coll := range c.collections {
		left := c.ChunksPerDrain
		for i := range coll.chunks {
			if coll.chunks[i].Shard == from && left > 0 {
				coll.give(i, to)
				left--
			}
		}
	}
}

// Chunks is described at CollectionAdmin.
func (c *Cluster) Chunks(ctx context.Context, router mongoadmin.Endpoint, name mongoadmin.Namespace) (map[string]int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	coll, err := c.collection(ctx, "Chunks", router, name)
	if err != nil {
		return nil, err
	}
	return coll.counts(), nil
}

// ChunkList is described at CollectionAdmin.
func (c *Cluster) ChunkList(ctx context.Context, router mongoadmin.Endpoint, name mongoadmin.Namespace) ([]mongoadmin.Chunk, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	coll, err := c.collection(ctx, "ChunkList", router, name)
	if err != nil {
		return nil, err
	}
	return slices.Clone(coll.chunks), nil
}

// MoveRange is described at CollectionAdmin. The range begins where a chunk
// does, and both shards must have a primary.
func (c *Cluster) MoveRange(ctx context.Context, router mongoadmin.Endpoint, name mongoadmin.Namespace, r mongoadmin.Range, to string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	coll, err := c.collection(ctx, "MoveRange", router, name)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(coll.chunks, func(chunk mongoadmin.Chunk) bool { return chunk.Min == r.Min })
	if i < 0 || c.shard(to) == nil {
		return fmt.Errorf("%s: no chunk begins at %s, or there is no shard %s", router.Host, r.Min, to)
	}
	if err := errors.Join(c.serves(coll.chunks[i].Shard), c.serves(to)); err != nil {
		return fmt.Errorf("%s: %w", router.Host, err)
	}
	if chunk := coll.chunks[i]; chunk.Max != r.Max {
		rest := mongoadmin.Chunk{Range: mongoadmin.Range{Min: r.Max, Max: chunk.Max}, Shard: chunk.Shard}
		coll.chunks[i].Max = r.Max
		coll.chunks = slices.Insert(coll.chunks, i+1, rest)
	}
	c.record("moveRange %s from %s to %s", name, coll.chunks[i].Shard, to)
	coll.give(i, to)
	return nil
}

// Index makes the indexes of a collection these.
func (c *Cluster) Index(name mongoadmin.Namespace, indexes ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.collections[name].indexes = indexes
}

// Indexes is described at CollectionAdmin.
func (c *Cluster) Indexes(ctx context.Context, router mongoadmin.Endpoint, name mongoadmin.Namespace) ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "Indexes", router); err != nil {
		return nil, err
	}
	if coll, ok := c.collections[name]; ok {
		return slices.Sorted(slices.Values(append([]string{"_id_"}, coll.indexes...))), nil
	}
	return nil, nil
}
