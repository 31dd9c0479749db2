package router

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/replset"
)

// defaultsTTL is how long a mongos, too, relies on the cluster's defaults.
const defaultsTTL = 30 * time.Second

// defaults are the cluster's default concerns. A mongod that routes adds none of
// its own: what is written with less than the default can be lost, and a
// secondary that is read without any shows what it has and does not own.
type defaults struct {
	mu    sync.Mutex
	until time.Time
	concerns
}

type concerns struct{ read, write bson.D }

// MongoDB's own defaults.
var implicit = concerns{read: bson.D{{Key: "level", Value: "local"}}, write: bson.D{{Key: "w", Value: "majority"}}}

// writeConcern is what goes along with a write for which the client names none.
func (r *Router) writeConcern(ctx context.Context, q *request) bson.D {
	if namesConcern(q, "writeConcern") {
		return nil
	}
	return bson.D{{Key: "writeConcern", Value: r.defaultConcerns(ctx).write}}
}

// readConcern is what goes along with a read for which the client names none.
func (r *Router) readConcern(ctx context.Context, q *request) bson.D {
	if namesConcern(q, "readConcern") {
		return nil
	}
	return bson.D{{Key: "readConcern", Value: r.defaultConcerns(ctx).read}}
}

// namesConcern says whether the client names a concern: an empty one is none.
func namesConcern(q *request, concern string) bool {
	doc, ok := q.body.Lookup(concern).DocumentOK()
	return ok && len(doc) > 5
}

func (r *Router) defaultConcerns(ctx context.Context) concerns {
	r.defaults.mu.Lock()
	defer r.defaults.mu.Unlock()
	if time.Now().Before(r.defaults.until) {
		return r.defaults.concerns
	}
	if found, err := r.readDefaults(ctx); err == nil || r.defaults.read == nil {
		r.defaults.concerns = found
	}
	r.defaults.until = time.Now().Add(defaultsTTL)
	return r.defaults.concerns
}

// readDefaults asks the config servers, which may take a moment only, for
// commands go on without them: then the defaults are MongoDB's own.
func (r *Router) readDefaults(ctx context.Context) (concerns, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	reply, _, err := r.once(ctx, r.cluster.ConfigPrimary, document(bson.D{{Key: "getDefaultRWConcern", Value: 1}, {Key: "$db", Value: "admin"}}))
	if err == nil && !replset.OK(reply) {
		err = fmt.Errorf("the answer was %s", reply)
	}
	found := implicit
	for key, concern := range map[string]*bson.D{"defaultReadConcern": &found.read, "defaultWriteConcern": &found.write} {
		if doc, ok := reply.Lookup(key).DocumentOK(); err == nil && ok {
			var given bson.D // not into our own
			err = bson.Unmarshal(doc, &given)
			*concern = given
		}
	}
	return found, err
}

func (r *Router) setDefaultRWConcern(ctx context.Context, q *request) (bsoncore.Document, error) {
	reply, err := r.config("setDefaultRWConcern", true)(ctx, q)
	r.defaults.mu.Lock()
	defer r.defaults.mu.Unlock()
	r.defaults.until = time.Time{}
	return reply, err
}

// writesSingle says whether none of the updates or deletes may change more than
// one document.
func writesSingle(q *request) bool {
	for _, write := range writesOf(q) {
		limit, err := write.LookupErr("limit")
		if truthy(write.Lookup("multi")) || err == nil && !truthy(limit) {
			return false
		}
	}
	return true
}

// writesOf are the updates or deletes of a command, wherever they stand.
func writesOf(q *request) []bsoncore.Document {
	var out []bsoncore.Document
	for _, key := range []string{"updates", "deletes"} {
		list, _ := q.body.Lookup(key).ArrayOK()
		values, _ := list.Values()
		for _, v := range values {
			if doc, ok := v.DocumentOK(); ok {
				out = append(out, doc)
			}
		}
	}
	for _, s := range q.seqs {
		if s.ID != "documents" {
			out = append(out, documentsOf(s)...)
		}
	}
	return out
}
