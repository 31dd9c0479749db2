package router

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/wire"
)

// hello says what the router is. It names no logicalSessionTimeoutMinutes, so
// that drivers use neither sessions nor retryable writes, and no
// topologyVersion, so that they ask again instead of waiting for news.
func (r *Router) hello(ctx context.Context, q *request) (bsoncore.Document, error) {
	login, err := r.helloFields(ctx, q)
	return r.greeting(q, login), err
}

func (r *Router) isMaster(ctx context.Context, q *request) (bsoncore.Document, error) {
	login, err := r.helloFields(ctx, q)
	return r.greeting(q, append(bson.D{{Key: "ismaster", Value: true}}, login...)), err
}

func (r *Router) greeting(q *request, legacy bson.D) bsoncore.Document {
	if ok, _ := q.body.Lookup("helloOk").BooleanOK(); ok {
		legacy = append(legacy, bson.E{Key: "helloOk", Value: true})
	}
	return ok1(append(legacy, bson.D{
		{Key: "isWritablePrimary", Value: true},
		{Key: "msg", Value: "isdbgrid"},
		{Key: "maxBsonObjectSize", Value: int32(wire.MaxDocumentSize)},
		{Key: "maxMessageSizeBytes", Value: int32(wire.MaxMessageSize)},
		{Key: "maxWriteBatchSize", Value: int32(wire.MaxWriteBatch)},
		{Key: "localTime", Value: time.Now()},
		{Key: "connectionId", Value: q.client},
		{Key: "minWireVersion", Value: int32(0)},
		{Key: "maxWireVersion", Value: int32(17)},
	}...)...)
}
