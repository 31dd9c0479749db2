package router

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"golang.org/x/sync/errgroup"

	"speedscale/infra/router/cluster"
	"speedscale/infra/router/replset"
)

// placement is where a collection lives, with the versions that go along.
type placement struct {
	shard    string
	buckets  string // of a time-series collection: where its documents are
	versions bson.D
}

// unsharded is the version of a collection that is not sharded.
var unsharded = bson.E{Key: "shardVersion", Value: bson.D{
	{Key: "t", Value: bson.Timestamp{}}, {Key: "e", Value: bson.ObjectID{}}, {Key: "v", Value: bson.Timestamp{}},
}}

// placements are the shards that hold the collection: those with chunks, or the
// database's primary if it is not sharded.
func (r *Router) placements(ctx context.Context, dbName, ns string) ([]placement, error) {
	coll, err := r.cluster.Collection(ctx, ns)
	if err != nil {
		return nil, err
	}
	if !coll.Sharded() {
		db, err := r.cluster.Database(ctx, dbName)
		if err != nil {
			return nil, err
		}
		return []placement{{shard: db.Primary, versions: bson.D{version(db), unsharded}}}, nil
	}
	var places []placement
	for _, owner := range coll.Owners {
		place := placement{shard: owner.Shard, versions: coll.Versions(owner.Shard)}
		if len(coll.Timeseries) > 0 {
			place.buckets = coll.NS[len(dbName)+1:]
		}
		places = append(places, place)
	}
	return places, nil
}

func (r *Router) createIndexes(ctx context.Context, q *request) (bsoncore.Document, error) {
	coll, err := q.collection()
	if err != nil {
		return nil, err
	}
	if q.onConfig() {
		return r.plain(ctx, q, r.cluster.ConfigPrimary, true, nil)
	}
	if refusal, err := r.ensureDatabase(ctx, q.db); err != nil || refusal != nil {
		return refusal, err
	}
	return r.onEach(ctx, q, q.db+"."+coll, "createIndexes", true, majority)
}

// onEach sends the client's command to every shard that holds ns and returns
// their replies under `raw`, as mongos does; or the first refusal.
func (r *Router) onEach(ctx context.Context, q *request, ns, name string, repeatable bool, extra ...bson.E) (bsoncore.Document, error) {
	return r.fresh(q.db, ns, func() (bsoncore.Document, error) {
		places, err := r.placements(ctx, q.db, ns)
		if err != nil {
			return nil, err
		}
		replies := make([]bsoncore.Document, len(places))
		var all errgroup.Group
		for i, place := range places {
			all.Go(func() (err error) {
				replies[i], err = r.at(ctx, q, place, name, repeatable, extra)
				return err
			})
		}
		if err := all.Wait(); err != nil {
			return nil, err
		}
		return r.merged(places, replies), nil
	})
}

func (r *Router) merged(places []placement, replies []bsoncore.Document) bsoncore.Document {
	each := bson.D{}
	for i, reply := range replies {
		if !replset.OK(reply) {
			return reply
		}
		each = append(each, bson.E{Key: r.cluster.ConnectionString(places[i].shard), Value: bson.Raw(clean(reply))})
	}
	return ok1(bson.E{Key: "raw", Value: each})
}

func (r *Router) at(ctx context.Context, q *request, place placement, name string, repeatable bool, extra bson.D) (bsoncore.Document, error) {
	return r.sendTo(ctx, q, r.cluster.ShardPrimary(place.shard), place, name, repeatable, extra)
}

// sendTo sends q with the versions of what it is about.
func (r *Router) sendTo(ctx context.Context, q *request, to cluster.Target, place placement, name string, repeatable bool, extra bson.D) (bsoncore.Document, error) {
	if place.buckets != "" {
		q = q.onBuckets(place.buckets)
	}
	return r.send(ctx, q, to, false, cluster.Command{
		Repeatable: repeatable,
		Sequences:  q.seqs,
		Single:     func() bool { return writesSingle(q) },
		Body: func(limit time.Duration) bsoncore.Document {
			return q.forward(name, limit, append(extra[:len(extra):len(extra)], place.versions...))
		},
	})
}

// onBuckets is q about the buckets of the time-series collection that it names,
// as a mongos says it.
func (q *request) onBuckets(buckets string) *request {
	_, rest, _ := bsoncore.ReadElement(q.body[4:]) // the body was validated when it came
	start, body := bsoncore.AppendDocumentStart(nil)
	body = bsoncore.AppendStringElement(body, q.name, buckets)
	body = append(body, rest[:len(rest)-1]...)
	body = bsoncore.AppendBooleanElement(body, "isTimeseriesNamespace", true)
	body, _ = bsoncore.AppendDocumentEnd(body, start)
	renamed := *q
	renamed.body = body
	return &renamed
}

func (r *Router) dropIndexes(ctx context.Context, q *request) (bsoncore.Document, error) {
	return r.onPrimary(ctx, q, "_shardsvrDropIndexes", false, majority)
}

func (r *Router) listIndexes(ctx context.Context, q *request) (bsoncore.Document, error) {
	coll, err := q.collection()
	if err != nil {
		return nil, err
	}
	if q.onConfig() {
		return r.plain(ctx, q, r.cluster.ConfigPrimary, true, nil)
	}
	ns := q.db + "." + coll
	reply, err := r.fresh(q.db, ns, func() (bsoncore.Document, error) {
		places, err := r.placements(ctx, q.db, ns)
		if err != nil {
			return nil, err
		}
		return r.at(ctx, q, places[0], "listIndexes", true, nil)
	})
	if errors.Is(err, cluster.ErrNotFound) {
		return nil, failure(codeNamespaceNotFound, "ns does not exist: %s", ns)
	}
	return reply, err
}
