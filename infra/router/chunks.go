package router

import (
	"context"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/cluster"
	"speedscale/infra/router/replset"
)

// chunk is a document of config.chunks.
type chunk struct {
	Min   bson.Raw `bson:"min"`
	Max   bson.Raw `bson:"max"`
	Shard string   `bson:"shard"`
}

// sharded is the catalogue's entry, read anew.
func (r *Router) sharded(ctx context.Context, ns string) (cluster.Collection, error) {
	r.cluster.Forget("", ns)
	coll, err := r.cluster.Collection(ctx, ns)
	if err == nil && !coll.Sharded() {
		err = failure(codeNamespaceNotSharded, "Expected collection %s to be sharded", ns)
	}
	return coll, err
}

// named is the sharded collection that a command names.
func (r *Router) named(ctx context.Context, q *request) (cluster.Collection, error) {
	_, ns, err := q.namespace()
	if err != nil {
		return cluster.Collection{}, err
	}
	return r.sharded(ctx, ns)
}

// chunkAt is the chunk that holds the shard key's value (hashed, if it is).
func (r *Router) chunkAt(ctx context.Context, coll cluster.Collection, key bson.D) (chunk, error) {
	return r.oneChunk(ctx, coll, bson.D{
		{Key: "min", Value: bson.D{{Key: "$lte", Value: key}}}, {Key: "max", Value: bson.D{{Key: "$gt", Value: key}}},
	}, key)
}

func (r *Router) oneChunk(ctx context.Context, coll cluster.Collection, filter bson.D, what any) (chunk, error) {
	var found []chunk
	if err := r.cluster.Find(ctx, "chunks", append(bson.D{{Key: "uuid", Value: coll.UUID}}, filter...), &found); err != nil {
		return chunk{}, err
	}
	if len(found) == 0 {
		return chunk{}, failure(codeBadValue, "no chunk of %s found for %v", coll.NS, what)
	}
	return found[0], nil
}

// asked is the chunk that a command names by find or bounds.
func (r *Router) asked(ctx context.Context, q *request, coll cluster.Collection) (chunk, error) {
	if bounds, ok := q.body.Lookup("bounds").ArrayOK(); ok {
		values, err := bounds.Values()
		if err != nil || len(values) != 2 {
			return chunk{}, failure(codeBadValue, "%s: bounds must be [min, max]", q.name)
		}
		return r.oneChunk(ctx, coll, bson.D{{Key: "min", Value: raw(values[0])}, {Key: "max", Value: raw(values[1])}}, bounds)
	}
	find, ok := q.body.Lookup("find").DocumentOK()
	if !ok {
		return chunk{}, failure(codeBadValue, "%s needs find or bounds", q.name)
	}
	key, err := shardKey(coll.Key, find)
	if err != nil {
		return chunk{}, err
	}
	return r.chunkAt(ctx, coll, key)
}

// moveChunk moves one chunk, moveRange any range.
func (r *Router) moveChunk(ctx context.Context, q *request) (bsoncore.Document, error) {
	coll, err := r.named(ctx, q)
	if err != nil {
		return nil, err
	}
	c, err := r.asked(ctx, q, coll)
	if err != nil {
		return nil, err
	}
	wait, _ := q.body.Lookup("_waitForDelete").BooleanOK()
	cmd := bson.D{
		{Key: "_configsvrMoveRange", Value: coll.NS},
		{Key: "toShard", Value: q.text("to")},
		{Key: "min", Value: c.Min},
		{Key: "max", Value: c.Max},
		{Key: "waitForDelete", Value: wait},
	}
	return r.move(ctx, coll.NS, append(cmd, q.pick("forceJumbo")...))
}

func (r *Router) moveRange(ctx context.Context, q *request) (bsoncore.Document, error) {
	_, ns, err := q.namespace()
	if err != nil {
		return nil, err
	}
	cmd := append(bson.D{{Key: "_configsvrMoveRange", Value: ns}}, q.pick("toShard", "min", "max", "waitForDelete", "forceJumbo", "secondaryThrottle")...)
	return r.move(ctx, ns, cmd)
}

func (r *Router) move(ctx context.Context, ns string, cmd bson.D) (bsoncore.Document, error) {
	begin := time.Now()
	// A range that has arrived is not moved again.
	reply, err := r.cluster.Admin(ctx, r.cluster.ConfigPrimary, true, "admin", append(cmd, majority))
	r.cluster.Forget("", ns)
	if err != nil || !replset.OK(reply) {
		return reply, err
	}
	return ok1(bson.E{Key: "millis", Value: time.Since(begin).Milliseconds()}), nil
}

// split cuts a chunk at middle, or in half.
func (r *Router) split(ctx context.Context, q *request) (bsoncore.Document, error) {
	coll, err := r.named(ctx, q)
	if err != nil {
		return nil, err
	}
	c, keys, err := r.splitAt(ctx, q, coll)
	if err != nil {
		return nil, err
	}
	reply, err := r.cluster.Admin(ctx, r.cluster.ShardPrimary(c.Shard), false, "admin", bson.D{
		{Key: "_shardsvrSplitChunk", Value: coll.NS},
		{Key: "keyPattern", Value: coll.Key},
		{Key: "min", Value: c.Min},
		{Key: "max", Value: c.Max},
		{Key: "from", Value: c.Shard},
		{Key: "splitKeys", Value: keys},
		{Key: "epoch", Value: coll.Epoch},
		{Key: "timestamp", Value: coll.Timestamp},
	})
	r.cluster.Forget("", coll.NS)
	return reply, err
}

func (r *Router) splitAt(ctx context.Context, q *request, coll cluster.Collection) (c chunk, keys bson.A, err error) {
	if middle, ok := q.body.Lookup("middle").DocumentOK(); ok {
		var key bson.D
		if err := bson.Unmarshal(middle, &key); err != nil {
			return chunk{}, nil, failure(codeBadValue, "split: middle: %v", err)
		}
		c, err := r.chunkAt(ctx, coll, key)
		return c, bson.A{key}, err
	}
	if c, err = r.asked(ctx, q, coll); err != nil {
		return chunk{}, nil, err
	}
	reply, err := r.cluster.Admin(ctx, r.cluster.ShardPrimary(c.Shard), true, "admin", bson.D{
		{Key: "splitVector", Value: coll.NS},
		{Key: "keyPattern", Value: coll.Key},
		{Key: "min", Value: c.Min},
		{Key: "max", Value: c.Max},
		{Key: "force", Value: true},
	})
	if err != nil {
		return chunk{}, nil, err
	}
	if !replset.OK(reply) {
		return chunk{}, nil, failure(cluster.Code(reply), "split: %s", reply)
	}
	list, _ := reply.Lookup("splitKeys").ArrayOK()
	values, _ := list.Values()
	for _, v := range values {
		keys = append(keys, raw(v))
	}
	if len(keys) == 0 {
		return chunk{}, nil, failure(codeCannotSplit, "the chunk [%s, %s) cannot be split: it holds too few different keys", c.Min, c.Max)
	}
	return c, keys, nil
}

// mergeChunks makes one chunk of those between bounds, which are on one shard.
func (r *Router) mergeChunks(ctx context.Context, q *request) (bsoncore.Document, error) {
	coll, err := r.named(ctx, q)
	if err != nil {
		return nil, err
	}
	bounds, ok := q.body.Lookup("bounds").ArrayOK()
	if !ok {
		return nil, failure(codeBadValue, "mergeChunks: bounds must be [min, max]")
	}
	first, err := bounds.IndexErr(0)
	if err != nil {
		return nil, failure(codeBadValue, "mergeChunks: bounds must be [min, max]")
	}
	c, err := r.oneChunk(ctx, coll, bson.D{{Key: "min", Value: raw(first)}}, bounds)
	if err != nil {
		return nil, err
	}
	reply, err := r.cluster.Admin(ctx, r.cluster.ShardPrimary(c.Shard), false, "admin", bson.D{
		{Key: "_shardsvrMergeChunks", Value: coll.NS},
		{Key: "bounds", Value: bson.RawValue{Type: bson.TypeArray, Value: bounds}},
		{Key: "epoch", Value: coll.Epoch},
		{Key: "timestamp", Value: coll.Timestamp},
	})
	r.cluster.Forget("", coll.NS)
	return reply, err
}

// shardKey is the value of the shard key in doc, hashed where the pattern says
// so.
func shardKey(pattern bson.D, doc bsoncore.Document) (bson.D, error) {
	var key bson.D
	for _, field := range pattern {
		v, err := doc.LookupErr(strings.Split(field.Key, ".")...)
		if err != nil {
			return nil, failure(codeShardKeyNotFound, "%s does not contain the shard key's field %s", doc, field.Key)
		}
		if field.Value != "hashed" {
			key = append(key, bson.E{Key: field.Key, Value: raw(v)})
			continue
		}
		h, ok := cluster.Hash(v)
		if !ok {
			return nil, failure(codeBadValue, "the embedded router cannot hash a value of type %s: name the chunk by its bounds", v.Type)
		}
		key = append(key, bson.E{Key: field.Key, Value: h})
	}
	return key, nil
}
