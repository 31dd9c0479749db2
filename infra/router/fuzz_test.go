package router

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/infra/router/wire"
	"speedscale/internal/testenv"
)

// TestIntegrationFuzzCommands sends what the router lets through, in all
// combinations and with odd values, to genuine mongods, and counts those that
// end: none may. FUZZ_TIME sets how long (1m), FUZZ_SEED what is sent.
func TestIntegrationFuzzCommands(t *testing.T) {
	t.Parallel()
	long, err := time.ParseDuration(cmp.Or(os.Getenv("FUZZ_TIME"), "1m"))
	require.NoError(t, err, "FUZZ_TIME")
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("FUZZ_SEED"); text != "" {
		_, err := fmt.Sscan(text, &seed)
		require.NoError(t, err, "FUZZ_SEED")
	}
	g := startCluster(t, 1, 2, 1)
	g.addShards(t)
	g.furnish(t)
	var sent, fine atomic.Int64
	answered := make([]atomic.Int64, len(fuzzed))
	var all sync.WaitGroup
	var players []*fuzzer
	for worker := range uint64(workers) {
		players = append(players, &fuzzer{Rand: rand.New(rand.NewPCG(seed, worker)), g: g, conn: dial(t, g.address)})
	}
	end := time.Now().Add(long)
	for _, f := range players {
		all.Go(func() {
			for time.Now().Before(end) && !t.Failed() && g.alive() {
				which := f.IntN(len(fuzzed))
				if f.IntN(4) > 0 {
					which = slices.Index(fuzzed, pick(f, often...))
				}
				if f.send(t, fuzzed[which]) {
					fine.Add(1)
					answered[which].Add(1)
				}
				sent.Add(1)
			}
		})
	}
	all.Wait()
	if !g.alive() {
		for i, f := range players {
			t.Logf("the last commands of %d:\n%s", i, strings.Join(f.sent, "\n"))
		}
		t.Fatalf("a mongod has ended after %d commands; FUZZ_SEED=%d", sent.Load(), seed)
	}
	t.Logf("%d commands, %d of them carried out, no mongod has ended; FUZZ_SEED=%d", sent.Load(), fine.Load(), seed)
	for i, name := range fuzzed { // what is never carried out proves nothing
		usual := slices.Contains(often, name)
		if usual && sent.Load() > 1000 || sent.Load() > 50_000 && name != "mergeChunks" { // which takes neighbours on one shard
			require.Positive(t, answered[i].Load(), "%s never worked: what it sends is nonsense", name)
		}
	}
}

// fuzzed are all commands that are sent on, but those that change which shards
// and defaults there are.
var fuzzed = func() (list []string) {
	for name := range fields {
		if !slices.Contains([]string{"addShard", "removeShard", "movePrimary", "setDefaultRWConcern", "setAllowMigrations", "getMore"}, name) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}()

// often are the commands that most requests are.
var often = []string{"find", "aggregate", "aggregate", "count", "distinct", "explain", "insert", "update", "delete", "findAndModify"}

// furnish makes a collection of each kind.
func (g *genuine) furnish(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // what is there is enough
	defer cancel()
	db := g.client.Database("fuzz")
	series := options.CreateCollection().SetTimeSeriesOptions(options.TimeSeries().SetTimeField("t").SetMetaField("a"))
	for name, o := range map[string]*options.CreateCollectionOptionsBuilder{
		"plain": nil, "sharded": nil, "capped": options.CreateCollection().SetCapped(true).SetSizeInBytes(1 << 20), "series": series, "shardedSeries": series,
	} {
		var opts []options.Lister[options.CreateCollectionOptions]
		if o != nil {
			opts = append(opts, o)
		}
		_ = db.CreateCollection(ctx, name, opts...) // it may be there
		if name == "sharded" {
			_ = g.client.Database("admin").RunCommand(ctx, bson.D{{Key: "shardCollection", Value: "fuzz.sharded"}, {Key: "key", Value: bson.D{{Key: "_id", Value: "hashed"}}}}).Err()
		}
		if name == "shardedSeries" {
			_ = g.client.Database("admin").RunCommand(ctx, bson.D{{Key: "shardCollection", Value: "fuzz.shardedSeries"}, {Key: "key", Value: bson.D{{Key: "a", Value: 1}}}}).Err()
		}
		var docs []bson.D
		for n := range 20 {
			docs = append(docs, bson.D{{Key: "_id", Value: n}, {Key: "a", Value: n % 5}, {Key: "t", Value: time.Unix(int64(n), 0)}, {Key: "p", Value: bson.A{float64(n), 1.0}}, {Key: "s", Value: fmt.Sprint(n)}})
		}
		_, _ = db.Collection(name).InsertMany(ctx, docs)
	}
	_ = db.CreateView(ctx, "view", "sharded", bson.A{bson.D{{Key: "$match", Value: bson.D{{Key: "a", Value: 1}}}}})
	_ = db.CreateView(ctx, "plainView", "plain", bson.A{})
}

// alive says whether all mongods still run.
func (g *genuine) alive() bool {
	all := slices.Clone(g.config)
	for _, members := range g.shards {
		all = append(all, members...)
	}
	return !slices.ContainsFunc(all, (*testenv.Process).Ended)
}

// fuzzer makes commands up.
type fuzzer struct {
	*rand.Rand
	g    *genuine
	conn rawClient
	sent []string
}

// send says whether the command worked. Its cursor is read on, and closed.
func (f *fuzzer) send(t *testing.T, name string) bool {
	if f.IntN(300) == 0 {
		f.g.furnish(t) // what was dropped
	}
	cmd := f.command(name)
	reply, ok := f.ask(t, cmd)
	if !ok {
		return false
	}
	id, isCursor := reply.Lookup("cursor", "id").AsInt64OK()
	for range f.IntN(4) {
		if !isCursor || id == 0 {
			break
		}
		coll := any(cmd[0].Value)
		if _, isName := coll.(string); !isName {
			coll = "$cmd.aggregate"
		}
		more := bson.D{{Key: "getMore", Value: id}, {Key: "collection", Value: coll}}
		if f.IntN(2) == 0 {
			more = append(more, bson.E{Key: "batchSize", Value: f.odd()})
		}
		if f.IntN(3) == 0 {
			more = append(more, bson.E{Key: "maxTimeMS", Value: f.IntN(50)})
		}
		if f.IntN(8) == 0 {
			more = bson.D{{Key: "killCursors", Value: coll}, {Key: "cursors", Value: bson.A{id, f.odd()}}}
		}
		more = append(more, bson.E{Key: "$db", Value: "fuzz"})
		if _, ok := f.ask(t, more); !ok {
			break
		}
	}
	if isCursor && id != 0 { // else moved ranges wait for it
		f.ask(t, bson.D{{Key: "killCursors", Value: "x"}, {Key: "cursors", Value: bson.A{id}}, {Key: "$db", Value: "fuzz"}})
	}
	return true
}

func (f *fuzzer) ask(t *testing.T, cmd bson.D) (bson.Raw, bool) {
	text, err := bson.MarshalExtJSON(cmd, false, false)
	if err != nil {
		t.Errorf("%v: %v", cmd, err)
		return nil, false
	}
	f.sent = append(f.sent, string(text))
	f.sent = f.sent[max(0, len(f.sent)-6):]
	body, err := bson.Marshal(cmd)
	if err == nil {
		err = f.conn.SetDeadline(time.Now().Add(2 * patience))
	}
	var m wire.Message
	if err == nil {
		m, err = f.conn.exchange(wire.AppendRequest(nil, 1, body, nil))
	}
	if err != nil {
		t.Errorf("no answer to %s: %v", text, err)
		return nil, false
	}
	reply := bson.Raw(m.Body)
	if code, _ := reply.Lookup("code").AsInt64OK(); code == 8 {
		t.Errorf("%s: %s", text, reply)
	}
	n, _ := reply.Lookup("ok").AsInt64OK()
	real, _ := reply.Lookup("ok").DoubleOK()
	return reply, n == 1 || real == 1
}

// command is one of that name, more often than not a sensible one.
func (f *fuzzer) command(name string) bson.D {
	cmd := f.sensible(name)
	allowed := make([]string, 0, len(fields[name])+len(everywhere))
	for key := range fields[name] {
		allowed = append(allowed, key)
	}
	for key := range everywhere {
		allowed = append(allowed, key)
	}
	slices.Sort(allowed)
	for range f.IntN(4) {
		cmd = set(cmd, allowed[f.IntN(len(allowed))], f)
	}
	if f.IntN(30) == 0 {
		cmd[0].Value = f.odd()
	}
	if f.IntN(20) == 0 {
		cmd = append(cmd, bson.E{Key: "lsid", Value: bson.D{{Key: "id", Value: bson.Binary{Subtype: 4, Data: []byte("0123456789abcdef")}}}})
	}
	db := "fuzz"
	if cmd := commands(&Router{})[name]; cmd.admin {
		db = "admin"
	}
	if f.IntN(40) == 0 {
		db = pick(f, "admin", "config", "local", "nowhere")
	}
	if !has(cmd, "maxTimeMS") {
		cmd = append(cmd, bson.E{Key: "maxTimeMS", Value: 2000})
	}
	return append(cmd, bson.E{Key: "$db", Value: db})
}

func has(cmd bson.D, key string) bool {
	return slices.ContainsFunc(cmd, func(e bson.E) bool { return e.Key == key })
}

func set(cmd bson.D, key string, f *fuzzer) bson.D {
	value := f.value(key)
	if f.IntN(4) == 0 {
		value = f.odd()
	}
	for i := range cmd[1:] {
		if cmd[i+1].Key == key {
			cmd[i+1].Value = value
			return cmd
		}
	}
	return append(cmd, bson.E{Key: key, Value: value})
}

func pick[T any](f *fuzzer, from ...T) T { return from[f.IntN(len(from))] }

func (f *fuzzer) coll() string {
	return pick(f, "plain", "sharded", "sharded", "capped", "series", "shardedSeries", "view", "plainView", "missing", "system.views")
}

// odd is a value of any kind.
func (f *fuzzer) odd() any {
	return pick[any](f, nil, true, false, 0, 1, -1, int64(math.MaxInt64), int64(math.MinInt64), math.NaN(), math.Inf(1), 0.5, "", "x", "$a", "$$ROOT", "a.b",
		bson.A{}, bson.A{1, "x"}, bson.D{}, bson.D{{Key: "a", Value: 1}}, bson.D{{Key: "$a", Value: 1}}, bson.MinKey{}, bson.MaxKey{}, bson.Undefined{}, bson.NewObjectID(),
		bson.Regex{Pattern: "a", Options: "i"}, bson.Timestamp{T: 1}, bson.DateTime(0), bson.Binary{Data: []byte("x")}, bson.NewDecimal128(0x7c00000000000000, 0), bson.JavaScript("1"), bson.Symbol("s"))
}

func (f *fuzzer) query() bson.D {
	return pick(f, bson.D{}, bson.D{{Key: "_id", Value: f.IntN(20)}}, bson.D{{Key: "_id", Value: f.odd()}}, bson.D{{Key: "a", Value: bson.D{{Key: "$gt", Value: f.odd()}}}},
		bson.D{{Key: "$expr", Value: bson.D{{Key: "$eq", Value: bson.A{"$a", f.odd()}}}}}, bson.D{{Key: "$or", Value: bson.A{bson.D{{Key: "a", Value: 1}}, bson.D{{Key: "_id", Value: 3}}}}},
		bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: bson.A{1, f.odd()}}}}}, bson.D{{Key: "p", Value: bson.D{{Key: "$near", Value: bson.A{1, 1}}}}}, bson.D{{Key: "$text", Value: bson.D{{Key: "$search", Value: "x"}}}},
		bson.D{{Key: "$where", Value: "true"}}, bson.D{{Key: "s", Value: bson.Regex{Pattern: "1"}}}, bson.D{{Key: "$comment", Value: f.odd()}}, bson.D{{Key: pick(f, "$and", "$nor", "$jsonSchema", "$sampleRate", "$alwaysTrue"), Value: f.odd()}})
}

func (f *fuzzer) change() any {
	return pick[any](f, bson.D{{Key: "$set", Value: bson.D{{Key: "b", Value: f.odd()}}}}, bson.D{{Key: "b", Value: 1}}, bson.D{{Key: "$inc", Value: bson.D{{Key: "a", Value: f.odd()}}}},
		bson.A{bson.D{{Key: "$set", Value: bson.D{{Key: "c", Value: f.odd()}}}}}, bson.D{{Key: "$push", Value: bson.D{{Key: "p", Value: f.odd()}}}}, bson.D{{Key: "$set", Value: bson.D{{Key: "_id", Value: f.odd()}}}}, f.odd())
}

// sensible is a command of that name that can work.
func (f *fuzzer) sensible(name string) bson.D {
	ns := "fuzz." + f.coll()
	at := func(v any) bson.D { return bson.D{{Key: name, Value: v}} }
	id := bson.D{{Key: "_id", Value: f.IntN(20)}}
	key := bson.E{Key: "key", Value: bson.D{{Key: pick(f, "_id", "a"), Value: pick[any](f, 1, "hashed")}}}
	switch name {
	case "find", "count", "listIndexes", "collStats":
		return at(f.coll())
	case "drop":
		return at(pick(f, "missing", "made", "plainView", "capped"))
	case "aggregate":
		return append(at(pick[any](f, f.coll(), f.coll(), f.coll(), 1)), bson.E{Key: "pipeline", Value: f.pipeline(0)}, bson.E{Key: "cursor", Value: bson.D{{Key: "batchSize", Value: pick(f, 0, 1, 5, 100)}}})
	case "distinct":
		return append(at(f.coll()), bson.E{Key: "key", Value: pick(f, "a", "p", "_id", "a.b", "$x")})
	case "explain":
		return at(f.sensible(pick(f, "find", "aggregate", "count", "distinct", "update", "findAndModify")))
	case "insert":
		return append(at(f.coll()), bson.E{Key: "documents", Value: bson.A{bson.D{{Key: "_id", Value: f.odd()}, {Key: "a", Value: f.odd()}, {Key: "t", Value: time.Now()}}, id}})
	case "update":
		return append(at(f.coll()), bson.E{Key: "updates", Value: f.value("updates")})
	case "delete":
		return append(at(f.coll()), bson.E{Key: "deletes", Value: f.value("deletes")})
	case "findAndModify":
		return append(at(f.coll()), bson.E{Key: "query", Value: pick(f, id, f.query())}, bson.E{Key: "update", Value: f.change()})
	case "killCursors":
		return append(at(f.coll()), bson.E{Key: "cursors", Value: bson.A{int64(f.IntN(1000))}})
	case "create":
		return at(pick(f, "made", fmt.Sprintf("made%d", f.IntN(100))))
	case "createIndexes":
		return append(at(f.coll()), bson.E{Key: "indexes", Value: f.value("indexes")})
	case "dropIndexes":
		return append(at(f.coll()), bson.E{Key: "index", Value: f.value("index")})
	case "collMod":
		return append(at(f.coll()), pick(f, bson.E{Key: "validationLevel", Value: "moderate"}, bson.E{Key: "index", Value: bson.D{{Key: "name", Value: "a_1"}, {Key: "hidden", Value: true}}}))
	case "renameCollection":
		return append(at(ns), bson.E{Key: "to", Value: "fuzz." + pick(f, "made", f.coll())})
	case "enableSharding":
		return at(pick(f, "fuzz", "fuzz2"))
	case "shardCollection":
		return append(at(pick(f, ns, "fuzz.made")), key)
	case "refineCollectionShardKey":
		return append(at("fuzz.sharded"), key)
	case "balancerCollectionStatus":
		return at(pick(f, ns, "fuzz.sharded"))
	case "configureCollectionBalancing":
		return append(at(pick(f, ns, "fuzz.sharded")), bson.E{Key: "chunkSize", Value: 64})
	case "addShardToZone", "removeShardFromZone":
		return append(at(pick(f, "shard1", "shard2")), bson.E{Key: "zone", Value: "z"})
	case "updateZoneKeyRange":
		return append(at("fuzz.sharded"), bson.E{Key: "min", Value: bson.D{{Key: "_id", Value: bson.MinKey{}}}}, bson.E{Key: "max", Value: bson.D{{Key: "_id", Value: bson.MaxKey{}}}}, bson.E{Key: "zone", Value: nil})
	case "moveChunk":
		return append(at("fuzz.sharded"), bson.E{Key: "find", Value: id}, bson.E{Key: "to", Value: pick(f, "shard1", "shard2")})
	case "moveRange":
		return append(at("fuzz.sharded"), bson.E{Key: "min", Value: bson.D{{Key: "_id", Value: bson.MinKey{}}}}, bson.E{Key: "toShard", Value: pick(f, "shard1", "shard2")})
	case "split":
		return append(at("fuzz.sharded"), bson.E{Key: "middle", Value: bson.D{{Key: "_id", Value: f.Int64()}}})
	case "mergeChunks":
		return append(at("fuzz.sharded"), bson.E{Key: "bounds", Value: bson.A{bson.D{{Key: "_id", Value: bson.MinKey{}}}, bson.D{{Key: "_id", Value: bson.MaxKey{}}}}})
	}
	return at(1)
}

// value is a sensible one for a field.
func (f *fuzzer) value(key string) any {
	switch key {
	case "filter", "query", "min", "max", "validator", "find", "middle":
		return f.query()
	case "sort":
		return pick[any](f, bson.D{{Key: "a", Value: pick(f, 1, -1)}}, bson.D{{Key: "$natural", Value: 1}}, bson.D{{Key: "x", Value: bson.D{{Key: "$meta", Value: "textScore"}}}})
	case "projection", "fields":
		return pick[any](f, bson.D{{Key: "a", Value: 1}}, bson.D{{Key: "_id", Value: 0}}, bson.D{{Key: "z", Value: bson.D{{Key: "$add", Value: bson.A{1, f.odd()}}}}}, bson.D{{Key: "p", Value: bson.D{{Key: "$slice", Value: 1}}}})
	case "hint", "index":
		return pick[any](f, "_id_", "a_1", "*", bson.D{{Key: "_id", Value: 1}}, bson.D{{Key: "$natural", Value: 1}}, bson.A{"a_1", "_id_"})
	case "collation":
		return pick[any](f, bson.D{{Key: "locale", Value: "de"}, {Key: "strength", Value: 1}}, bson.D{{Key: "locale", Value: "simple"}})
	case "let":
		return bson.D{{Key: "v", Value: f.odd()}}
	case "pipeline":
		return f.pipeline(0)
	case "cursor":
		return bson.D{{Key: "batchSize", Value: pick(f, 0, 1, 2, 1000)}}
	case "batchSize", "limit", "skip", "scale", "size", "cappedSize", "cappedMax", "expireAfterSeconds", "numInitialChunks", "chunkSize":
		return pick[any](f, 0, 1, 3, -2, int64(1000))
	case "indexes":
		return bson.A{bson.D{{Key: "key", Value: bson.D{{Key: pick(f, "a", "p", "s", "$**"), Value: pick[any](f, 1, -1, "2d", "text", "hashed", "2dsphere")}}}, {Key: "name", Value: pick(f, "a_1", "b")}, {Key: pick(f, "unique", "sparse", "hidden", "expireAfterSeconds", "partialFilterExpression"), Value: pick[any](f, true, 100, bson.D{})}}}
	case "updates":
		return bson.A{bson.D{{Key: "q", Value: f.query()}, {Key: "u", Value: f.change()}, {Key: pick(f, "upsert", "multi", "hint", "arrayFilters", "c", "collation"), Value: pick(f, true, true, f.odd())}}}
	case "deletes":
		return bson.A{bson.D{{Key: "q", Value: f.query()}, {Key: "limit", Value: pick(f, 0, 1)}}}
	case "arrayFilters":
		return bson.A{bson.D{{Key: "i.x", Value: f.odd()}}}
	case "documents":
		return bson.A{bson.D{{Key: "a", Value: f.odd()}}}
	case "verbosity":
		return pick(f, "queryPlanner", "executionStats", "allPlansExecution")
	case "viewOn":
		return f.coll()
	case "timeseries":
		return bson.D{{Key: "timeField", Value: "t"}, {Key: "granularity", Value: pick(f, "seconds", "hours")}}
	case "readConcern":
		return bson.D{{Key: "level", Value: pick(f, "local", "majority", "available", "linearizable", "snapshot")}}
	case "writeConcern":
		return bson.D{{Key: "w", Value: pick[any](f, 0, 1, "majority")}}
	case "$readPreference":
		return bson.D{{Key: "mode", Value: pick(f, "primary", "secondary", "nearest", "secondaryPreferred")}}
	case "to", "toShard", "primaryShard":
		return pick(f, "shard1", "shard2", "fuzz.made")
	case "explain":
		return true
	}
	return pick(f, any(true), false, f.odd())
}

func (f *fuzzer) pipeline(depth int) bson.A {
	list := bson.A{}
	for range f.IntN(4) {
		name := allStages[f.IntN(len(allStages))]
		value := f.stage(name, depth)
		if f.IntN(6) == 0 {
			value = f.odd()
		}
		list = append(list, bson.D{{Key: name, Value: value}})
	}
	return list
}

var allStages = func() (list []string) {
	for name := range stages {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}()

func (f *fuzzer) stage(name string, depth int) any {
	inner := bson.A{}
	if depth < 3 {
		inner = f.pipeline(depth + 1)
	}
	switch name {
	case "$match":
		return f.query()
	case "$limit", "$skip":
		return f.IntN(5) + 1
	case "$sort":
		return bson.D{{Key: "a", Value: 1}}
	case "$count", "$unset":
		return "a"
	case "$unwind":
		return "$p"
	case "$facet":
		return bson.D{{Key: "x", Value: inner}}
	case "$lookup":
		return bson.D{{Key: "from", Value: f.coll()}, {Key: "let", Value: bson.D{{Key: "v", Value: "$a"}}}, {Key: "pipeline", Value: inner}, {Key: "as", Value: "l"}}
	case "$graphLookup":
		return bson.D{{Key: "from", Value: f.coll()}, {Key: "startWith", Value: "$a"}, {Key: "connectFromField", Value: "a"}, {Key: "connectToField", Value: "_id"}, {Key: "as", Value: "g"}, {Key: "maxDepth", Value: 2}}
	case "$unionWith":
		return bson.D{{Key: "coll", Value: f.coll()}, {Key: "pipeline", Value: inner}}
	case "$group", "$bucketAuto":
		return bson.D{{Key: pick(f, "_id", "groupBy"), Value: "$a"}, {Key: pick(f, "n", "buckets"), Value: pick[any](f, bson.D{{Key: "$sum", Value: f.odd()}}, bson.D{{Key: "$push", Value: "$$ROOT"}}, 2)}}
	case "$bucket":
		return bson.D{{Key: "groupBy", Value: "$a"}, {Key: "boundaries", Value: bson.A{0, 3, 10}}, {Key: "default", Value: "x"}}
	case "$out":
		return pick[any](f, "made", bson.D{{Key: "db", Value: "fuzz2"}, {Key: "coll", Value: "made"}})
	case "$merge":
		return bson.D{{Key: "into", Value: pick(f, "made", "plain", "sharded")}, {Key: "whenMatched", Value: pick[any](f, "merge", "replace", "keepExisting", "fail", bson.A{bson.D{{Key: "$set", Value: bson.D{{Key: "m", Value: 1}}}}})}}
	case "$sample":
		return bson.D{{Key: "size", Value: f.IntN(5) + 1}}
	case "$documents":
		return bson.A{bson.D{{Key: "a", Value: f.odd()}}}
	case "$geoNear":
		return bson.D{{Key: "near", Value: bson.A{1, 1}}, {Key: "distanceField", Value: "d"}, {Key: "key", Value: "p"}}
	case "$densify":
		return bson.D{{Key: "field", Value: "a"}, {Key: "range", Value: bson.D{{Key: "step", Value: 1}, {Key: "bounds", Value: pick[any](f, "full", bson.A{0, 9})}}}}
	case "$fill":
		return bson.D{{Key: "sortBy", Value: bson.D{{Key: "_id", Value: 1}}}, {Key: "output", Value: bson.D{{Key: "b", Value: bson.D{{Key: "method", Value: pick(f, "linear", "locf")}}}}}}
	case "$setWindowFields":
		return bson.D{{Key: "sortBy", Value: bson.D{{Key: "_id", Value: 1}}}, {Key: "output", Value: bson.D{{Key: "w", Value: bson.D{{Key: "$sum", Value: "$a"}, {Key: "window", Value: bson.D{{Key: "documents", Value: bson.A{"unbounded", f.odd()}}}}}}}}}
	case "$redact":
		return pick[any](f, "$$KEEP", "$$PRUNE", bson.D{{Key: "$cond", Value: bson.A{true, "$$DESCEND", "$$KEEP"}}})
	case "$replaceRoot":
		return bson.D{{Key: "newRoot", Value: "$$ROOT"}}
	case "$replaceWith":
		return pick[any](f, "$$ROOT", bson.D{{Key: "x", Value: f.odd()}})
	case "$sortByCount":
		return "$a"
	case "$project", "$addFields", "$set":
		return bson.D{{Key: "b", Value: pick[any](f, 1, "$a", bson.D{{Key: pick(f, "$toString", "$size", "$abs", "$function", "$dateToString", "$meta", "$first"), Value: f.odd()}}, f.odd())}}
	}
	return bson.D{}
}
