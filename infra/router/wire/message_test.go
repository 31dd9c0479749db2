package wire

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"
	"pgregory.net/rapid"
)

func doc(t testing.TB, d bson.D) bsoncore.Document {
	t.Helper()
	b, err := bson.Marshal(d)
	require.NoError(t, err)
	return b
}

func ping(t testing.TB) bsoncore.Document {
	return doc(t, bson.D{{Key: "ping", Value: 1}, {Key: "$db", Value: "admin"}})
}

// query is an OP_QUERY, as old handshakes send it.
func query(t testing.TB, ns string) []byte {
	t.Helper()
	b := append(make([]byte, HeaderSize+4), ns...)
	b = append(b, 0)
	b = append(b, make([]byte, 8)...)
	b = append(b, doc(t, bson.D{{Key: "hello", Value: 1}})...)
	return patched(patched(patched(b, 0, int32(len(b))), 4, 7), 12, int32(opQuery))
}

// patched returns a copy of b with an int32 at a place.
func patched(b []byte, at int, v int32) []byte {
	c := bytes.Clone(b)
	binary.LittleEndian.PutUint32(c[at:], uint32(v))
	return c
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Int32().Draw(t, "id")
		body, err := bson.Marshal(rapid.MapOf(rapid.StringMatching(`[a-z]{1,8}`), rapid.String()).Draw(t, "body"))
		require.NoError(t, err)
		var sequences []Sequence
		for range rapid.IntRange(0, 3).Draw(t, "sequences") {
			sequences = append(sequences, Sequence{
				ID:   rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "name"),
				Data: rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(t, "data"),
			})
		}
		b := AppendRequest([]byte("before"), id, body, sequences)[len("before"):]
		header, rest, err := ReadHeader(bytes.NewReader(b))
		require.NoError(t, err)
		require.Equal(t, b[:HeaderSize], header[:])
		require.Equal(t, len(b)-HeaderSize, rest)
		m, err := Parse(b)
		require.NoError(t, err)
		require.Equal(t, Message{RequestID: id, Body: body, Sequences: sequences}, m)
	})
}

func TestReply(t *testing.T) {
	request, err := Parse(query(t, "admin.$cmd"))
	require.NoError(t, err)
	require.Equal(t, "admin.$cmd", request.Namespace)
	_, id, to, opcode, rest, ok := wiremessage.ReadHeader(written(t, request))
	require.True(t, ok)
	require.Equal(t, []int32{9, 7, int32(opReply)}, []int32{id, to, int32(opcode)})
	require.Equal(t, ping(t), bsoncore.Document(rest[20:]))

	request, err = Parse(AppendRequest(nil, 8, ping(t), nil))
	require.NoError(t, err)
	b := written(t, request)
	_, _, to, opcode, _, _ = wiremessage.ReadHeader(b)
	require.Equal(t, []int32{8, int32(wiremessage.OpMsg)}, []int32{to, int32(opcode)})
	reply, err := Parse(b)
	require.NoError(t, err)
	require.Equal(t, ping(t), reply.Body)
}

func written(t *testing.T, m Message) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, WriteReply(&b, 9, m, ping(t)))
	return b.Bytes()
}

func TestFlags(t *testing.T) {
	b := AppendRequest(nil, 1, ping(t), nil)
	m, err := Parse(patched(b, 16, int32(wiremessage.MoreToCome)))
	require.NoError(t, err)
	require.True(t, m.MoreToCome)
	m, err = Parse(patched(b, 16, int32(wiremessage.ExhaustAllowed)))
	require.NoError(t, err, "optional bits may be ignored")
	require.False(t, m.MoreToCome)
	withSum := append(patched(b, 16, int32(wiremessage.ChecksumPresent)), 1, 2, 3, 4)
	m, err = Parse(patched(withSum, 0, int32(len(withSum))))
	require.NoError(t, err)
	require.Equal(t, ping(t), m.Body)
}

func TestMalformed(t *testing.T) {
	good := AppendRequest(nil, 1, ping(t), []Sequence{{ID: "documents", Data: ping(t)}})
	const body = 21 // where it begins
	sequence := body + len(ping(t)) + 1
	require.EqualValues(t, wiremessage.DocumentSequence, good[sequence-1])
	twice := append(bytes.Clone(good), good[body-1:body+len(ping(t))]...)
	for name, b := range map[string][]byte{
		"no header":                  good[:10],
		"longer than it says":        append(bytes.Clone(good), 0),
		"shorter than it says":       good[:len(good)-1],
		"unknown opcode":             patched(good, 12, 2005),
		"OP_MSG called OP_QUERY":     patched(good, 12, int32(opQuery)),
		"compressed":                 patched(good, 12, int32(wiremessage.OpCompressed)),
		"unknown required flag":      patched(good, 16, 1<<5),
		"unknown section":            patched(good, body-1, 9),
		"negative document":          patched(good, body, -5),
		"huge document":              patched(good, body, math.MaxInt32),
		"short document":             patched(good, body, 4),
		"document cut in a value":    patched(good, body, 20),
		"negative sequence":          patched(good, sequence, -1),
		"huge sequence":              patched(good, sequence, math.MaxInt32),
		"two bodies":                 patched(twice, 0, int32(len(twice))),
		"no body":                    AppendRequest(nil, 1, nil, nil)[:20],
		"OP_QUERY without a body":    patched(query(t, "a")[:30], 0, 30),
		"OP_QUERY without namespace": patched(query(t, "aaa")[:21], 0, 21),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(b)
			require.ErrorIs(t, err, ErrMalformed)
		})
	}
}

func TestHeaderLimits(t *testing.T) {
	for size, ok := range map[int32]bool{
		-1: false, 0: false, 15: false, HeaderSize: true, MaxMessageSize: true, MaxMessageSize + 1: false, math.MaxInt32: false, math.MinInt32: false,
	} {
		_, rest, err := ReadHeader(bytes.NewReader(patched(make([]byte, HeaderSize), 0, size)))
		if ok {
			require.NoError(t, err, "%d", size)
			require.Equal(t, int(size)-HeaderSize, rest)
		} else {
			require.ErrorIs(t, err, ErrMalformed, "%d", size)
		}
	}
}

// FuzzParse: whatever comes, Parse ends, and what it accepts can be walked.
func FuzzParse(f *testing.F) {
	f.Add(AppendRequest(nil, 1, ping(f), nil))
	f.Add(AppendRequest(nil, 2, ping(f), []Sequence{{ID: "documents", Data: ping(f)}}))
	f.Add(query(f, "admin.$cmd"))
	f.Add(patched(AppendRequest(nil, 3, ping(f), nil), 21, -1))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= HeaderSize { // most inputs should pass the first check
			b = patched(b, 0, int32(len(b)))
		}
		m, err := Parse(b)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			return
		}
		elements, err := m.Body.Elements()
		require.NoError(t, err)
		for _, e := range elements {
			require.NotPanics(t, func() { _ = e.Value() })
		}
		again := AppendRequest(nil, m.RequestID, m.Body, m.Sequences)
		n, err := Parse(again)
		require.NoError(t, err)
		require.Equal(t, m.Body, n.Body)
		require.Equal(t, m.Sequences, n.Sequences)
	})
}
