package mongoadmin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// Shards is described at ShardAdmin.
func (m *Mongo) Shards(ctx context.Context, router Endpoint) ([]Shard, error) {
	var reply struct {
		Shards []struct {
			ID       string `bson:"_id"`
			Host     string `bson:"host"` // "set/host1,host2"
			Draining bool   `bson:"draining"`
		} `bson:"shards"`
	}
	if err := m.admin(ctx, router, askTimeout, bson.D{{Key: "listShards", Value: 1}}, &reply); err != nil {
		return nil, err
	}
	var shards []Shard
	for _, s := range reply.Shards {
		_, hosts, _ := strings.Cut(s.Host, "/")
		shards = append(shards, Shard{Name: s.ID, Hosts: strings.Split(hosts, ","), Draining: s.Draining})
	}
	slices.SortFunc(shards, func(a, b Shard) int { return cmp.Compare(a.Name, b.Name) })
	return shards, nil
}

// AddShard is described at ShardAdmin.
func (m *Mongo) AddShard(ctx context.Context, router Endpoint, set string, hosts []string) error {
	err := m.admin(ctx, router, orderTimeout, bson.D{
		{Key: "addShard", Value: set + "/" + strings.Join(hosts, ",")},
		{Key: "name", Value: set},
	}, nil)
	if hasCode(err, codeOperationFailed) && strings.Contains(err.Error(), "local database") {
		return fmt.Errorf("%w (%w)", ErrRemains, err)
	}
	return err
}

// RemoveShard is described at ShardAdmin.
func (m *Mongo) RemoveShard(ctx context.Context, router Endpoint, name string) (Drain, error) {
	var reply struct {
		State     string `bson:"state"` // started, ongoing, completed
		Remaining struct {
			Chunks int `bson:"chunks"`
		} `bson:"remaining"`
		Databases []string `bson:"dbsToMove"`
	}
	if err := m.admin(ctx, router, orderTimeout, bson.D{{Key: "removeShard", Value: name}}, &reply); err != nil {
		return Drain{}, err
	}
	return Drain{Done: reply.State == "completed", Chunks: reply.Remaining.Chunks, Databases: reply.Databases}, nil
}

// KeepShard is described at ShardAdmin. No server before 8.1 has a command for
// it; the mark in the shard's document is all there is to a removal.
func (m *Mongo) KeepShard(ctx context.Context, router Endpoint, name string) error {
	n, err := m.client(router)
	if err != nil {
		return err
	}
	_, err = n.Database("config", options.Database().SetWriteConcern(writeconcern.Majority())).Collection("shards").
		UpdateOne(ctx, bson.D{{Key: "_id", Value: name}}, bson.D{{Key: "$unset", Value: bson.D{{Key: "draining", Value: ""}}}})
	return n.explain(router, err)
}

// MovePrimary is described at ShardAdmin.
func (m *Mongo) MovePrimary(ctx context.Context, router Endpoint, database, shard string) error {
	return m.admin(ctx, router, 0, bson.D{{Key: "movePrimary", Value: database}, {Key: "to", Value: shard}}, nil)
}

// ShardsServe is described at ShardAdmin. Of the commands that a router puts to
// each shard's primary, listing the databases costs least.
func (m *Mongo) ShardsServe(ctx context.Context, router Endpoint) error {
	return m.admin(ctx, router, 2*askTimeout, bson.D{
		{Key: "listDatabases", Value: 1}, {Key: "nameOnly", Value: true}, {Key: "maxTimeMS", Value: askTimeout.Milliseconds()},
	}, nil)
}

// Balancing is described at ShardAdmin.
func (m *Mongo) Balancing(ctx context.Context, router Endpoint) (bool, error) {
	var reply struct {
		Mode string `bson:"mode"` // full, off
	}
	err := m.admin(ctx, router, askTimeout, bson.D{{Key: "balancerStatus", Value: 1}}, &reply)
	return reply.Mode != "off", err
}

// SetBalancing is described at ShardAdmin.
func (m *Mongo) SetBalancing(ctx context.Context, router Endpoint, on bool) error {
	command := "balancerStop"
	if on {
		command = "balancerStart"
	}
	return m.admin(ctx, router, orderTimeout, bson.D{{Key: command, Value: 1}}, nil)
}

// wireCollection is a document of config.collections.
type wireCollection struct {
	ID     string      `bson:"_id"`
	Key    bson.D      `bson:"key"`
	Unique bool        `bson:"unique"`
	UUID   bson.Binary `bson:"uuid"`
}

// split leaves out what 8.0 also lists there: collections of one shard that were
// moved as a whole, with a shard key in name only.
var split = bson.E{Key: "unsplittable", Value: bson.D{{Key: "$ne", Value: true}}}

func (w wireCollection) collection() Collection {
	c := Collection{Name: ParseNamespace(w.ID), Unique: w.Unique}
	for _, e := range w.Key {
		c.Key = append(c.Key, KeyField{Field: e.Key, Type: fmt.Sprint(e.Value)})
	}
	return c
}

func (m *Mongo) wireCollection(ctx context.Context, router Endpoint, name Namespace) (wireCollection, error) {
	var doc wireCollection
	n, err := m.client(router)
	if err != nil {
		return doc, err
	}
	err = inTime(ctx, func(ctx context.Context) error {
		found := n.Database("config").Collection("collections").FindOne(ctx, bson.D{{Key: "_id", Value: name.String()}, split})
		return n.explain(router, found.Decode(&doc))
	})
	if errors.Is(err, mongo.ErrNoDocuments) {
		return doc, fmt.Errorf("%s: %w", name, ErrNotSharded)
	}
	return doc, err
}

// Collection is described at CollectionAdmin.
func (m *Mongo) Collection(ctx context.Context, router Endpoint, name Namespace) (Collection, error) {
	doc, err := m.wireCollection(ctx, router, name)
	if err != nil {
		return Collection{}, err
	}
	return doc.collection(), nil
}

// Collections is described at CollectionAdmin. The cluster's own sharded
// collections are those of the config database.
func (m *Mongo) Collections(ctx context.Context, router Endpoint) ([]Collection, error) {
	var docs []wireCollection
	users := bson.D{{Key: "_id", Value: bson.D{{Key: "$not", Value: bson.Regex{Pattern: `^config\.`}}}}, split}
	if err := m.findConfig(ctx, router, "collections", users, &docs); err != nil {
		return nil, err
	}
	var collections []Collection
	for _, doc := range docs {
		collections = append(collections, doc.collection())
	}
	slices.SortFunc(collections, func(a, b Collection) int { return cmp.Compare(a.Name.String(), b.Name.String()) })
	return collections, nil
}

// ShardCollection is described at CollectionAdmin.
func (m *Mongo) ShardCollection(ctx context.Context, router Endpoint, spec CollectionSpec) error {
	// A database that exists is no error; since 6.0 the second command would
	// create it too, but servers before that refuse to.
	if err := m.admin(ctx, router, orderTimeout, bson.D{{Key: "enableSharding", Value: spec.Name.Database}}, nil); err != nil {
		return err
	}
	key := bson.D{}
	for _, f := range spec.Key {
		key = append(key, bson.E{Key: f.Field, Value: keyType(f.Type)})
	}
	command := bson.D{{Key: "shardCollection", Value: spec.Name.String()}, {Key: "key", Value: key}}
	if spec.Unique {
		command = append(command, bson.E{Key: "unique", Value: true})
	}
	if spec.InitialChunks > 0 {
		command = append(command, bson.E{Key: "numInitialChunks", Value: spec.InitialChunks})
	}
	return m.admin(ctx, router, 0, command, nil)
}

func keyType(t string) any {
	switch t {
	case "1":
		return 1
	case "-1":
		return -1
	default:
		return t
	}
}

// byShard is one row of a count.
type byShard struct {
	Shard string `bson:"_id"`
	Count int64  `bson:"count"`
}

// Chunks is described at CollectionAdmin.
func (m *Mongo) Chunks(ctx context.Context, router Endpoint, name Namespace) (map[string]int, error) {
	doc, err := m.wireCollection(ctx, router, name)
	if err != nil {
		return nil, err
	}
	rows, err := m.count(ctx, router, Namespace{"config", "chunks"}, mongo.Pipeline{
		{{Key: "$match", Value: bson.D{{Key: "uuid", Value: doc.UUID}}}},
		{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$shard"}, {Key: "count", Value: bson.D{{Key: "$sum", Value: 1}}}}}},
	})
	chunks := map[string]int{}
	for _, row := range rows {
		chunks[row.Shard] = int(row.Count)
	}
	return chunks, err
}

// Documents is described at CollectionAdmin.
func (m *Mongo) Documents(ctx context.Context, router Endpoint, name Namespace) (map[string]int64, error) {
	rows, err := m.count(ctx, router, name, mongo.Pipeline{
		{{Key: "$collStats", Value: bson.D{{Key: "count", Value: bson.D{}}}}},
		{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$shard"}, {Key: "count", Value: bson.D{{Key: "$sum", Value: "$count"}}}}}},
	})
	documents := map[string]int64{}
	for _, row := range rows {
		documents[row.Shard] = row.Count
	}
	return documents, err
}

// Orphans is described at CollectionAdmin.
func (m *Mongo) Orphans(ctx context.Context, member Endpoint, name Namespace) (int64, error) {
	rows, err := m.count(ctx, member, Namespace{"config", "rangeDeletions"}, mongo.Pipeline{
		{{Key: "$match", Value: bson.D{{Key: "nss", Value: name.String()}}}},
		{{Key: "$group", Value: bson.D{{Key: "_id", Value: ""}, {Key: "count", Value: bson.D{{Key: "$sum", Value: "$numOrphanDocs"}}}}}},
	})
	var n int64
	for _, row := range rows {
		n += row.Count
	}
	return n, err
}

func (m *Mongo) count(ctx context.Context, router Endpoint, in Namespace, pipeline mongo.Pipeline) ([]byShard, error) {
	n, err := m.client(router)
	if err != nil {
		return nil, err
	}
	var rows []byShard
	return rows, inTime(ctx, func(ctx context.Context) error {
		cursor, err := n.Database(in.Database).Collection(in.Collection).Aggregate(ctx, pipeline)
		if err == nil {
			err = cursor.All(ctx, &rows)
		}
		return n.explain(router, err)
	})
}
