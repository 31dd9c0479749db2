package router

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/cluster"
	"speedscale/infra/router/replset"
)

// version goes along with a command to a database's primary shard.
func version(db cluster.Database) bson.E {
	return bson.E{Key: "databaseVersion", Value: db.Version}
}

// A shard that answers with one of these has done nothing: what the router
// knew of the catalogue was outdated.
var stale = []int32{codeStaleDBVersion, codeStaleConfig}

// onDatabase sends what build returns (a database and a command) to the primary
// shard of the database `name`.
func (r *Router) onDatabase(ctx context.Context, name string, build func(cluster.Database) (string, bson.D)) (bsoncore.Document, error) {
	return r.fresh(name, "", func() (bsoncore.Document, error) {
		db, err := r.cluster.Database(ctx, name)
		if err != nil {
			return nil, err
		}
		in, cmd := build(db)
		return r.cluster.Admin(ctx, r.cluster.ShardPrimary(db.Primary), false, in, cmd)
	})
}

// fresh repeats send, with the catalogue read anew, while shards say that it is
// outdated.
func (r *Router) fresh(db, ns string, send func() (bsoncore.Document, error)) (reply bsoncore.Document, err error) {
	for range cluster.MaxStale {
		reply, err = send()
		if err != nil || replset.OK(reply) || !slices.Contains(stale, cluster.Code(reply)) {
			return reply, err
		}
		r.cluster.Forget(db, ns)
	}
	return reply, err
}

// onPrimary sends the client's command, as name, to its database's primary
// shard with the database's version and extra.
func (r *Router) onPrimary(ctx context.Context, q *request, name string, repeatable bool, extra ...bson.E) (bsoncore.Document, error) {
	return r.fresh(q.db, "", func() (bsoncore.Document, error) {
		db, err := r.cluster.Database(ctx, q.db)
		if err != nil {
			return nil, err
		}
		return r.send(ctx, q, r.cluster.ShardPrimary(db.Primary), false, cluster.Command{
			Repeatable: repeatable,
			Body: func(limit time.Duration) bsoncore.Document {
				return q.forward(name, limit, append(bson.D{version(db)}, extra...))
			},
		})
	})
}

func (r *Router) create(ctx context.Context, q *request) (bsoncore.Document, error) {
	if q.onConfig() {
		return r.plain(ctx, q, r.cluster.ConfigPrimary, false, nil)
	}
	if refusal, err := r.ensureDatabase(ctx, q.db); err != nil || refusal != nil {
		return refusal, err
	}
	return r.onPrimary(ctx, q, "create", false, r.writeConcern(ctx, q)...)
}

func (r *Router) drop(ctx context.Context, q *request) (bsoncore.Document, error) {
	coll, err := q.collection()
	if err != nil {
		return nil, err
	}
	if q.onConfig() {
		return nil, failure(codeIllegalOperation, "Cannot drop collection in '%s' database", q.db)
	}
	reply, err := r.onPrimary(ctx, q, "_shardsvrDropCollection", true, majority)
	r.cluster.Forget("", q.db+"."+coll)
	return missingIsFine(reply, err)
}

func (r *Router) dropDatabase(ctx context.Context, q *request) (bsoncore.Document, error) {
	if q.onConfig() {
		return nil, failure(codeIllegalOperation, "Cannot drop '%s' database", q.db)
	}
	reply, err := r.onPrimary(ctx, q, "_shardsvrDropDatabase", true, majority)
	r.cluster.ForgetAll()
	if err == nil && replset.OK(reply) {
		return ok1(bson.E{Key: "dropped", Value: q.db}), nil
	}
	return missingIsFine(reply, err)
}

// missingIsFine lets what is dropped be missing, as mongos does.
func missingIsFine(reply bsoncore.Document, err error) (bsoncore.Document, error) {
	if errors.Is(err, cluster.ErrNotFound) {
		return ok1(bson.E{Key: "info", Value: "database does not exist"}), nil
	}
	return reply, err
}

func (r *Router) collMod(ctx context.Context, q *request) (bsoncore.Document, error) {
	return r.onPrimary(ctx, q, "_shardsvrCollMod", false, majority)
}

func (r *Router) renameCollection(ctx context.Context, q *request) (bsoncore.Document, error) {
	dbName, ns, err := q.namespace()
	if err != nil {
		return nil, err
	}
	to := q.text("to")
	reply, err := r.onDatabase(ctx, dbName, func(db cluster.Database) (string, bson.D) {
		cmd := bson.D{{Key: "_shardsvrRenameCollection", Value: ns[len(dbName)+1:]}, {Key: "to", Value: to}}
		cmd = append(cmd, q.pick("dropTarget", "stayTemp")...)
		return dbName, append(cmd, version(db), majority)
	})
	r.cluster.Forget("", ns)
	r.cluster.Forget("", to)
	if err == nil && replset.OK(reply) {
		return ok1(), nil // it would show the collection's version
	}
	return reply, err
}

func (r *Router) listCollections(ctx context.Context, q *request) (bsoncore.Document, error) {
	if q.user != nil && authorizedOnly(q) {
		q = q.onlyVisible()
	}
	if q.onConfig() {
		return r.plain(ctx, q, r.cluster.ConfigPrimary, true, nil)
	}
	reply, err := r.onPrimary(ctx, q, "listCollections", true)
	if errors.Is(err, cluster.ErrNotFound) {
		return emptyCursor(q.db + ".$cmd.listCollections"), nil
	}
	return reply, err
}

// authorizedOnly says whether a listCollections asks for the names of what its
// sender may see.
func authorizedOnly(q *request) bool {
	return truthy(q.body.Lookup("authorizedCollections")) && truthy(q.body.Lookup("nameOnly"))
}

// onlyVisible is q with a filter that leaves only what the user may see.
func (q *request) onlyVisible() *request {
	visible := q.user.Visible(q.db)
	if visible.All {
		return q
	}
	match := func(how string, what any) bson.D {
		return bson.D{{Key: "name", Value: bson.D{{Key: how, Value: what}}}}
	}
	some := bson.A{match("$in", visible.Names)}
	if visible.Normal {
		some = append(some, match("$not", bson.Regex{Pattern: `^system\.`}))
	}
	if visible.Buckets {
		some = append(some, match("$regex", bson.Regex{Pattern: `^system\.buckets\.`}))
	}
	both := bson.A{bson.D{{Key: "$or", Value: some}}}
	if filter, ok := q.body.Lookup("filter").DocumentOK(); ok {
		both = append(both, bson.Raw(filter))
	}
	filtered := *q
	filtered.body = q.renamed(q.name, bson.D{{Key: "filter", Value: bson.D{{Key: "$and", Value: both}}}})
	return &filtered
}

func emptyCursor(ns string) bsoncore.Document {
	return ok1(bson.E{Key: "cursor", Value: bson.D{
		{Key: "id", Value: int64(0)}, {Key: "ns", Value: ns}, {Key: "firstBatch", Value: bson.A{}},
	}})
}
