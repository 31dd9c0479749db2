package replset

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/wire"
)

// member answers {ok: 1} to whatever it is asked, but to "silence", "hang up" and
// "mumble".
type member struct {
	net.Listener
	connections atomic.Int32
}

func startMember(t *testing.T) *member {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	m := &member{Listener: l}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			m.connections.Add(1)
			go m.serve(c)
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-ended })
	return m
}

func (m *member) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	for {
		header, rest, err := wire.ReadHeader(c)
		if err != nil {
			return
		}
		message := append(header[:], make([]byte, rest)...)
		for n := wire.HeaderSize; n < len(message); {
			k, err := c.Read(message[n:])
			if err != nil {
				return
			}
			n += k
		}
		request, err := wire.Parse(message)
		if err != nil {
			return
		}
		id := request.RequestID
		switch request.Body.Index(0).Key() {
		case "silence":
			continue
		case "hang up":
			return
		case "mumble":
			id++
		}
		ok, err := bson.Marshal(bson.D{{Key: "ok", Value: 1.0}, {Key: "x", Value: make([]byte, 100_000)}})
		if err != nil || wire.WriteReply(c, 1, wire.Message{RequestID: id}, ok) != nil {
			return
		}
	}
}

func (m *member) node() *Node {
	return newNode(m.Addr().String(), "set", dialer{}, nil, func() {})
}

func ask(t *testing.T, ctx context.Context, n *Node, what string) (bsoncore.Document, error) {
	t.Helper()
	return n.Run(ctx, command(t, bson.E{Key: what, Value: 1}), nil)
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	m := startMember(t)
	n := m.node()
	defer n.pool.close(t.Context())
	for range 10 {
		reply, err := ask(t, t.Context(), n, "ping")
		require.NoError(t, err)
		require.True(t, OK(reply))
	}
	require.EqualValues(t, 1, m.connections.Load())
	for _, what := range []string{"hang up", "mumble"} {
		_, err := ask(t, t.Context(), n, what)
		require.Error(t, err)
		require.NotErrorIs(t, err, ErrNotSent, "it was sent")
		_, err = ask(t, t.Context(), n, "ping")
		require.NoError(t, err, "the next one has another connection")
	}
	require.EqualValues(t, 3, m.connections.Load())
}

func TestWhoGivesUpSpoilsHisConnectionOnly(t *testing.T) {
	m := startMember(t)
	n := m.node()
	defer n.pool.close(t.Context())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := ask(t, ctx, n, "silence")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotErrorIs(t, err, ErrNotSent)
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err = ask(t, ctx, n, "silence")
	require.ErrorIs(t, err, context.Canceled)
	_, err = ask(t, ctx, n, "ping")
	require.ErrorIs(t, err, ErrNotSent)
	_, err = ask(t, t.Context(), n, "ping")
	require.NoError(t, err)
}

func TestAMemberThatIsGone(t *testing.T) {
	m := startMember(t)
	n := m.node()
	require.NoError(t, m.Close())
	_, err := ask(t, t.Context(), n, "ping")
	require.ErrorIs(t, err, ErrNotSent)
	require.Empty(t, n.pool.slots)
}

func TestTheGateIsAskedBeforeAReplyIsRead(t *testing.T) {
	m := startMember(t)
	n := m.node()
	defer n.pool.close(t.Context())
	var asked int
	_, err := ask(t, WithGate(t.Context(), func(_ context.Context, bytes int) error { asked = bytes; return nil }), n, "ping")
	require.NoError(t, err)
	require.Greater(t, asked, 100_000)
	full := errors.New("full")
	_, err = ask(t, WithGate(t.Context(), func(context.Context, int) error { return full }), n, "ping")
	require.ErrorIs(t, err, full)
	_, err = ask(t, t.Context(), n, "ping")
	require.NoError(t, err)
}

func TestNoMoreConnectionsThanAllowed(t *testing.T) {
	m := startMember(t)
	n := m.node()
	ctx, cancel := context.WithCancel(t.Context())
	for range maxConnections {
		l, err := n.pool.get(ctx)
		require.NoError(t, err)
		defer n.pool.put(l, true)
	}
	short, stop := context.WithTimeout(ctx, 20*time.Millisecond)
	defer stop()
	_, err := n.pool.get(short)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	cancel()
	n.pool.close(ctx) // they are in use, and closed all the same
	require.EqualValues(t, maxConnections, m.connections.Load())
}
