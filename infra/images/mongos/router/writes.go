package router

import (
	"context"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/images/mongos/replset"
)

// defaultsTTL is how long a mongos, too, relies on the cluster's defaults.
const defaultsTTL = 30 * time.Second

// defaults is the cluster's default write concern. A mongod that routes adds
// none of its own, and what is written with less than it can be lost.
type defaults struct {
	mu    sync.Mutex
	until time.Time
	write bson.D
}

// writeConcern is what goes along with a write for which the client names none.
func (r *Router) writeConcern(ctx context.Context, q *request) bson.D {
	if wc, ok := q.body.Lookup("writeConcern").DocumentOK(); ok && len(wc) > 5 {
		return nil
	}
	return bson.D{{Key: "writeConcern", Value: r.defaultWriteConcern(ctx)}}
}

func (r *Router) defaultWriteConcern(ctx context.Context) bson.D {
	r.defaults.mu.Lock()
	defer r.defaults.mu.Unlock()
	if time.Now().Before(r.defaults.until) {
		return r.defaults.write
	}
	if found := r.readDefaults(ctx); found != nil || r.defaults.write == nil {
		r.defaults.write = found
	}
	if r.defaults.write == nil {
		r.defaults.write = bson.D{{Key: "w", Value: "majority"}} // MongoDB's own default
	}
	r.defaults.until = time.Now().Add(defaultsTTL)
	return r.defaults.write
}

// readDefaults asks the config servers; nil if they do not answer at once, for
// writes go on without them.
func (r *Router) readDefaults(ctx context.Context) bson.D {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	reply, _, err := r.once(ctx, r.cluster.ConfigPrimary, document(bson.D{{Key: "getDefaultRWConcern", Value: 1}, {Key: "$db", Value: "admin"}}))
	if err != nil || !replset.OK(reply) {
		return nil
	}
	wc, ok := reply.Lookup("defaultWriteConcern").DocumentOK()
	if !ok {
		return nil
	}
	var out bson.D
	if err := bson.Unmarshal(wc, &out); err != nil {
		return nil
	}
	return out
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
		multi, _ := write.Lookup("multi").BooleanOK()
		limit, hasLimit := write.Lookup("limit").AsInt64OK()
		if multi || hasLimit && limit == 0 {
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
		for data := s.Data; s.ID != "documents" && len(data) > 0; {
			doc, rest, ok := bsoncore.ReadDocument(data)
			if !ok {
				break
			}
			out, data = append(out, doc), rest
		}
	}
	return out
}
