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

// count and distinct have no cluster form, and the plain ones count wrongly
// while chunks move: both become pipelines.

func (r *Router) count(ctx context.Context, q *request) (bsoncore.Document, error) {
	if q.onConfig() {
		return r.plain(ctx, q, r.cluster.ConfigPrimary, true, nil)
	}
	pipeline, err := countPipeline(q)
	if err != nil {
		return nil, err
	}
	docs, reply, err := r.pipeline(ctx, q, pipeline)
	if err != nil || reply != nil {
		return reply, err
	}
	n := int64(0)
	if len(docs) > 0 {
		n, _ = docs[0].Lookup("n").AsInt64OK()
	}
	if n == int64(int32(n)) {
		return ok1(bson.E{Key: "n", Value: int32(n)}), nil
	}
	return ok1(bson.E{Key: "n", Value: n}), nil
}

func countPipeline(q *request) (bson.A, error) {
	pipeline := matching(q)
	for _, stage := range []string{"skip", "limit"} {
		v, err := q.body.LookupErr(stage)
		if err != nil || v.Type == bsoncore.TypeNull {
			continue
		}
		n, ok := v.AsInt64OK()
		switch {
		case !ok:
			return nil, failure(codeBadValue, "count: %s must be a number, not %s", stage, v)
		case stage == "limit" && n < 0:
			n = -n // as MongoDB has it
		case n < 0:
			return nil, failure(codeBadValue, "count: skip must not be negative, it is %d", n)
		}
		if n != 0 {
			pipeline = append(pipeline, bson.D{{Key: "$" + stage, Value: n}})
		}
	}
	return append(pipeline, bson.D{{Key: "$count", Value: "n"}}), nil
}

func matching(q *request) bson.A {
	query, ok := q.body.Lookup("query").DocumentOK()
	if !ok || len(query) <= 5 {
		return bson.A{}
	}
	return bson.A{bson.D{{Key: "$match", Value: bson.Raw(query)}}}
}

func (r *Router) distinct(ctx context.Context, q *request) (bsoncore.Document, error) {
	if q.onConfig() {
		return r.plain(ctx, q, r.cluster.ConfigPrimary, true, nil)
	}
	pipeline, err := distinctPipeline(q)
	if err != nil {
		return nil, err
	}
	docs, reply, err := r.pipeline(ctx, q, pipeline)
	if err != nil || reply != nil {
		return reply, err
	}
	values := bson.A{}
	for _, doc := range docs {
		values = append(values, raw(doc.Lookup("_id")))
	}
	return ok1(bson.E{Key: "values", Value: values}), nil
}

// distinctPipeline looks into arrays on the path and leaves missing values
// out, as distinct does.
func distinctPipeline(q *request) (bson.A, error) {
	key, ok := q.body.Lookup("key").StringValueOK()
	if !ok || key == "" || strings.ContainsRune(key, 0) {
		return nil, failure(codeBadValue, "distinct needs a string 'key'")
	}
	pipeline := matching(q)
	path := ""
	for part := range strings.SplitSeq(key, ".") {
		path = strings.TrimPrefix(path+"."+part, ".")
		pipeline = append(pipeline, bson.D{{Key: "$unwind", Value: bson.D{
			{Key: "path", Value: "$" + path}, {Key: "preserveNullAndEmptyArrays", Value: true},
		}}})
	}
	return append(pipeline,
		bson.D{{Key: "$match", Value: bson.D{{Key: key, Value: bson.D{{Key: "$exists", Value: true}}}}}},
		bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$" + key}}}},
		bson.D{{Key: "$sort", Value: bson.D{{Key: "_id", Value: 1}}}},
	), nil
}

// asAggregate is a count or distinct as an aggregate.
func asAggregate(q *request, name string, pipeline bson.A, extra ...bson.E) bsoncore.Document {
	cmd := bson.D{
		{Key: name, Value: q.text(q.name)},
		{Key: "pipeline", Value: pipeline},
		{Key: "cursor", Value: bson.D{{Key: "batchSize", Value: int32(1 << 30)}}},
	}
	cmd = append(cmd, q.pick("hint", "collation", "comment", "$readPreference")...)
	if namesConcern(q, "readConcern") {
		cmd = append(cmd, q.pick("readConcern")...)
	}
	return document(append(cmd, extra...))
}

// pipeline gathers all that an aggregate in place of q returns, up to the 16 MB
// that q's reply may have. A refusal comes back as reply.
func (r *Router) pipeline(ctx context.Context, q *request, pipeline bson.A) (docs []bsoncore.Document, refusal bsoncore.Document, err error) {
	if _, err := q.collection(); err != nil {
		return nil, nil, err
	}
	concern := r.readConcern(ctx, q)
	reply, _, err := r.cluster.Send(ctx, r.routers(q, true), cluster.Command{
		Body: func(limit time.Duration) bsoncore.Document {
			extra := append(bson.D{{Key: "maxTimeMS", Value: millis(limit)}, {Key: "$db", Value: q.db}}, concern...)
			return asAggregate(q, "clusterAggregate", pipeline, extra...)
		},
		Repeatable: true,
		Routed:     true,
	})
	if err != nil {
		return nil, nil, err
	}
	if !replset.OK(reply) {
		return nil, reply, nil
	}
	// A batch holds 16 MB: what does not fit would not fit in the reply either.
	if id, _ := reply.Lookup("cursor", "id").AsInt64OK(); id != 0 {
		return nil, nil, failure(17217, "%s too big, 16mb cap", q.name)
	}
	values, err := reply.Lookup("cursor", "firstBatch").Array().Values()
	if err != nil {
		return nil, nil, err
	}
	for _, v := range values {
		docs = append(docs, v.Document())
	}
	return docs, nil, nil
}
