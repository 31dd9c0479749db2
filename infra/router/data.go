package router

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/auth"
	"speedscale/infra/router/cluster"
	"speedscale/infra/router/replset"
)

// find goes to the one shard that it concerns, or to the router code of some
// shard's primary.
func (r *Router) find(ctx context.Context, q *request) (bsoncore.Document, error) {
	reply, done, err := r.direct(ctx, q, ofQuery(q, "filter"), true, r.readConcern(ctx, q))
	if done || err != nil {
		return reply, err
	}
	if q.tails() && !q.onConfig() {
		return nil, errTailable
	}
	return r.routed(ctx, q, "clusterFind", true)
}

// errTailable: a mongod that routes ends when a cursor that it merges awaits data.
var errTailable = failure(codeNotSupported, "the embedded router supports tailable cursors only on collections that exist and are not sharded, from their primary")

// tails says whether a find asks for a cursor that is tailable or awaits data. A
// mongod takes numbers for booleans.
func (q *request) tails() bool {
	return truthy(q.body.Lookup("tailable")) || truthy(q.body.Lookup("awaitData"))
}

func truthy(v bsoncore.Value) bool {
	if b, ok := v.BooleanOK(); ok {
		return b
	}
	if n, ok := number(v); ok {
		return n != 0
	}
	if high, low, ok := v.Decimal128OK(); ok {
		n, _, err := bson.NewDecimal128(high, low).BigInt()
		return err != nil || n.Sign() != 0 // infinite, or no number
	}
	return v.Type != 0 && v.Type != bsoncore.TypeNull && v.Type != bsoncore.TypeUndefined
}

func (r *Router) aggregate(ctx context.Context, q *request) (bsoncore.Document, error) {
	if !writesOut(q.body) && !q.has("explain") && !asksMembers(q) {
		extra := r.readConcern(ctx, q)
		if !namesConcern(q, "writeConcern") {
			extra = append(extra, bson.E{Key: "writeConcern", Value: bson.D{{Key: "w", Value: 1}}}) // what a part of the cluster must say, though nothing is written
		}
		reply, done, err := r.direct(ctx, q, about{}, true, extra)
		if done || err != nil {
			return reply, err
		}
	}
	return r.routed(ctx, q, "clusterAggregate", !writesOut(q.body) || q.has("explain"))
}

// asksMembers says whether a pipeline begins with what members say of themselves:
// each answer names its shard then.
func asksMembers(q *request) bool {
	stages := stageNames(q.body)
	return len(stages) > 0 && membersSay[stages[0]]
}

var membersSay = names("$collStats", "$indexStats", "$planCacheStats")

func (r *Router) insert(ctx context.Context, q *request) (bsoncore.Document, error) {
	return r.write(ctx, q, "clusterInsert")
}

func (r *Router) update(ctx context.Context, q *request) (bsoncore.Document, error) {
	return r.write(ctx, q, "clusterUpdate")
}

func (r *Router) delete(ctx context.Context, q *request) (bsoncore.Document, error) {
	return r.write(ctx, q, "clusterDelete")
}

func (r *Router) write(ctx context.Context, q *request, name string) (bsoncore.Document, error) {
	return inParts(ctx, q.parts(maxForwarded), func(ctx context.Context, part *request) (bsoncore.Document, error) {
		return r.writePart(ctx, part, name)
	})
}

func (r *Router) writePart(ctx context.Context, q *request, name string) (bsoncore.Document, error) {
	if of, ok := ofWrite(q); ok {
		reply, done, err := r.direct(ctx, q, of, false, r.writeConcern(ctx, q))
		if done || err != nil {
			return reply, err
		}
	}
	return r.routed(ctx, q, name, false)
}

// reading are the cluster forms that take a read concern.
var reading = map[string]bool{"clusterFind": true, "clusterAggregate": true}

// routed sends the client's command under the name of its cluster form.
func (r *Router) routed(ctx context.Context, q *request, name string, repeatable bool) (bsoncore.Document, error) {
	var extra bson.D
	if !repeatable {
		extra = r.writeConcern(ctx, q)
	}
	if reading[name] {
		extra = append(extra, r.readConcern(ctx, q)...)
	}
	whole := q.body.Index(0).Value().Type != bsoncore.TypeString // aggregate: 1
	if q.onConfig() && !whole {
		return r.plain(ctx, q, r.cluster.ConfigPrimary, repeatable, extra)
	}
	return r.send(ctx, q, r.routers(q, repeatable), true, cluster.Command{
		Body:       func(limit time.Duration) bsoncore.Document { return q.forward(name, limit, extra) },
		Sequences:  q.seqs,
		Repeatable: repeatable,
		Single:     func() bool { return writesSingle(q) },
	})
}

// routers are the members that can route q.
func (r *Router) routers(q *request, read bool) cluster.Target {
	mode, _ := q.body.Lookup("$readPreference", "mode").StringValueOK()
	if read && mode != "" && mode != "primary" {
		return r.cluster.AnyMember
	}
	return r.cluster.AnyShard
}

// plain sends the client's command as it is, with extra.
func (r *Router) plain(ctx context.Context, q *request, to cluster.Target, repeatable bool, extra bson.D) (bsoncore.Document, error) {
	return r.send(ctx, q, to, false, cluster.Command{
		Body:       func(limit time.Duration) bsoncore.Document { return q.forward(q.name, limit, extra) },
		Sequences:  q.seqs,
		Repeatable: repeatable,
	})
}

func (r *Router) send(ctx context.Context, q *request, to cluster.Target, routed bool, cmd cluster.Command) (bsoncore.Document, error) {
	cmd.Routed = routed
	reply, node, err := r.cluster.Send(ctx, to, cmd)
	if err != nil {
		return nil, err
	}
	r.cursors.note(reply, node, cursor{routed: routed, awaits: q.name == "find" && truthy(q.body.Lookup("awaitData")), owner: q.owner()}, 0)
	return reply, nil
}

// writesOut says whether a pipeline ends in $out or $merge.
func writesOut(body bsoncore.Document) bool {
	stages := stageNames(body)
	return len(stages) > 0 && (stages[len(stages)-1] == "$out" || stages[len(stages)-1] == "$merge")
}

// stageNames are the names of a pipeline's stages in order, "" for one that cannot
// be read.
func stageNames(body bsoncore.Document) []string {
	pipeline, _ := body.Lookup("pipeline").ArrayOK()
	list, _ := pipeline.Values() // none of what cannot be read
	names := make([]string, len(list))
	for i, v := range list {
		doc, _ := v.DocumentOK()
		if stage, err := doc.IndexErr(0); err == nil {
			names[i] = stage.Key()
		}
	}
	return names
}

// getMore goes to the member where the cursor lives.
func (r *Router) getMore(ctx context.Context, q *request) (bsoncore.Document, error) {
	id, ok := q.body.Index(0).Value().AsInt64OK()
	if !ok {
		return nil, failure(codeBadValue, "getMore needs a cursor id, not %s", q.body.Index(0).Value())
	}
	cur, ok := r.cursors.find(id)
	if !ok {
		return nil, failure(codeCursorNotFound, "cursor id %d not found", id)
	}
	if cur.owner != q.owner() {
		return nil, failure(codeUnauthorized, "cursor id %d was not created by the authenticated user", id)
	}
	name := "getMore"
	if cur.routed {
		name = "clusterGetMore"
	}
	// It moves on, so it is sent once; and only one that awaits data takes a limit.
	var wait bson.D
	if cur.awaits {
		wait = q.pick("maxTimeMS")
	}
	reply, node, err := r.once(ctx, r.cluster.Member(cur.set, cur.addr), q.forward(name, 0, wait))
	if err != nil {
		r.cursors.drop(id)
		return nil, failure(codeCursorNotFound, "cursor id %d not found: its member does not answer: %v", id, err)
	}
	if cluster.Code(reply) == codeCursorNotFound {
		r.cursors.drop(id)
	}
	if replset.OK(reply) {
		r.cursors.note(reply, node, cur, id)
	}
	return reply, nil
}

func (r *Router) once(ctx context.Context, to cluster.Target, body bsoncore.Document) (bsoncore.Document, cluster.Node, error) {
	node, err := to()
	if err != nil {
		return nil, nil, err
	}
	reply, err := node.Run(ctx, body, nil)
	return reply, node, err
}

// killCursors ends cursors on their member.
func (r *Router) killCursors(ctx context.Context, q *request) (bsoncore.Document, error) {
	list, ok := q.body.Lookup("cursors").ArrayOK()
	if !ok {
		return nil, failure(codeFailedToParse, "killCursors needs an array 'cursors'")
	}
	values, err := list.Values()
	if err != nil {
		return nil, failure(codeFailedToParse, "killCursors: %v", err)
	}
	for _, v := range values {
		id, _ := v.AsInt64OK()
		if cur, ok := r.cursors.find(id); ok && !q.mayKill(cur) {
			return nil, errDenied(q)
		}
	}
	killed, unknown := bson.A{}, bson.A{}
	for _, v := range values {
		id, _ := v.AsInt64OK()
		cur, ok := r.cursors.find(id)
		if !ok {
			unknown = append(unknown, id)
			continue
		}
		r.cursors.drop(id)
		killed = append(killed, id)
		_, _, _ = r.once(ctx, r.cluster.Member(cur.set, cur.addr), cur.end(q, id)) // it ends by itself when idle
	}
	return ok1(
		bson.E{Key: "cursorsKilled", Value: killed}, bson.E{Key: "cursorsNotFound", Value: unknown},
		bson.E{Key: "cursorsAlive", Value: bson.A{}}, bson.E{Key: "cursorsUnknown", Value: bson.A{}},
	), nil
}

// owner is whose cursors the client opens: nobody's without a login.
func (q *request) owner() auth.Name {
	if q.user == nil {
		return auth.Name{}
	}
	return q.user.Name
}

// mayKill says whether the client may end the cursor.
func (q *request) mayKill(cur cursor) bool {
	if cur.owner == q.owner() || q.user == nil {
		return cur.owner == q.owner()
	}
	r, ok := namespaceOf(cur.ns)
	return q.user.Can(auth.Cluster, "killAnyCursor") || ok && q.user.Can(r, "killAnyCursor")
}

// end is the command that ends a cursor. MongoDB's router code has none for its
// own, but it ends one that is asked for more in a way that it refuses, with all
// that it holds on the shards: here with a limit, which only a cursor that
// awaits data may have.
func (c cursor) end(q *request, id int64) bsoncore.Document {
	coll := raw(q.body.Index(0).Value())
	if c.routed {
		return document(bson.D{{Key: "clusterGetMore", Value: id}, {Key: "collection", Value: coll}, {Key: "maxTimeMS", Value: 1}, {Key: "$db", Value: q.db}})
	}
	return document(bson.D{{Key: "killCursors", Value: coll}, {Key: "cursors", Value: bson.A{id}}, {Key: "$db", Value: q.db}})
}
