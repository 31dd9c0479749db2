package router

import (
	"context"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/cluster"
	"speedscale/infra/router/replset"
)

// Most requests concern one shard: those about a collection that is not sharded,
// and those that name the shard key. They go there, as a mongos would send them,
// with the versions that the router knows. A shard that sees that these are
// outdated does nothing, and says so.

// direct carries out q on the one shard that it concerns. Not done means that
// nothing was: q is for MongoDB's own router code.
func (r *Router) direct(ctx context.Context, q *request, of about, repeatable bool, extra bson.D) (reply bsoncore.Document, done bool, err error) {
	coll, isName := q.body.Index(0).Value().StringValueOK()
	if !isName || coll == "" || q.onConfig() || strings.HasPrefix(coll, "system.") || !onPrimary(q) {
		return nil, false, nil
	}
	ns := q.db + "." + coll
	for range cluster.MaxStale {
		place, ok := r.oneShard(ctx, q.db, ns, of)
		if !ok {
			return nil, false, nil
		}
		reply, err = r.sendTo(ctx, q, r.cluster.Owner(place.shard), place, q.name, repeatable, extra)
		switch {
		case err != nil:
			return nil, true, err
		case cluster.Code(reply) == codeShardedView:
			return nil, false, nil
		case !outdated(reply):
			return reply, true, nil
		}
		r.cluster.Forget(q.db, ns)
	}
	return nil, false, nil
}

// about is what a request says of the documents that it concerns.
type about struct {
	key       bsoncore.Document // a document or query with the shard key; nil if it may be about any
	collation bool              // it compares by rules of its own
}

// oneShard is where q goes if one shard can answer it. What the catalogue does
// not know, or cannot say now, is not for the router to decide.
func (r *Router) oneShard(ctx context.Context, db, ns string, of about) (place placement, ok bool) {
	coll, err := r.cluster.Collection(ctx, ns)
	if err != nil {
		return placement{}, false
	}
	if !coll.Sharded() {
		places, err := r.placements(ctx, db, ns)
		if err != nil || len(places) == 0 {
			return placement{}, false
		}
		return places[0], true
	}
	if of.key == nil || of.collation {
		return placement{}, false
	}
	shard, ok := coll.Target(of.key)
	return placement{shard: shard, versions: coll.Versions(shard)}, ok
}

// onPrimary says whether q may be answered by a primary, and asks for nothing
// that only members together can give.
func onPrimary(q *request) bool {
	mode, _ := q.body.Lookup("$readPreference", "mode").StringValueOK()
	level, _ := q.body.Lookup("readConcern", "level").StringValueOK()
	concern, _ := q.body.Lookup("readConcern").DocumentOK()
	elements, _ := concern.Elements()
	return (mode == "" || strings.HasPrefix(mode, "primary")) && len(elements) <= 1 &&
		slices.Contains([]string{"", "local", "majority", "linearizable"}, level)
}

// outdated says whether a shard did nothing because the catalogue has changed.
func outdated(reply bsoncore.Document) bool {
	if !replset.OK(reply) {
		return slices.Contains(stale, cluster.Code(reply))
	}
	list, ok := reply.Lookup("writeErrors").ArrayOK()
	if !ok {
		return false
	}
	one, err := list.IndexErr(0)
	if err != nil {
		return false
	}
	doc, _ := one.DocumentOK()
	return slices.Contains(stale, cluster.Code(doc))
}

// one is the only document of a list in a command, wherever it stands; nil if
// there are none or several.
func (q *request) one(list string) bsoncore.Document {
	if len(q.seqs) == 1 && q.seqs[0].ID == list {
		doc, rest, ok := bsoncore.ReadDocument(q.seqs[0].Data)
		if !ok || len(rest) > 0 {
			return nil
		}
		return doc
	}
	array, ok := q.body.Lookup(list).ArrayOK()
	if !ok || len(q.seqs) > 0 {
		return nil
	}
	values, err := array.Values()
	if err != nil || len(values) != 1 {
		return nil
	}
	doc, _ := values[0].DocumentOK()
	return doc
}

// ofWrite is what an insert, update or delete is about. Not ok means several
// documents: a shard might refuse some of them as outdated, and not the others.
func ofWrite(q *request) (of about, ok bool) {
	switch q.name {
	case "insert":
		of.key = q.one("documents")
		return of, of.key != nil
	case "update":
		write := q.one("updates")
		return ofStatement(write), write != nil && !truthy(write.Lookup("multi"))
	}
	write := q.one("deletes")
	limit, _ := write.Lookup("limit").AsInt64OK()
	return ofStatement(write), limit == 1
}

func ofStatement(write bsoncore.Document) (of about) {
	of.key, _ = write.Lookup("q").DocumentOK()
	_, err := write.LookupErr("collation")
	of.collation = err == nil
	return of
}

// ofQuery is what a read or findAndModify with its query under key is about.
func ofQuery(q *request, key string) (of about) {
	of.key, _ = q.body.Lookup(key).DocumentOK()
	of.collation = q.has("collation")
	return of
}
