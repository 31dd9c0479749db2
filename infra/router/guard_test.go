package router

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/wire"
)

// testCrashGuards sends what ends a mongod 6.0.27 through the router, and sees
// the router refuse it and every mongod live on.
func testCrashGuards(t *testing.T, g *genuine) {
	ctx := context.Background()
	coll := g.shardOn(t, "guards", "c")
	fill(t, coll, 10)
	lsid := bson.E{Key: "lsid", Value: bson.D{{Key: "id", Value: bson.Binary{Subtype: 4, Data: []byte("0123456789abcdef")}}}}
	txn := bson.E{Key: "txnNumber", Value: int64(1)}
	insert := bson.D{{Key: "insert", Value: "c"}, {Key: "documents", Value: bson.A{bson.D{{Key: "_id", Value: 100}}}}}
	update := bson.D{{Key: "update", Value: "c"}, {Key: "updates", Value: bson.A{bson.D{{Key: "q", Value: bson.D{}}, {Key: "u", Value: bson.D{{Key: "$set", Value: bson.D{{Key: "x", Value: 1}}}}}}}}}
	remove := bson.D{{Key: "delete", Value: "c"}, {Key: "deletes", Value: bson.A{bson.D{{Key: "q", Value: bson.D{}}, {Key: "limit", Value: 1}}}}}
	modify := bson.D{{Key: "findAndModify", Value: "c"}, {Key: "query", Value: bson.D{{Key: "_id", Value: 1}}}, {Key: "remove", Value: true}}
	stream := bson.D{{Key: "$changeStream", Value: bson.D{}}}
	aggregate := func(db any, stages ...any) bson.D {
		return bson.D{{Key: "aggregate", Value: db}, {Key: "pipeline", Value: bson.A(stages)}, {Key: "cursor", Value: bson.D{}}}
	}
	explain := func(cmd bson.D) bson.D { return bson.D{{Key: "explain", Value: cmd}} }
	with := func(cmd bson.D, extra ...bson.E) bson.D { return append(cmd[:len(cmd):len(cmd)], extra...) }

	const illegal, noSuch, unsupported = 20, 59, 115
	for name, c := range map[string]struct {
		cmd  bson.D
		code int32
	}{
		"insert in a retryable session": {with(insert, lsid, txn), illegal},
		"update in a retryable session": {with(update, lsid, txn), illegal},
		"delete in a retryable session": {with(remove, lsid, txn), illegal},
		"findAndModify likewise":        {with(modify, lsid, txn), illegal},
		"transaction":                   {with(insert, lsid, txn, bson.E{Key: "startTransaction", Value: true}, bson.E{Key: "autocommit", Value: false}), illegal},
		"a transaction's find":          {bson.D{{Key: "find", Value: "c"}, lsid, txn, {Key: "autocommit", Value: false}}, illegal},
		"explain insert":                {explain(insert), unsupported},
		"explain update":                {explain(update), unsupported},
		"explain delete":                {explain(remove), unsupported},
		"explain findAndModify":         {explain(modify), unsupported},
		"explain clusterInsert":         {explain(bson.D{{Key: "clusterInsert", Value: "c"}}), unsupported},
		"explain explain":               {explain(explain(insert)), unsupported},
		"explain in a session":          {explain(bson.D{{Key: "find", Value: "c"}, lsid, txn}), illegal},
		"change stream":                 {aggregate("c", stream), unsupported},
		"change stream, database":       {aggregate(1, stream), unsupported},
		"change stream in a $lookup": {aggregate("c", bson.D{{Key: "$lookup", Value: bson.D{
			{Key: "from", Value: "c"}, {Key: "pipeline", Value: bson.A{stream}}, {Key: "as", Value: "x"},
		}}}), unsupported},
		"change stream in a $facet": {aggregate("c", bson.D{{Key: "$facet", Value: bson.D{{Key: "a", Value: bson.A{stream}}}}}), unsupported},
		"change stream, explained":  {explain(aggregate("c", stream)), unsupported},
		"cursor that awaits data":   {bson.D{{Key: "find", Value: "c"}, {Key: "tailable", Value: true}, {Key: "awaitData", Value: true}}, unsupported},
		"view on a change stream":   {bson.D{{Key: "create", Value: "v"}, {Key: "viewOn", Value: "c"}, {Key: "pipeline", Value: bson.A{stream}}}, unsupported},
		"merging cursors":           {aggregate("c", bson.D{{Key: "$mergeCursors", Value: bson.D{}}}), unsupported},
		"internal stage":            {aggregate("c", bson.D{{Key: "$_internalInhibitOptimization", Value: bson.D{}}}), unsupported},
		"as if from a mongos":       {with(aggregate("c"), bson.E{Key: "fromMongos", Value: true}), illegal},
		"internal option":           {with(insert, bson.E{Key: "$_isInternal", Value: true}), illegal},
		"cluster command by name":   {bson.D{{Key: "clusterInsert", Value: "c"}}, noSuch},
		"shard's command by name":   {bson.D{{Key: "_shardsvrDropCollection", Value: "c"}}, noSuch},
	} {
		t.Run(name, func(t *testing.T) {
			reply := g.raw(t, append(c.cmd, bson.E{Key: "$db", Value: "guards"}))
			require.Equal(t, float64(0), reply["ok"], "%v", reply)
			require.Equal(t, c.code, reply["code"], "%v", reply)
		})
	}
	reply := g.raw(t, append(with(insert, lsid), bson.E{Key: "$db", Value: "guards"}))
	require.Equal(t, float64(1), reply["ok"], "a session alone does no harm and is dropped: %v", reply)
	for name, members := range g.shards {
		require.NoError(t, direct(t, members[0]).Ping(ctx, nil), "%s is alive", name)
	}
	n, err := coll.CountDocuments(ctx, bson.D{})
	require.NoError(t, err)
	require.EqualValues(t, 11, n)
}

// testDenied shows that what the router does not know goes nowhere.
func testDenied(t *testing.T, g *genuine) {
	for _, name := range []string{"shutdown", "replSetStepDown", "fsync", "setParameter", "createUser", "mapReduce"} {
		refused(t, g.client, "admin", bson.D{{Key: name, Value: 1}}, 115)
	}
	for _, name := range []string{"eval", "applyOps", "cloneCollection", "nonsense", ""} {
		refused(t, g.client, "admin", bson.D{{Key: name, Value: 1}}, 59)
	}
	for _, name := range []string{"listShards", "addShard", "shardCollection", "listDatabases"} {
		refused(t, g.client, "test", bson.D{{Key: name, Value: "x"}}, 13)
	}
	refused(t, g.client, "admin", bson.D{{Key: "atlasVersion", Value: 1}}, 59)
	refused(t, g.client, "admin", bson.D{{Key: "replSetGetStatus", Value: 1}}, 76)
	require.Equal(t, int32(73), g.raw(t, bson.D{{Key: "find", Value: "c"}, {Key: "$db", Value: "a.b"}})["code"])
	require.Equal(t, int32(73), g.raw(t, bson.D{{Key: "findAndModify", Value: 1}, {Key: "$db", Value: "a"}})["code"])
	require.Equal(t, int32(40571), g.raw(t, bson.D{{Key: "ping", Value: 1}})["code"])
	require.Equal(t, int32(9), g.raw(t, bson.D{})["code"])
}

// raw sends a command as it is, without a driver's additions.
func (g *genuine) raw(t *testing.T, cmd bson.D) bson.M {
	t.Helper()
	c := dial(t, g.address)
	reply := c.ask(t, wire.AppendRequest(nil, 1, document(cmd), nil))
	var m bson.M
	require.NoError(t, bson.Unmarshal(reply.Body, &m))
	return m
}

func TestGuard(t *testing.T) {
	nested := bson.D{}
	for range 300 {
		nested = bson.D{{Key: "a", Value: nested}}
	}
	for name, c := range map[string]struct {
		body bson.D
		code int32
	}{
		"plain find":                  {bson.D{{Key: "find", Value: "c"}, {Key: "filter", Value: bson.D{{Key: "a", Value: 1}}}}, 0},
		"data is not a stage":         {bson.D{{Key: "insert", Value: "c"}, {Key: "documents", Value: bson.A{bson.D{{Key: "$changeStream", Value: 1}}}}}, 0},
		"a field that find lacks":     {bson.D{{Key: "find", Value: "c"}, {Key: "term", Value: 1}}, codeUnknownField},
		"what ends a mongod":          {bson.D{{Key: "collMod", Value: "view"}, {Key: "cappedMax", Value: 1}}, codeNotSupported},
		"a field that insert lacks":   {bson.D{{Key: "insert", Value: "c"}, {Key: "stmtIds", Value: bson.A{1}}}, codeUnknownField},
		"an update's field":           {bson.D{{Key: "update", Value: "c"}, {Key: "updates", Value: bson.A{bson.D{{Key: "q", Value: bson.D{}}, {Key: "u", Value: bson.D{}}, {Key: "upsertSupplied", Value: true}}}}}, codeUnknownField},
		"a delete's field":            {bson.D{{Key: "delete", Value: "c"}, {Key: "deletes", Value: bson.A{bson.D{{Key: "q", Value: bson.D{}}, {Key: "sampleId", Value: 1}}}}}, codeUnknownField},
		"an internal expression":      {bson.D{{Key: "find", Value: "c"}, {Key: "filter", Value: bson.D{{Key: "$expr", Value: bson.D{{Key: "$_internalJsEmit", Value: 1}}}}}}, codeNotSupported},
		"one in a delete":             {bson.D{{Key: "delete", Value: "c"}, {Key: "deletes", Value: bson.A{bson.D{{Key: "q", Value: bson.D{{Key: "$_internalExprEq", Value: 1}}}}}}}, codeNotSupported},
		"an internal stage, updating": {bson.D{{Key: "update", Value: "c"}, {Key: "updates", Value: bson.A{bson.D{{Key: "q", Value: bson.D{}}, {Key: "u", Value: bson.A{bson.D{{Key: "$_internalX", Value: 1}}}}}}}}, codeNotSupported},
		"a pipeline that modifies":    {bson.D{{Key: "findAndModify", Value: "c"}, {Key: "update", Value: bson.A{bson.D{{Key: "$set", Value: bson.D{}}}}}}, 0},
		"no stage":                    {bson.D{{Key: "aggregate", Value: "c"}, {Key: "pipeline", Value: bson.A{bson.D{{Key: "$nonsense", Value: 1}}}}}, 40324},
		"no stage, in a $facet":       {bson.D{{Key: "aggregate", Value: "c"}, {Key: "pipeline", Value: bson.A{bson.D{{Key: "$facet", Value: bson.D{{Key: "a", Value: bson.A{bson.D{{Key: "$nonsense", Value: 1}}}}}}}}}}, 40324},
		"a queue, in a $unionWith":    {bson.D{{Key: "aggregate", Value: "c"}, {Key: "pipeline", Value: bson.A{bson.D{{Key: "$unionWith", Value: bson.D{{Key: "pipeline", Value: bson.A{bson.D{{Key: "$queue", Value: bson.A{}}}}}}}}}}}, codeNotSupported},
		"a stage with two names":      {bson.D{{Key: "aggregate", Value: "c"}, {Key: "pipeline", Value: bson.A{bson.D{{Key: "$match", Value: bson.D{}}, {Key: "$limit", Value: 1}}}}}, 40323},
		"autocommit":                  {bson.D{{Key: "find", Value: "c"}, {Key: "autocommit", Value: false}}, codeIllegalOperation},
		"deeper than MongoDB's limit": {bson.D{{Key: "aggregate", Value: "c"}, {Key: "pipeline", Value: bson.A{bson.D{{Key: "$match", Value: nested}}}}}, codeBadValue},
	} {
		t.Run(name, func(t *testing.T) {
			body := document(c.body)
			err := guard(&request{name: c.body[0].Key, body: body})
			if c.code == 0 {
				require.NoError(t, err)
				return
			}
			var f *failed
			require.ErrorAs(t, err, &f)
			require.Equal(t, c.code, f.code)
		})
	}
}

func TestGuardRefusesBrokenDocuments(t *testing.T) {
	inner := bsoncore.Document{7, 0, 0, 0, 3, 'a', 0} // says 7 bytes, holds no value
	start, body := bsoncore.AppendDocumentStart(nil)
	body = bsoncore.AppendStringElement(body, "aggregate", "c")
	body = bsoncore.AppendDocumentElement(body, "pipeline", inner)
	body, err := bsoncore.AppendDocumentEnd(body, start)
	require.NoError(t, err)
	require.Error(t, guard(&request{name: "aggregate", body: body}))
}

func TestOpQueryAnswersOnlyTheHandshake(t *testing.T) {
	for name, code := range map[string]int32{"hello": 0, "isMaster": 0, "ismaster": 0, "find": 352, "insert": 352, "ping": 352} {
		q, err := fromQuery(wire.Message{Query: true, Namespace: "admin.$cmd", Body: document(bson.D{{Key: name, Value: 1}})})
		if code == 0 {
			require.NoError(t, err)
			require.Equal(t, "admin", q.db)
			continue
		}
		var f *failed
		require.ErrorAs(t, err, &f)
		require.Equal(t, code, f.code)
	}
}
