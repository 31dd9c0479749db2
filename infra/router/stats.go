package router

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/auth"
	"speedscale/infra/router/cluster"
	"speedscale/infra/router/replset"
)

// shardReply is what one shard answered.
type shardReply struct {
	shard string
	reply bsoncore.Document
}

// onAll sends a command of the router's own to the primary of every shard. The
// first refusal comes back as such.
func (r *Router) onAll(ctx context.Context, shards []string, db string, cmd bson.D) (replies []shardReply, refusal bsoncore.Document, err error) {
	for _, id := range shards {
		reply, err := r.cluster.Admin(ctx, r.cluster.ShardPrimary(id), true, db, cmd)
		if err != nil {
			return nil, nil, err
		}
		if !replset.OK(reply) {
			return nil, reply, nil
		}
		replies = append(replies, shardReply{id, reply})
	}
	return replies, nil, nil
}

func (r *Router) shardIDs(ctx context.Context) ([]string, error) {
	shards, err := r.cluster.Shards(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(shards))
	for i, s := range shards {
		ids[i] = s.ID
	}
	return ids, nil
}

// listDatabases adds up what the shards and, for admin and config, the config
// servers hold.
func (r *Router) listDatabases(ctx context.Context, q *request) (bsoncore.Document, error) {
	shards, err := r.shardIDs(ctx)
	if err != nil {
		return nil, err
	}
	cmd := append(bson.D{{Key: "listDatabases", Value: 1}}, q.pick("filter", "authorizedDatabases")...)
	replies, refusal, err := r.onAll(ctx, shards, "admin", cmd)
	if err != nil || refusal != nil {
		return refusal, err
	}
	config, err := r.cluster.Admin(ctx, r.cluster.ConfigPrimary, true, "admin", cmd)
	if err != nil || !replset.OK(config) {
		return config, err
	}
	sums, visible := newDatabases(), q.visibleDatabases()
	sums.add(shardReply{"config", config}, func(name string) bool { return (name == "admin" || name == "config") && visible(name) })
	for _, reply := range replies {
		sums.add(reply, func(name string) bool { return name != "admin" && name != "config" && name != "local" && visible(name) })
	}
	nameOnly, _ := q.body.Lookup("nameOnly").BooleanOK()
	return sums.reply(nameOnly), nil
}

// visibleDatabases says which databases the client is shown: all, unless it may
// not list them, or asks for its own.
func (q *request) visibleDatabases() func(name string) bool {
	own, given := q.body.Lookup("authorizedDatabases").BooleanOK()
	if q.user == nil || !own && (given || q.user.Can(auth.Cluster, "listDatabases")) {
		return func(string) bool { return true }
	}
	return q.user.Anywhere
}

type databases struct {
	order []string
	sizes map[string]bson.D // database → shard → bytes
	bytes map[string]int64
}

func newDatabases() *databases {
	return &databases{sizes: map[string]bson.D{}, bytes: map[string]int64{}}
}

func (d *databases) add(r shardReply, wanted func(string) bool) {
	list, _ := r.reply.Lookup("databases").ArrayOK()
	values, _ := list.Values()
	for _, v := range values {
		doc, _ := v.DocumentOK()
		name, _ := doc.Lookup("name").StringValueOK()
		if !wanted(name) {
			continue
		}
		if _, seen := d.bytes[name]; !seen {
			d.order = append(d.order, name)
		}
		size, _ := doc.Lookup("sizeOnDisk").AsInt64OK()
		d.bytes[name] += size
		d.sizes[name] = append(d.sizes[name], bson.E{Key: r.shard, Value: size})
	}
}

func (d *databases) reply(nameOnly bool) bsoncore.Document {
	slices.Sort(d.order)
	list, total := bson.A{}, int64(0)
	for _, name := range d.order {
		entry := bson.D{{Key: "name", Value: name}}
		if !nameOnly {
			entry = append(entry, bson.E{Key: "sizeOnDisk", Value: d.bytes[name]},
				bson.E{Key: "empty", Value: d.bytes[name] == 0}, bson.E{Key: "shards", Value: d.sizes[name]})
		}
		list, total = append(list, entry), total+d.bytes[name]
	}
	if nameOnly {
		return ok1(bson.E{Key: "databases", Value: list})
	}
	return ok1(bson.E{Key: "databases", Value: list}, bson.E{Key: "totalSize", Value: total}, bson.E{Key: "totalSizeMb", Value: total >> 20})
}

func (r *Router) dbStats(ctx context.Context, q *request) (bsoncore.Document, error) {
	cmd := append(bson.D{{Key: "dbStats", Value: 1}}, q.pick("scale", "freeStorage")...)
	if q.onConfig() {
		return r.cluster.Admin(ctx, r.cluster.ConfigPrimary, true, q.db, cmd)
	}
	shards, err := r.shardIDs(ctx)
	if err != nil {
		return nil, err
	}
	replies, refusal, err := r.onAll(ctx, shards, q.db, cmd)
	if err != nil || refusal != nil {
		return refusal, err
	}
	sums := sum(replies, "collections", "views", "objects", "dataSize", "storageSize", "indexes", "indexSize", "totalSize", "fsUsedSize", "fsTotalSize")
	raw := bson.D{}
	for _, reply := range replies {
		raw = append(raw, bson.E{Key: r.cluster.ConnectionString(reply.shard), Value: bson.Raw(clean(reply.reply))})
	}
	out := append(bson.D{{Key: "raw", Value: raw}, {Key: "db", Value: q.db}}, sums...)
	return ok1(append(out, average(sums, "objects", "dataSize"))...), nil
}

func (r *Router) collStats(ctx context.Context, q *request) (bsoncore.Document, error) {
	name, err := q.collection()
	if err != nil {
		return nil, err
	}
	cmd := append(bson.D{{Key: "collStats", Value: name}}, q.pick("scale")...)
	if q.onConfig() {
		return r.cluster.Admin(ctx, r.cluster.ConfigPrimary, true, q.db, cmd)
	}
	ns := q.db + "." + name
	r.cluster.Forget(q.db, ns) // these commands carry no version that would tell
	coll, err := r.cluster.Collection(ctx, ns)
	if err != nil {
		return nil, err
	}
	var shards []string
	nchunks := int64(1)
	if coll.Sharded() {
		nchunks = 0
		for _, owner := range coll.Owners {
			shards, nchunks = append(shards, owner.Shard), nchunks+owner.Chunks
		}
	} else {
		db, err := r.cluster.Database(ctx, q.db)
		if err != nil {
			return nil, err
		}
		shards = []string{db.Primary}
	}
	replies, refusal, err := r.onAll(ctx, shards, q.db, cmd)
	if err != nil || refusal != nil {
		return refusal, err
	}
	return collectionStats(ns, coll, nchunks, replies), nil
}

func collectionStats(ns string, coll cluster.Collection, nchunks int64, replies []shardReply) bsoncore.Document {
	sums := sum(replies, "count", "size", "storageSize", "totalIndexSize", "totalSize")
	indexSizes, each := map[string]int64{}, bson.D{}
	for _, reply := range replies {
		each = append(each, bson.E{Key: reply.shard, Value: bson.Raw(clean(reply.reply))})
		sizes, _ := reply.reply.Lookup("indexSizes").DocumentOK()
		elements, _ := sizes.Elements()
		for _, e := range elements {
			n, _ := e.Value().AsInt64OK()
			indexSizes[e.Key()] += n
		}
	}
	out := bson.D{{Key: "sharded", Value: coll.Sharded()}}
	if len(replies) > 0 {
		if !coll.Sharded() {
			out = append(out, bson.E{Key: "primary", Value: replies[0].shard})
		}
		for _, key := range []string{"capped", "wiredTiger", "nindexes", "scaleFactor"} {
			if v, err := replies[0].reply.LookupErr(key); err == nil {
				out = append(out, bson.E{Key: key, Value: raw(v)})
			}
		}
	}
	out = append(out, bson.E{Key: "ns", Value: ns}, bson.E{Key: "indexSizes", Value: indexSizes}, bson.E{Key: "nchunks", Value: nchunks})
	out = append(append(out, sums...), average(sums, "count", "size"), bson.E{Key: "shards", Value: each})
	return ok1(out...)
}

func sum(replies []shardReply, keys ...string) bson.D {
	out := bson.D{}
	for _, key := range keys {
		total := int64(0)
		for _, reply := range replies {
			n, _ := reply.reply.Lookup(key).AsInt64OK()
			total += n
		}
		out = append(out, bson.E{Key: key, Value: total})
	}
	return out
}

func average(sums bson.D, count, size string) bson.E {
	var n, bytes int64
	for _, e := range sums {
		switch e.Key {
		case count:
			n = e.Value.(int64)
		case size:
			bytes = e.Value.(int64)
		}
	}
	if n == 0 {
		return bson.E{Key: "avgObjSize", Value: 0.0}
	}
	return bson.E{Key: "avgObjSize", Value: float64(bytes) / float64(n)}
}
