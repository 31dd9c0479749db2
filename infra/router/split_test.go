package router

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"pgregory.net/rapid"

	"speedscale/infra/router/wire"
)

func sequence(id string, sizes ...int) wire.Sequence {
	s := wire.Sequence{ID: id}
	for i, size := range sizes {
		s.Data = append(s.Data, padded(i, size)...)
	}
	return s
}

// padded is a document {_id: n, x: …} of so many bytes.
func padded(n, size int) bsoncore.Document {
	bare := len(document(bson.D{{Key: "_id", Value: int32(n)}, {Key: "x", Value: bson.Binary{}}}))
	return document(bson.D{{Key: "_id", Value: int32(n)}, {Key: "x", Value: bson.Binary{Data: make([]byte, max(0, size-bare))}}})
}

// However large the documents are, none is lost, their order stays, and no part is
// larger than it must be.
func TestParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.SampledFrom([]int{30, 100, 500, 900, 1000}), 1, 9).Draw(t, "sizes")
		q := &request{name: "insert", body: document(bson.D{{Key: "insert", Value: "c"}}), seqs: []wire.Sequence{sequence("documents", sizes...)}}
		var all []byte
		for _, part := range q.parts(1000) {
			require.NotEmpty(t, documentsOf(part.seqs[0]))
			require.LessOrEqual(t, len(part.seqs[0].Data), 1000)
			all = append(all, part.seqs[0].Data...)
		}
		require.Equal(t, q.seqs[0].Data, all)
	})
}

func TestBrokenDocumentsAreNotCut(t *testing.T) {
	broken := append(sequence("documents", 900, 900).Data, 3, 0, 0, 0, 9)
	q := &request{name: "insert", seqs: []wire.Sequence{{ID: "documents", Data: broken}}}
	total := 0
	for _, part := range q.parts(1000) {
		total += len(part.seqs[0].Data)
	}
	require.Equal(t, len(broken), total)
}

func TestRepliesToPartsBecomeOne(t *testing.T) {
	parts := func(ordered bool) (parts []*request) {
		body := document(bson.D{{Key: "update", Value: "c"}, {Key: "ordered", Value: ordered}})
		for range 3 {
			parts = append(parts, &request{name: "update", body: body, seqs: []wire.Sequence{sequence("updates", 30, 30)}})
		}
		return parts
	}
	fine := func(fields ...bson.E) bsoncore.Document {
		return ok1(append(bson.D{{Key: "n", Value: int32(2)}, {Key: "nModified", Value: int32(1)}}, fields...)...)
	}
	one := func(index int32, code int32) bson.E {
		return bson.E{Key: "writeErrors", Value: bson.A{bson.D{{Key: "index", Value: index}, {Key: "code", Value: code}, {Key: "errmsg", Value: "x"}}}}
	}
	upserted := func(index int32) bson.E {
		return bson.E{Key: "upserted", Value: bson.A{bson.D{{Key: "index", Value: index}, {Key: "_id", Value: 1}}}}
	}
	concern := bson.E{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: int32(64)}}}
	lost := errors.New("lost")
	for _, c := range []struct {
		name    string
		ordered bool
		replies []any
		sent    int
		want    string
	}{
		{"all is well", true, []any{fine(), fine(), fine()}, 3, `{"n":6,"nModified":3,"ok":1.0}`},
		{
			"indexes count on", false,
			[]any{fine(upserted(1)), fine(one(0, 11000)), fine(upserted(0), concern)},
			3,
			`{"n":6,"nModified":3,"upserted":[{"index":1,"_id":1},{"index":4,"_id":1}],"writeErrors":[{"index":2,"code":11000,"errmsg":"x"}],"writeConcernError":{"code":64},"ok":1.0}`,
		},
		{"in order, an error is the end", true, []any{fine(), fine(one(1, 11000)), fine()}, 2, `{"n":4,"nModified":2,"writeErrors":[{"index":3,"code":11000,"errmsg":"x"}],"ok":1.0}`},
		{"what was written before is told", true, []any{fine(), lost}, 2, `{"n":2,"nModified":1,"writeErrors":[{"index":2,"code":6,"errmsg":"lost"}],"ok":1.0}`},
		{
			"likewise out of order", false,
			[]any{fine(), lost, fine()},
			3,
			`{"n":4,"nModified":2,"writeErrors":[{"index":2,"code":6,"errmsg":"lost"},{"index":3,"code":6,"errmsg":"lost"}],"ok":1.0}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			sent := 0
			reply, err := inParts(t.Context(), parts(c.ordered), func(context.Context, *request) (bsoncore.Document, error) {
				answer := c.replies[sent]
				sent++
				if err, ok := answer.(error); ok {
					return nil, err
				}
				return answer.(bsoncore.Document), nil
			})
			require.NoError(t, err)
			require.Equal(t, c.sent, sent)
			text, err := bson.MarshalExtJSON(bson.Raw(reply), false, false)
			require.NoError(t, err)
			require.JSONEq(t, c.want, string(text))
		})
	}
	_, err := inParts(t.Context(), parts(true), func(context.Context, *request) (bsoncore.Document, error) { return nil, lost })
	require.ErrorIs(t, err, lost, "nothing was written")
}

// testFullMessage sends a message as long as one may be.
func testFullMessage(t *testing.T, g *genuine) {
	g.shardOn(t, "full", "sharded")
	for _, name := range []string{"sharded", "plain"} {
		body := document(bson.D{{Key: "insert", Value: name}, {Key: "$db", Value: "full"}})
		seqs := []wire.Sequence{sequence("documents", 15_999_900, 15_999_900)}
		seqs[0].Data = append(seqs[0].Data, padded(2, wire.MaxMessageSize-wire.RequestSize(body, seqs))...)
		full := wire.AppendRequest(nil, 1, body, seqs)
		require.Len(t, full, wire.MaxMessageSize)
		reply := dial(t, g.address).ask(t, full)
		require.EqualValues(t, 3, reply.Body.Lookup("n").AsInt64(), "%s", reply.Body)
		n, err := g.client.Database("full").Collection(name).CountDocuments(t.Context(), bson.D{})
		require.NoError(t, err)
		require.EqualValues(t, 3, n)
	}
	require.NoError(t, g.client.Database("full").Drop(t.Context()))
}

// testRepliesThatNobodyTakes asks for more than the router may hold, takes
// nothing, and sees that others get their answers.
func testRepliesThatNobodyTakes(t *testing.T, g *genuine) {
	coll := g.client.Database("untaken").Collection("c")
	for n := range 2 {
		_, err := coll.InsertOne(t.Context(), bson.D{{Key: "_id", Value: n}, {Key: "x", Value: make([]byte, 8<<20-100)}})
		require.NoError(t, err)
	}
	find := wire.AppendRequest(nil, 1, document(bson.D{{Key: "find", Value: "c"}, {Key: "$db", Value: "untaken"}}), nil)
	for range 12 {
		dial(t, g.address).send(t, find)
	}
	eventually(t, "some are held", func() error {
		if g.router.outgoing.holds() == 0 {
			return errors.New("none is")
		}
		return nil
	})
	for range 5 {
		reply := dial(t, g.address).ask(t, find)
		require.EqualValues(t, 1, reply.Body.Lookup("ok").Double())
		require.LessOrEqual(t, g.router.outgoing.holds(), DefaultLimits.Replies+17<<20)
	}
	require.NoError(t, g.client.Database("untaken").Drop(t.Context()))
}
