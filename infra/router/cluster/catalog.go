package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/replset"
)

// ErrNotFound says that the catalogue has no such database.
var ErrNotFound = errors.New("not found")

// Shard is a document of config.shards.
type Shard struct {
	ID       string `bson:"_id"`
	Host     string `bson:"host"`
	Draining bool   `bson:"draining"`
}

// Database is a document of config.databases. Version goes along with what is
// sent to its primary shard, which refuses it when it is outdated.
type Database struct {
	Name    string   `bson:"_id"`
	Primary string   `bson:"primary"`
	Version bson.Raw `bson:"version"`
}

// Collection is a document of config.collections, with what config.chunks says
// of it. The zero value stands for one that is not sharded.
type Collection struct {
	NS        string         `bson:"_id"`
	UUID      bson.Binary    `bson:"uuid"`
	Epoch     bson.ObjectID  `bson:"lastmodEpoch"`
	Timestamp bson.Timestamp `bson:"timestamp"`
	Key       bson.D         `bson:"key"`
	Collation bson.Raw       `bson:"defaultCollation"`
	// Timeseries is set for a collection whose catalogue's entry is that of its
	// buckets.
	Timeseries bson.Raw `bson:"timeseriesFields"`
	Owners     []Owner  `bson:"-"` // ordered by shard
	chunks     []chunk  // ordered; none if there are too many to remember
}

// Owner is a shard that holds chunks of a collection, and its newest version.
type Owner struct {
	Shard   string         `bson:"_id"`
	Version bson.Timestamp `bson:"version"`
	Chunks  int64          `bson:"chunks"`
}

// Buckets is where a time-series collection keeps its documents.
func Buckets(ns string) string {
	db, coll, _ := strings.Cut(ns, ".")
	return db + ".system.buckets." + coll
}

// Sharded says whether the collection is.
func (c Collection) Sharded() bool { return c.NS != "" }

// ShardVersion is what a shard compares with its own knowledge.
func (c Collection) ShardVersion(shard string) bson.D {
	v := bson.D{{Key: "e", Value: c.Epoch}, {Key: "t", Value: c.Timestamp}}
	for _, owner := range c.Owners {
		if owner.Shard == shard {
			return append(v, bson.E{Key: "v", Value: owner.Version})
		}
	}
	return append(v, bson.E{Key: "v", Value: bson.Timestamp{}})
}

// Versions are what goes along with a command about the collection to a shard.
func (c Collection) Versions(shard string) bson.D {
	return bson.D{{Key: "shardVersion", Value: c.ShardVersion(shard)}}
}

// catalog remembers what was read. Everything that relies on it carries a
// version, so outdated memory is refused by the shard, then forgotten.
type catalog struct {
	databases   memory[Database]
	collections memory[Collection]
}

// Forget drops what is remembered of the database or collection.
func (c *Cluster) Forget(db, ns string) {
	c.catalog.databases.forget(db)
	c.catalog.collections.forget(ns)
}

// ForgetAll drops everything that is remembered.
func (c *Cluster) ForgetAll() {
	c.catalog.databases.forgetAll()
	c.catalog.collections.forgetAll()
}

// Database is the catalogue's entry; ErrNotFound without.
func (c *Cluster) Database(ctx context.Context, name string) (Database, error) {
	if db, ok := c.catalog.databases.recall(name); ok {
		return db, nil
	}
	var found []Database
	if err := c.Find(ctx, "databases", bson.D{{Key: "_id", Value: name}}, &found); err != nil {
		return Database{}, err
	}
	if len(found) == 0 {
		return Database{}, fmt.Errorf("database %s: %w", name, ErrNotFound)
	}
	c.catalog.databases.remember(name, found[0])
	return found[0], nil
}

// Collection is the catalogue's entry for ns; one that is not Sharded without.
func (c *Cluster) Collection(ctx context.Context, ns string) (Collection, error) {
	if coll, ok := c.catalog.collections.recall(ns); ok {
		return coll, nil
	}
	var found []Collection
	if err := c.Find(ctx, "collections", bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: bson.A{ns, Buckets(ns)}}}}}, &found); err != nil {
		return Collection{}, err
	}
	var coll Collection
	if len(found) > 0 {
		coll = found[0]
		if err := c.readChunks(ctx, &coll); err != nil {
			return Collection{}, err
		}
	}
	c.catalog.collections.remember(ns, coll)
	return coll, nil
}

// readChunks reads who owns what. All of it is of one moment: a chunk that is
// where it was, along with a version of after its move, would have the wrong
// shard answer.
func (c *Cluster) readChunks(ctx context.Context, coll *Collection) error {
	ofIt := bson.D{{Key: "$match", Value: bson.D{{Key: "uuid", Value: coll.UUID}}}}
	var read []struct {
		Owners []Owner `bson:"owners"`
		Chunks []chunk `bson:"chunks"`
	}
	byShard := bson.A{
		bson.D{{Key: "$group", Value: bson.D{
			{Key: "_id", Value: "$shard"},
			{Key: "version", Value: bson.D{{Key: "$max", Value: "$lastmod"}}},
			{Key: "chunks", Value: bson.D{{Key: "$sum", Value: 1}}},
		}}},
		bson.D{{Key: "$sort", Value: bson.D{{Key: "_id", Value: 1}}}},
	}
	inOrder := bson.A{
		bson.D{{Key: "$sort", Value: bson.D{{Key: "min", Value: 1}}}},
		bson.D{{Key: "$limit", Value: maxChunks + 1}},
		bson.D{{Key: "$project", Value: bson.D{{Key: "_id", Value: 0}, {Key: "min", Value: 1}, {Key: "shard", Value: 1}}}},
	}
	err := c.aggregate(ctx, "chunks", "snapshot", bson.A{ofIt, bson.D{{Key: "$facet", Value: bson.D{
		{Key: "owners", Value: byShard}, {Key: "chunks", Value: inOrder},
	}}}}, &read)
	if err != nil || len(read) == 0 {
		return err
	}
	coll.Owners = read[0].Owners
	if len(read[0].Chunks) <= maxChunks {
		coll.chunks = read[0].Chunks
	}
	return nil
}

// Shards reads config.shards.
func (c *Cluster) Shards(ctx context.Context) ([]Shard, error) {
	var shards []Shard
	return shards, c.Aggregate(ctx, "shards", bson.A{bson.D{{Key: "$sort", Value: bson.D{{Key: "_id", Value: 1}}}}}, &shards)
}

// Find reads the documents of a collection of the config database into out, a
// pointer to a slice.
func (c *Cluster) Find(ctx context.Context, coll string, filter bson.D, out any) error {
	return c.Aggregate(ctx, coll, bson.A{bson.D{{Key: "$match", Value: filter}}}, out)
}

// Aggregate is Find with a pipeline. It reads one batch of up to 16 MB.
func (c *Cluster) Aggregate(ctx context.Context, coll string, pipeline bson.A, out any) error {
	return c.aggregate(ctx, coll, "majority", pipeline, out)
}

func (c *Cluster) aggregate(ctx context.Context, coll, level string, pipeline bson.A, out any) error {
	reply, err := c.Admin(ctx, c.ConfigPrimary, true, "config", bson.D{
		{Key: "aggregate", Value: coll},
		{Key: "pipeline", Value: pipeline},
		{Key: "cursor", Value: bson.D{{Key: "batchSize", Value: 1_000_000}}},
		{Key: "readConcern", Value: bson.D{{Key: "level", Value: level}}},
	})
	if err != nil {
		return fmt.Errorf("read config.%s: %w", coll, err)
	}
	if !replset.OK(reply) {
		return fmt.Errorf("read config.%s: %s", coll, reply)
	}
	batch := bson.RawValue{Type: bson.TypeArray, Value: reply.Lookup("cursor", "firstBatch").Data}
	if err := batch.Unmarshal(out); err != nil {
		return fmt.Errorf("read config.%s: %w", coll, err)
	}
	return nil
}

// Admin sends a command that the router itself makes to db. While repeatable
// ones can be sent again, others fail with ErrUnknownOutcome.
func (c *Cluster) Admin(ctx context.Context, pick Target, repeatable bool, db string, cmd bson.D) (bsoncore.Document, error) {
	body, err := bson.Marshal(append(cmd, bson.E{Key: "$db", Value: db}))
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", cmd[0].Key, err)
	}
	reply, _, err := c.Send(ctx, pick, Command{
		Body:       func(time.Duration) bsoncore.Document { return body },
		Repeatable: repeatable,
	})
	return reply, err
}
