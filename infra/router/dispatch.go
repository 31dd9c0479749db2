package router

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/cluster"
	"speedscale/infra/router/wire"
)

// dispatch carries out a message's command and always has an answer.
func (r *Router) dispatch(ctx context.Context, c *conn, m wire.Message) (reply bsoncore.Document) {
	begin := time.Now()
	q, err := r.admitted(c, m)
	if err != nil {
		r.stats.refused.Add(1)
		return errorReply(err)
	}
	defer func() {
		if p := recover(); p != nil { // one client's input must not end the others' work
			r.log.Error("a command failed inside the router", "command", q.name, "panic", p, "stack", string(debug.Stack()))
			reply = errorReply(failure(8, "%s failed inside the router: %v", q.name, p))
		}
	}()
	q.client, q.peer, q.by = c.number, c.RemoteAddr().String(), &c.login
	cmd := r.table[q.name]
	if cmd.write && !r.cluster.Settled() {
		cmd.limit += election
	}
	ctx, done := r.bounded(ctx, q, cmd)
	defer done()
	if cmd.read {
		present, stop := c.whilePresent(ctx)
		defer stop()
		ctx = present
	}
	if err = r.allow(ctx, q, cmd.need); err == nil {
		reply, err = cmd.run(ctx, q)
	}
	if err != nil {
		level := slog.LevelWarn
		if errors.As(err, new(*failed)) || errors.Is(err, cluster.ErrNoShards) || errors.Is(err, cluster.ErrNotFound) {
			level = slog.LevelDebug // the client's own mistake; it is told
		}
		r.log.Log(ctx, level, "a command failed", "command", q.name, "database", q.db, "error", err, "after", time.Since(begin).String())
		return errorReply(err)
	}
	r.stats.count(q.name)
	return clean(reply)
}

// bounded is ctx with the end that the command has.
func (r *Router) bounded(ctx context.Context, q *request, cmd command) (bounded context.Context, done func()) {
	limit, asked := limitOf(q, cmd)
	if asked || !cmd.open {
		return context.WithTimeout(ctx, limit+cluster.Grace)
	}
	bounded, cancel := context.WithCancel(ctx)
	calm := r.cluster.EndInTrouble(limit+cluster.Grace, cancel)
	return bounded, func() { calm(); cancel() }
}

// perMegabyte is how much longer a write may take for what it carries.
const perMegabyte = time.Second

// limitOf is the time that the command has, and whether the client asked for it.
func limitOf(q *request, cmd command) (limit time.Duration, asked bool) {
	if ms, ok := q.body.Lookup("maxTimeMS").AsInt64OK(); ok && ms > 0 {
		return min(time.Duration(ms)*time.Millisecond, 24*time.Hour), true
	}
	size := len(q.body)
	for _, s := range q.seqs {
		size += len(s.Data)
	}
	limit = cmd.limit + time.Duration(size>>20)*perMegabyte
	switch q.name {
	case "aggregate":
		if writesOut(q.body) {
			return long, false
		}
	case "update", "delete":
		if !writesSingle(q) {
			return max(limit, manyWrites), false
		}
	}
	return limit, false
}

// admitted turns a message into a request that may be carried out.
func (r *Router) admitted(c *conn, m wire.Message) (*request, error) {
	read := newRequest
	if m.Query {
		read = fromQuery
	}
	q, err := read(m)
	if err != nil {
		return nil, err
	}
	cmd, known := r.table[q.name]
	switch {
	case !known && notHere[q.name]:
		return nil, failure(codeNotSupported, "the embedded router does not support the command '%s'", q.name)
	case !known:
		return nil, failure(codeCommandNotFound, "no such command: '%s'", q.name)
	case !cmd.need.free && r.mustLogin(c):
		return nil, errNoLogin(q.name)
	case cmd.admin && q.db != "admin":
		return nil, failure(13, "%s may only be run against the admin database.", q.name)
	case !cmd.local:
		if err := r.cluster.Ready(); err != nil {
			return nil, failure(codeNotYetInitialized, "%v", err)
		}
	}
	if err := checkGeneric(q); err != nil {
		return nil, err
	}
	return q, guard(q)
}

// fromQuery reads the one command that old handshakes send as OP_QUERY.
func fromQuery(m wire.Message) (*request, error) {
	if !strings.HasSuffix(m.Namespace, ".$cmd") {
		return nil, failure(codeLegacyQuery, "OP_QUERY is no longer supported. The client driver may require an upgrade.")
	}
	first, err := m.Body.IndexErr(0)
	if err != nil {
		return nil, failure(codeFailedToParse, "the command is empty")
	}
	switch first.Key() {
	case "hello", "isMaster", "ismaster":
		db, _, _ := strings.Cut(m.Namespace, ".")
		return &request{name: first.Key(), db: db, body: m.Body}, nil
	}
	return nil, failure(codeUnsupportedOpQuery, "Unsupported OP_QUERY command: %s. The client driver may require an upgrade.", first.Key())
}
