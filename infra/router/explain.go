package router

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/cluster"
)

// explain explains reads. An explain of a cluster write makes a mongod recurse
// until it runs out of descriptors, so writes are refused.
func (r *Router) explain(ctx context.Context, q *request) (bsoncore.Document, error) {
	inner, ok := q.body.Lookup("explain").DocumentOK()
	if !ok {
		return nil, failure(codeFailedToParse, "explain needs a command")
	}
	first, err := inner.IndexErr(0)
	if err != nil {
		return nil, failure(codeFailedToParse, "explain needs a command")
	}
	about := &request{name: first.Key(), db: q.db, body: inner}
	if err := guard(about); err != nil {
		return nil, err
	}
	name, to := map[string]string{"find": "clusterFind", "aggregate": "clusterAggregate"}[about.name], r.cluster.AnyShard
	if q.onConfig() {
		name, to = about.name, r.cluster.ConfigPrimary
	}
	var explained bsoncore.Document
	switch about.name {
	case "find", "aggregate":
		if about.tails() {
			return nil, errTailable
		}
		explained = about.renamed(name, nil)
	case "count", "distinct":
		explained, err = explainedCount(about, q.onConfig())
	default:
		err = failure(codeNotSupported, "the embedded router does not support an explain of '%s', only of find, aggregate, count and distinct", about.name)
	}
	if err != nil {
		return nil, err
	}
	reply, _, err := r.cluster.Send(ctx, to, cluster.Command{Repeatable: true, Routed: !q.onConfig(), Body: func(limit time.Duration) bsoncore.Document {
		cmd := append(bson.D{{Key: "explain", Value: bson.Raw(explained)}}, q.pick("verbosity", "comment", "$readPreference")...)
		return document(append(cmd, bson.E{Key: "maxTimeMS", Value: millis(limit)}, bson.E{Key: "$db", Value: q.db}))
	}})
	return reply, err
}

func explainedCount(q *request, onConfig bool) (bsoncore.Document, error) {
	convert := countPipeline
	if q.name == "distinct" {
		convert = distinctPipeline
	}
	pipeline, err := convert(q)
	if err != nil {
		return nil, err
	}
	name := "clusterAggregate"
	if onConfig {
		name = "aggregate"
	}
	return asAggregate(q, name, pipeline), nil
}
