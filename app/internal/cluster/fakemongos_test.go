package cluster

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// fakeMongos answers commands as told: what a mongos says is MongoDB's matter,
// what becomes of it is ours. Members are genuine.
type fakeMongos struct {
	addr    string
	close   func()
	mu      sync.Mutex
	replies map[string]any // by command, or by command and collection
}

func newFakeMongos(t *testing.T, replies map[string]any) *fakeMongos {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	m := &fakeMongos{addr: l.Addr().String(), replies: replies}
	var running sync.WaitGroup
	var open []net.Conn
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			m.mu.Lock()
			open = append(open, conn)
			m.mu.Unlock()
			running.Go(func() { m.serve(conn) })
		}
	})
	m.close = sync.OnceFunc(func() {
		_ = l.Close()
		m.mu.Lock()
		for _, conn := range open {
			_ = conn.Close()
		}
		m.mu.Unlock()
		running.Wait()
	})
	t.Cleanup(m.close)
	return m
}

func (m *fakeMongos) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	for {
		head := make([]byte, 16)
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		message := make([]byte, binary.LittleEndian.Uint32(head)-16)
		if _, err := io.ReadFull(conn, message); err != nil {
			return
		}
		const opQuery = 2004
		query := binary.LittleEndian.Uint32(head[12:]) == opQuery
		body := message[5:] // of OP_MSG: flags, and one section of kind 0
		if query {
			body = message[4+len("admin.$cmd")+1+8:]
		}
		reply, err := bson.Marshal(m.reply(bson.Raw(body)))
		if err != nil {
			return
		}
		if _, err := conn.Write(frame(head[4:8], query, reply)); err != nil {
			return
		}
	}
}

func (m *fakeMongos) reply(command bson.Raw) any {
	elements, err := command.Elements()
	if err != nil {
		return bson.D{{Key: "ok", Value: 0}, {Key: "errmsg", Value: err.Error()}}
	}
	name := elements[0].Key()
	if name == "hello" || name == "isMaster" || name == "ismaster" {
		return bson.D{
			{Key: "ok", Value: 1},
			{Key: "helloOk", Value: true},
			{Key: "isWritablePrimary", Value: true},
			{Key: "msg", Value: "isdbgrid"},
			{Key: "minWireVersion", Value: 0},
			{Key: "maxWireVersion", Value: 17},
			{Key: "maxBsonObjectSize", Value: 16 << 20},
			{Key: "maxMessageSizeBytes", Value: 48 << 20},
			{Key: "maxWriteBatchSize", Value: 1000},
		}
	}
	if target, ok := elements[0].Value().StringValueOK(); ok {
		name += " " + target
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if reply, ok := m.replies[name]; ok {
		return reply
	}
	return bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: 59}, {Key: "errmsg", Value: "no such command: " + name}}
}

func frame(requestID []byte, query bool, reply []byte) []byte {
	const opReply, opMsg = 1, 2013
	code, prefix := uint32(opMsg), make([]byte, 5)
	if query {
		code, prefix = opReply, make([]byte, 20)
		prefix[16] = 1 // one document
	}
	out := make([]byte, 16, 16+len(prefix)+len(reply))
	binary.LittleEndian.PutUint32(out, uint32(16+len(prefix)+len(reply)))
	copy(out[8:], requestID)
	binary.LittleEndian.PutUint32(out[12:], code)
	return append(append(out, prefix...), reply...)
}

func batch(ns string, documents ...any) bson.D {
	return bson.D{{Key: "ok", Value: 1}, {Key: "cursor", Value: bson.D{
		{Key: "id", Value: int64(0)}, {Key: "ns", Value: ns}, {Key: "firstBatch", Value: append(bson.A{}, documents...)},
	}}}
}
