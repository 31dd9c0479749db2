package router

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/cluster"
	"speedscale/infra/router/replset"
)

// majority is the write concern that MongoDB demands of changes of the catalogue.
var majority = bson.E{Key: "writeConcern", Value: bson.D{{Key: "w", Value: "majority"}}}

// config sends the command to the config servers' counterpart of that name.
func (r *Router) config(name string, writes bool) handler {
	return func(ctx context.Context, q *request) (bsoncore.Document, error) {
		reply, _, err := r.sendConfig(ctx, q, name, writes)
		return reply, err
	}
}

// sendConfig also says how often the command was sent.
func (r *Router) sendConfig(ctx context.Context, q *request, name string, writes bool) (bsoncore.Document, int, error) {
	var extra bson.D
	if writes {
		extra = bson.D{majority}
	} else {
		q.body = filter(q.body, func(key string) bool { return key != "writeConcern" }) // refused there
	}
	attempts := 0
	reply, _, err := r.cluster.Send(ctx, r.cluster.ConfigPrimary, cluster.Command{
		// The counterparts set a state, so they can be repeated.
		Repeatable: true,
		Body: func(limit time.Duration) bsoncore.Document {
			attempts++
			return q.forward(name, limit, extra)
		},
	})
	return reply, attempts, err
}

func (r *Router) addShard(ctx context.Context, q *request) (bsoncore.Document, error) {
	reply, err := r.config("_configsvrAddShard", true)(ctx, q)
	return r.relist(ctx, reply, err)
}

func (r *Router) removeShard(ctx context.Context, q *request) (bsoncore.Document, error) {
	reply, attempts, err := r.sendConfig(ctx, q, "_configsvrRemoveShard", true)
	return r.relist(ctx, removed(reply, attempts), err)
}

// removed is the answer to removeShard. Where an attempt's answer was lost and
// the next one does not find the shard any more, the first has removed it.
func removed(reply bsoncore.Document, attempts int) bsoncore.Document {
	if attempts > 1 && cluster.Code(reply) == codeShardNotFound {
		return ok1(bson.E{Key: "msg", Value: "removeshard completed successfully"}, bson.E{Key: "state", Value: "completed"})
	}
	return reply
}

// relist reads the list of shards after a change of it.
func (r *Router) relist(ctx context.Context, reply bsoncore.Document, err error) (bsoncore.Document, error) {
	if err == nil && replset.OK(reply) {
		if err := r.cluster.Refresh(ctx); err != nil {
			r.log.Warn("the list of shards cannot be read after a change", "error", err)
		}
	}
	return reply, err
}

func (r *Router) listShards(ctx context.Context, _ *request) (bsoncore.Document, error) {
	shards := []bson.Raw{}
	if err := r.cluster.Aggregate(ctx, "shards", bson.A{bson.D{{Key: "$sort", Value: bson.D{{Key: "_id", Value: 1}}}}}, &shards); err != nil {
		return nil, err
	}
	return ok1(bson.E{Key: "shards", Value: shards}), nil
}

func (r *Router) getShardMap(ctx context.Context, _ *request) (bsoncore.Document, error) {
	shards, err := r.cluster.Shards(ctx)
	if err != nil {
		return nil, err
	}
	entries, hosts, strings := bson.D{}, bson.D{}, bson.D{}
	add := func(id, connection string) {
		entries = append(entries, bson.E{Key: id, Value: connection})
		strings = append(strings, bson.E{Key: connection, Value: id})
		for _, host := range members(connection) {
			hosts = append(hosts, bson.E{Key: host, Value: id})
		}
	}
	for _, s := range shards {
		add(s.ID, s.Host)
	}
	add("config", r.cluster.Config.ConnectionString())
	return ok1(bson.E{Key: "map", Value: entries}, bson.E{Key: "hosts", Value: hosts}, bson.E{Key: "connStrings", Value: strings}), nil
}

func members(connection string) []string {
	_, hosts, _ := strings.Cut(connection, "/")
	return strings.Split(hosts, ",")
}

func (r *Router) flushRouterConfig(ctx context.Context, _ *request) (bsoncore.Document, error) {
	r.cluster.ForgetAll()
	if err := r.cluster.Refresh(ctx); err != nil {
		return nil, err
	}
	return ok1(bson.E{Key: "flushed", Value: true}), nil
}

func (r *Router) enableSharding(ctx context.Context, q *request) (bsoncore.Document, error) {
	name, ok := q.body.Index(0).Value().StringValueOK()
	if !ok || name == "" {
		return nil, failure(codeInvalidNamespace, "enableSharding needs a database's name")
	}
	if reply, err := r.createDatabase(ctx, name, q.text("primaryShard")); err != nil || reply != nil {
		return reply, err
	}
	return ok1(), nil
}

// createDatabase enters a database into the catalogue. A refusal comes back as
// reply.
func (r *Router) createDatabase(ctx context.Context, name, primary string) (refusal bsoncore.Document, err error) {
	cmd := bson.D{{Key: "_configsvrCreateDatabase", Value: name}}
	if primary != "" {
		cmd = append(cmd, bson.E{Key: "primaryShardId", Value: primary})
	}
	reply, err := r.cluster.Admin(ctx, r.cluster.ConfigPrimary, true, "admin", append(cmd, majority))
	if err != nil {
		return nil, err
	}
	r.cluster.Forget(name, "")
	if !replset.OK(reply) {
		return reply, nil
	}
	return nil, nil
}

// ensureDatabase is the catalogue's entry, made if it is missing.
func (r *Router) ensureDatabase(ctx context.Context, name string) (refusal bsoncore.Document, err error) {
	_, err = r.cluster.Database(ctx, name)
	if errors.Is(err, cluster.ErrNotFound) {
		return r.createDatabase(ctx, name, "")
	}
	return nil, err
}

func (r *Router) movePrimary(ctx context.Context, q *request) (bsoncore.Document, error) {
	name, _ := q.body.Index(0).Value().StringValueOK()
	to := q.text("to")
	if name == "" || to == "" {
		return nil, failure(codeInvalidNamespace, "movePrimary needs a database's name and the shard in 'to'")
	}
	reply, err := r.onDatabase(ctx, name, func(db cluster.Database) (string, bson.D) {
		return "admin", bson.D{{Key: "_shardsvrMovePrimary", Value: name}, {Key: "to", Value: to}, version(db), majority}
	})
	r.cluster.Forget(name, "")
	return reply, err
}

func (r *Router) shardCollection(ctx context.Context, q *request) (bsoncore.Document, error) {
	dbName, ns, err := q.namespace()
	if err != nil {
		return nil, err
	}
	key, ok := q.body.Lookup("key").DocumentOK()
	if !ok {
		return nil, failure(codeFailedToParse, "shardCollection needs a document 'key'")
	}
	if refusal, err := r.ensureDatabase(ctx, dbName); err != nil || refusal != nil {
		return refusal, err
	}
	reply, err := r.onDatabase(ctx, dbName, func(db cluster.Database) (string, bson.D) {
		cmd := bson.D{{Key: "_shardsvrCreateCollection", Value: ns[len(dbName)+1:]}, {Key: "shardKey", Value: bson.Raw(key)}}
		cmd = append(cmd, q.pick("unique", "collation", "presplitHashedZones", "timeseries", "implicitlyCreateIndex", "enforceUniquenessCheck")...)
		if n, ok := q.body.Lookup("numInitialChunks").AsInt64OK(); ok {
			cmd = append(cmd, bson.E{Key: "numInitialChunks", Value: n}) // only an Int64 is taken
		}
		return dbName, append(cmd, version(db), majority)
	})
	r.cluster.Forget("", ns)
	if err != nil || !replset.OK(reply) {
		return reply, err
	}
	return ok1(bson.E{Key: "collectionsharded", Value: ns}), nil
}

func (r *Router) refineShardKey(ctx context.Context, q *request) (bsoncore.Document, error) {
	dbName, ns, err := q.namespace()
	if err != nil {
		return nil, err
	}
	if _, ok := q.body.Lookup("key").DocumentOK(); !ok {
		return nil, failure(codeFailedToParse, "refineCollectionShardKey needs a document 'key'")
	}
	reply, err := r.onDatabase(ctx, dbName, func(db cluster.Database) (string, bson.D) {
		cmd := bson.D{{Key: "_shardsvrRefineCollectionShardKey", Value: ns[len(dbName)+1:]}, {Key: "newShardKey", Value: raw(q.body.Lookup("key"))}}
		cmd = append(cmd, q.pick("enforceUniquenessCheck")...)
		return dbName, append(cmd, version(db), majority)
	})
	r.cluster.Forget("", ns)
	return reply, err
}
