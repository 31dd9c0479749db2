package mongoadmin

import (
	"context"
	"fmt"
	"strings"
)

// ShardAdmin changes which replica sets are shards. All its methods go through
// the router.
type ShardAdmin interface {
	// Shards lists the cluster's shards, ordered by name.
	Shards(ctx context.Context, router Endpoint) ([]Shard, error)
	// AddShard makes the replica set a shard of that name. ErrRemains if the set
	// has databases of the cluster's, as one that was a shard before has.
	AddShard(ctx context.Context, router Endpoint, set string, hosts []string) error
	// RemoveShard begins, or carries on, the removal: the balancer moves the
	// chunks away; databases must be moved by MovePrimary. It must be called
	// until it says Done.
	RemoveShard(ctx context.Context, router Endpoint, name string) (Drain, error)
	// DropRemains drops the databases that a former shard, whose primary is
	// given, has kept from when it was one. It refuses, and drops nothing, if it
	// finds a collection that is not one of the cluster's sharded ones, or if the
	// cluster still counts on the shard for a part of one.
	DropRemains(ctx context.Context, router, primary Endpoint, name string) error
	// KeepShard calls off a removal that has not been completed.
	KeepShard(ctx context.Context, router Endpoint, name string) error
	// MovePrimary moves a database's unsharded collections, and its role as the
	// database's primary shard, to another shard.
	MovePrimary(ctx context.Context, router Endpoint, database, shard string) error
	// ShardsServe asks the primary of each shard. Its error names a shard that has
	// none, or whose primary does not answer.
	ShardsServe(ctx context.Context, router Endpoint) error
	// Balancing says whether the balancer is switched on.
	Balancing(ctx context.Context, router Endpoint) (bool, error)
	// SetBalancing switches the balancer on or off.
	SetBalancing(ctx context.Context, router Endpoint, on bool) error
}

// Shard is a shard as the config servers know it.
type Shard struct {
	Name     string
	Hosts    []string
	Draining bool // it is being removed
}

// Drain is how far the removal of a shard is.
type Drain struct {
	Done      bool
	Chunks    int      // still to be moved away
	Databases []string // whose primary shard must be moved by MovePrimary
}

// CollectionAdmin shards collections and counts what lies where. All its
// methods go through the router.
type CollectionAdmin interface {
	// Collection is the sharded collection; ErrNotSharded if it is not sharded
	// or does not exist.
	Collection(ctx context.Context, router Endpoint, name Namespace) (Collection, error)
	// Collections lists the users' sharded collections, ordered by name.
	Collections(ctx context.Context, router Endpoint) ([]Collection, error)
	// ShardCollection shards the collection, and creates it and its database
	// where needed.
	ShardCollection(ctx context.Context, router Endpoint, spec CollectionSpec) error
	// Indexes are the names of the collection's indexes, ordered; none if there
	// is no such collection.
	Indexes(ctx context.Context, router Endpoint, name Namespace) ([]string, error)
	// Chunks counts the collection's chunks by shard.
	Chunks(ctx context.Context, router Endpoint, name Namespace) (map[string]int, error)
	// ChunkList lists the collection's chunks in the order of their ranges; what
	// is not of a hashed key comes in no certain order.
	ChunkList(ctx context.Context, router Endpoint, name Namespace) ([]Chunk, error)
	// MoveRange moves a range that lies within one chunk to another shard, and
	// cuts the chunk if need be. ErrTooBig if it holds more than a chunk may.
	MoveRange(ctx context.Context, router Endpoint, name Namespace, r Range, shard string) error
	// Documents counts the collection's documents by shard, by metadata: it is
	// quick, and counts orphans too.
	Documents(ctx context.Context, router Endpoint, name Namespace) (map[string]int64, error)
	// Orphans counts the documents that a shard has of the collection and does not
	// own, as one of its members knows: chunks that come or have gone. MongoDB 5.0
	// does not count them.
	Orphans(ctx context.Context, member Endpoint, name Namespace) (int64, error)
}

// Namespace names a collection.
type Namespace struct{ Database, Collection string }

// String is "database.collection".
func (n Namespace) String() string { return n.Database + "." + n.Collection }

// ParseNamespace cuts "database.collection" at its first dot.
func ParseNamespace(s string) Namespace {
	db, coll, _ := strings.Cut(s, ".")
	return Namespace{Database: db, Collection: coll}
}

// KeyField is one field of a shard key; Type is "hashed", "1" or "-1".
type KeyField struct{ Field, Type string }

// ShardKey is an ordered shard key.
type ShardKey []KeyField

// String is the key as mongosh shows it, {"_id": "hashed"}.
func (k ShardKey) String() string {
	parts := make([]string, len(k))
	for i, f := range k {
		if f.Type == "hashed" {
			parts[i] = fmt.Sprintf("%q: %q", f.Field, f.Type)
		} else {
			parts[i] = fmt.Sprintf("%q: %s", f.Field, f.Type)
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// Hashed says whether one of the key's fields is hashed.
func (k ShardKey) Hashed() bool {
	for _, f := range k {
		if f.Type == "hashed" {
			return true
		}
	}
	return false
}

// Collection is a sharded collection as the config servers know it.
type Collection struct {
	Name   Namespace
	Key    ShardKey
	Unique bool
}

// CollectionSpec is a collection to be sharded.
type CollectionSpec struct {
	Collection
	InitialChunks int // for a hashed key on an empty collection; 0 means the server's choice
}
