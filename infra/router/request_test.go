package router

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"speedscale/infra/router/cluster"
	"speedscale/infra/router/replset"
	"speedscale/infra/router/wire"
)

// Forwarding changes the name and what it must, and nothing else.
func TestForward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cmd, want := bson.D{{Key: "find", Value: "c"}}, bson.D{{Key: "clusterFind", Value: "c"}}
		names := rapid.SliceOfDistinct(rapid.SampledFrom([]string{
			"filter", "hint", "limit", "$readPreference", "comment", "lsid", "txnNumber", "$clusterTime", "maxTimeMS", "shardVersion",
			"databaseVersion", "apiVersion", "$audit", "writeConcern",
		}), func(s string) string { return s }).Draw(t, "fields")
		for _, name := range names {
			e := bson.E{Key: name, Value: rapid.String().Draw(t, name)}
			cmd = append(cmd, e)
			if !stripped[name] && name != "writeConcern" {
				want = append(want, e)
			}
		}
		want = append(want, majority, bson.E{Key: "maxTimeMS", Value: int64(1500)}, bson.E{Key: "$db", Value: "db"})
		q, err := newRequest(wire.Message{Body: document(append(cmd, bson.E{Key: "$db", Value: "db"}))})
		require.NoError(t, err)
		require.Equal(t, document(want), q.forward("clusterFind", 1500*time.Millisecond, bson.D{majority}))
	})
}

func TestClean(t *testing.T) {
	keep := bson.D{{Key: "n", Value: int32(1)}, {Key: "ok", Value: 1.0}}
	reply := document(bson.D{{Key: "$clusterTime", Value: bson.D{{Key: "a", Value: 1}}}, keep[0], {Key: "topologyVersion", Value: 1}, keep[1], {Key: "operationTime", Value: bson.Timestamp{T: 1}}})
	require.Equal(t, document(keep), clean(reply))
	require.Equal(t, document(keep), clean(document(keep)))
	require.Equal(t, document(bson.D{}), clean(document(bson.D{})))
}

func TestTimeLimits(t *testing.T) {
	updates := func(multi bool) bson.D {
		return bson.D{{Key: "update", Value: "c"}, {Key: "updates", Value: bson.A{bson.D{{Key: "q", Value: bson.D{}}, {Key: "multi", Value: multi}}}}}
	}
	deletes := func(limit int) []wire.Sequence {
		return []wire.Sequence{{ID: "deletes", Data: document(bson.D{{Key: "q", Value: bson.D{}}, {Key: "limit", Value: limit}})}}
	}
	out := bson.A{bson.D{{Key: "$match", Value: bson.D{}}}, bson.D{{Key: "$out", Value: "x"}}}
	for _, c := range []struct {
		name string
		body bson.D
		seqs []wire.Sequence
		want time.Duration
	}{
		{"the command's own", bson.D{{Key: "find", Value: "c"}}, nil, time.Second},
		{"the client's", bson.D{{Key: "find", Value: "c"}, {Key: "maxTimeMS", Value: 250}}, nil, 250 * time.Millisecond},
		{"none, the client says", bson.D{{Key: "find", Value: "c"}, {Key: "maxTimeMS", Value: 0}}, nil, time.Second},
		{"beyond reason", bson.D{{Key: "find", Value: "c"}, {Key: "maxTimeMS", Value: int64(1) << 40}}, nil, 24 * time.Hour},
		{"one update", updates(false), nil, time.Second},
		{"updates of many", updates(true), nil, manyWrites},
		{"one delete", bson.D{{Key: "delete", Value: "c"}}, deletes(1), time.Second},
		{"deletes of many", bson.D{{Key: "delete", Value: "c"}}, deletes(0), manyWrites},
		{"a large insert", bson.D{{Key: "insert", Value: "c"}}, []wire.Sequence{{ID: "documents", Data: make([]byte, 5<<20)}}, 6 * time.Second},
		{"aggregate", bson.D{{Key: "aggregate", Value: "c"}, {Key: "pipeline", Value: bson.A{}}}, nil, time.Second},
		{"aggregate that writes", bson.D{{Key: "aggregate", Value: "c"}, {Key: "pipeline", Value: out}}, nil, long},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := &request{name: c.body[0].Key, body: document(c.body), seqs: c.seqs}
			limit, asked := limitOf(q, command{limit: time.Second})
			require.Equal(t, c.want, limit)
			require.Equal(t, c.name == "the client's" || c.name == "beyond reason", asked)
		})
	}
}

// What makes progress takes what it takes, unless the client says otherwise.
func TestOnlyTheClientsLimitCountsAtOnce(t *testing.T) {
	r, _, _ := lonely(t, DefaultLimits)
	deadline := func(name string, fields ...bson.E) (time.Time, bool) {
		q := &request{name: name, body: document(append(bson.D{{Key: name, Value: "c"}}, fields...))}
		ctx, done := r.bounded(t.Context(), q, r.table[name])
		defer done()
		require.NoError(t, ctx.Err())
		return ctx.Deadline()
	}
	for _, name := range []string{"find", "aggregate", "getMore", "count", "insert", "update", "delete", "findAndModify", "createIndexes", "moveChunk"} {
		_, limited := deadline(name)
		require.False(t, limited, name)
		at, limited := deadline(name, bson.E{Key: "maxTimeMS", Value: 500})
		require.True(t, limited, name)
		require.WithinDuration(t, time.Now().Add(500*time.Millisecond+cluster.Grace), at, time.Minute)
	}
	for _, name := range []string{"hello", "listDatabases"} {
		_, limited := deadline(name)
		require.True(t, limited, name)
	}
}

func TestCursorsAreBounded(t *testing.T) {
	var c cursors
	member := member{}
	for i := range maxCursors + 10 {
		c.note(document(bson.D{{Key: "cursor", Value: bson.D{{Key: "id", Value: int64(i + 1)}}}}), member, cursor{routed: true}, 0)
	}
	require.LessOrEqual(t, c.count(), maxCursors)
	_, ok := c.find(maxCursors + 10)
	require.True(t, ok, "the newest is there")
	c.note(document(bson.D{{Key: "cursor", Value: bson.D{{Key: "id", Value: int64(0)}}}}), member, cursor{routed: true}, maxCursors+10)
	_, ok = c.find(maxCursors + 10)
	require.False(t, ok, "it has ended")
}

func TestRemovedByALostAttempt(t *testing.T) {
	missing := document(bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(codeShardNotFound)}})
	draining := ok1(bson.E{Key: "state", Value: "ongoing"})
	require.Equal(t, missing, removed(missing, 1), "there never was such a shard")
	require.Equal(t, "completed", removed(missing, 2).Lookup("state").StringValue())
	require.True(t, replset.OK(removed(missing, 2)))
	require.Equal(t, draining, removed(draining, 2))
	require.Nil(t, removed(nil, 2))
}
