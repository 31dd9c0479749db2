package router

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/cluster"
	"speedscale/infra/router/replset"
)

// findAndModify has no cluster form. MongoDB's own planner says which shard the
// query belongs to; that shard gets the plain command with the version of its
// chunks, and refuses it if the document has moved on.
func (r *Router) findAndModify(ctx context.Context, q *request) (bsoncore.Document, error) {
	coll, err := q.collection()
	if err != nil {
		return nil, err
	}
	if q.onConfig() {
		return r.plain(ctx, q, r.cluster.ConfigPrimary, false, r.writeConcern(ctx, q))
	}
	if refusal, err := r.ensureDatabase(ctx, q.db); err != nil || refusal != nil {
		return refusal, err
	}
	ns, extra := q.db+"."+coll, r.writeConcern(ctx, q)
	return r.fresh(q.db, ns, func() (bsoncore.Document, error) {
		place, refusal, err := r.owner(ctx, q, ns)
		if err != nil || refusal != nil {
			return refusal, err
		}
		return r.at(ctx, q, place, "findAndModify", false, extra)
	})
}

// owner is the one shard that may hold what the query finds.
func (r *Router) owner(ctx context.Context, q *request, ns string) (place placement, refusal bsoncore.Document, err error) {
	coll, err := r.cluster.Collection(ctx, ns)
	if err != nil {
		return placement{}, nil, err
	}
	if !coll.Sharded() {
		places, err := r.placements(ctx, q.db, ns)
		if err != nil {
			return placement{}, nil, err
		}
		return places[0], nil, nil
	}
	of := ofQuery(q, "query")
	if shard, ok := coll.Target(of.key); ok && !of.collation {
		return placement{shard: shard, versions: coll.Versions(shard)}, nil, nil
	}
	shards, refusal, err := r.targets(ctx, q)
	if err != nil || refusal != nil {
		return placement{}, refusal, err
	}
	if len(shards) != 1 {
		return placement{}, nil, failure(codeShardKeyNotFound,
			"Query for sharded findAndModify must contain the shard key, for it belongs to %d shards", len(shards))
	}
	return placement{shard: shards[0], versions: coll.Versions(shards[0])}, nil, nil
}

// targets asks the planner which shards a find with q's query would ask.
func (r *Router) targets(ctx context.Context, q *request) (shards []string, refusal bsoncore.Document, err error) {
	find := bson.D{{Key: "clusterFind", Value: q.text(q.name)}}
	if query, ok := q.body.Lookup("query").DocumentOK(); ok {
		find = append(find, bson.E{Key: "filter", Value: bson.Raw(query)})
	}
	find = append(find, q.pick("collation", "let")...)
	reply, _, err := r.cluster.Send(ctx, r.cluster.AnyShard, cluster.Command{
		Repeatable: true,
		Body: func(limit time.Duration) bsoncore.Document {
			return document(bson.D{
				{Key: "explain", Value: find},
				{Key: "verbosity", Value: "queryPlanner"},
				{Key: "maxTimeMS", Value: millis(limit)},
				{Key: "$db", Value: q.db},
			})
		},
	})
	if err != nil {
		return nil, nil, err
	}
	if !replset.OK(reply) {
		return nil, reply, nil
	}
	list, ok := reply.Lookup("queryPlanner", "winningPlan", "shards").ArrayOK()
	if !ok {
		return nil, nil, failure(codeShardKeyNotFound, "the plan for the query of findAndModify names no shard")
	}
	values, err := list.Values()
	if err != nil {
		return nil, nil, err
	}
	for _, v := range values {
		doc, ok := v.DocumentOK()
		if !ok {
			continue
		}
		if name, ok := doc.Lookup("shardName").StringValueOK(); ok {
			shards = append(shards, name)
		}
	}
	return shards, nil, nil
}
