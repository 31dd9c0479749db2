package router

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/images/mongos/cluster"
	"speedscale/infra/images/mongos/replset"
)

// find sends a find to the router code of some shard's primary.
func (r *Router) find(ctx context.Context, q *request) (bsoncore.Document, error) {
	return r.routed(ctx, q, "clusterFind", true)
}

func (r *Router) aggregate(ctx context.Context, q *request) (bsoncore.Document, error) {
	return r.routed(ctx, q, "clusterAggregate", !writesOut(q.body) || q.has("explain"))
}

func (r *Router) insert(ctx context.Context, q *request) (bsoncore.Document, error) {
	return r.routed(ctx, q, "clusterInsert", false)
}

func (r *Router) update(ctx context.Context, q *request) (bsoncore.Document, error) {
	return r.routed(ctx, q, "clusterUpdate", false)
}

func (r *Router) delete(ctx context.Context, q *request) (bsoncore.Document, error) {
	return r.routed(ctx, q, "clusterDelete", false)
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
	r.cursors.note(reply, node, routed, 0)
	return reply, nil
}

// writesOut says whether a pipeline ends in $out or $merge.
func writesOut(body bsoncore.Document) bool {
	pipeline, ok := body.Lookup("pipeline").ArrayOK()
	if !ok {
		return false
	}
	stages, err := pipeline.Values()
	if err != nil || len(stages) == 0 {
		return false
	}
	last, ok := stages[len(stages)-1].DocumentOK()
	if !ok {
		return false
	}
	first, err := last.IndexErr(0)
	return err == nil && (first.Key() == "$out" || first.Key() == "$merge")
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
	name := "getMore"
	if cur.routed {
		name = "clusterGetMore"
	}
	// It moves on, so it is sent once; and it takes no maxTimeMS.
	reply, node, err := r.once(ctx, r.cluster.Member(cur.set, cur.addr), q.forward(name, 0, nil))
	if err != nil {
		r.cursors.drop(id)
		return nil, failure(codeCursorNotFound, "cursor id %d not found: its member does not answer: %v", id, err)
	}
	if cluster.Code(reply) == codeCursorNotFound {
		r.cursors.drop(id)
	}
	if replset.OK(reply) {
		r.cursors.note(reply, node, cur.routed, id)
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

// killCursors ends ordinary cursors on their member. MongoDB's router code has
// no way to end its own from outside; those end when idle.
func (r *Router) killCursors(ctx context.Context, q *request) (bsoncore.Document, error) {
	list, ok := q.body.Lookup("cursors").ArrayOK()
	if !ok {
		return nil, failure(codeFailedToParse, "killCursors needs an array 'cursors'")
	}
	values, err := list.Values()
	if err != nil {
		return nil, failure(codeFailedToParse, "killCursors: %v", err)
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
		if !cur.routed {
			_, _, _ = r.once(ctx, r.cluster.Member(cur.set, cur.addr), document(bson.D{
				{Key: "killCursors", Value: raw(q.body.Index(0).Value())}, {Key: "cursors", Value: bson.A{id}}, {Key: "$db", Value: q.db},
			})) // it ends by itself when idle
		}
	}
	return ok1(
		bson.E{Key: "cursorsKilled", Value: killed}, bson.E{Key: "cursorsNotFound", Value: unknown},
		bson.E{Key: "cursorsAlive", Value: bson.A{}}, bson.E{Key: "cursorsUnknown", Value: bson.A{}},
	), nil
}
