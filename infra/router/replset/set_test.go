package replset

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/address"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"go.uber.org/goleak"

	"speedscale/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func command(t *testing.T, cmd ...bson.E) bsoncore.Document {
	t.Helper()
	b, err := bson.Marshal(append(bson.D(cmd), bson.E{Key: "$db", Value: "admin"}))
	require.NoError(t, err)
	return b
}

func open(t *testing.T, name string, port int) (*Set, chan bool) {
	t.Helper()
	changes := make(chan bool, 100)
	s, err := Open(name, []string{fmt.Sprintf("127.0.0.1:%d", port)}, nil, nil, func(primary bool) { changes <- primary })
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, s.Close(ctx))
	})
	return s, changes
}

// patiently repeats a command until it is sent: connections wait for the watch
// to see that the server is there.
func patiently(ctx context.Context, n *Node, cmd bsoncore.Document) (bsoncore.Document, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		reply, err := n.Run(ctx, cmd, nil)
		if !errors.Is(err, ErrNotSent) {
			return reply, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

// found waits for the set's first primary, which is not a change of primaries.
func found(ctx context.Context, t *testing.T, s *Set, changes <-chan bool) *Node {
	t.Helper()
	for {
		if node, err := s.Primary(); err == nil {
			return node
		}
		require.False(t, next(ctx, t, changes), "there was no primary before")
	}
}

func next(ctx context.Context, t *testing.T, changes <-chan bool) bool {
	t.Helper()
	select {
	case primary := <-changes:
		return primary
	case <-ctx.Done():
		require.NoError(t, ctx.Err(), "nothing was announced")
		return false
	}
}

func TestIntegrationSet(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	port := testenv.FreePort(t)
	s, changes := open(t, "set", port)
	_, err := s.Primary()
	require.ErrorIs(t, err, ErrNoPrimary)
	require.ErrorContains(t, err, s.Name)
	_, err = s.Member("elsewhere:1")
	require.Error(t, err)

	p := testenv.MongodAt(t, port, "--replSet", "set")
	member, err := s.Member(p.Addr())
	require.NoError(t, err)
	reply, err := patiently(ctx, member, command(t, bson.E{Key: "replSetInitiate", Value: bson.D{
		{Key: "_id", Value: "set"}, {Key: "members", Value: bson.A{bson.D{{Key: "_id", Value: 0}, {Key: "host", Value: p.Addr()}}}},
	}}))
	require.NoError(t, err)
	require.True(t, OK(reply), "%s", reply)
	node := found(ctx, t, s, changes)
	require.Equal(t, p.Addr(), node.Address())
	require.Equal(t, "set", node.SetName())
	require.Equal(t, "set/"+p.Addr(), s.ConnectionString())

	reply, err = node.Run(ctx, command(t, bson.E{Key: "nonsense", Value: 1}), nil)
	require.NoError(t, err, "a refusal is a reply")
	require.False(t, OK(reply))

	p.Stop()
	for !next(ctx, t, changes) {
	}
	_, err = node.Run(ctx, command(t, bson.E{Key: "ping", Value: 1}), nil)
	require.Error(t, err)
	_, err = node.Run(ctx, command(t, bson.E{Key: "ping", Value: 1}), nil)
	require.ErrorIs(t, err, ErrNotSent, "the connections are gone")
}

func TestPrimariesMoved(t *testing.T) {
	of := func(primary string) event.TopologyDescription {
		kind := map[bool]string{true: "RSPrimary", false: "RSSecondary"}
		var d event.TopologyDescription
		for _, host := range []string{"a", "b"} {
			d.Servers = append(d.Servers, event.ServerDescription{Addr: address.Address(host), Kind: kind[host == primary]})
		}
		return d
	}
	var ended event.TopologyDescription
	var p primaries
	for i, c := range []struct {
		before, now event.TopologyDescription
		moved       bool
	}{
		{ended, of(""), false},
		{of(""), of("a"), false}, // found
		{of("a"), of("a"), false},
		{of("a"), of(""), true},
		{of(""), of("b"), true},
		{of("b"), of("a"), true},
		{of("a"), ended, false},
	} {
		require.Equal(t, c.moved, p.moved(c.before, c.now), "step %d", i)
	}
}

func TestOK(t *testing.T) {
	for value, want := range map[any]bool{1.0: true, int32(1): true, int64(1): true, 0.0: false, int32(0): false, "1": false} {
		b, err := bson.Marshal(bson.D{{Key: "ok", Value: value}})
		require.NoError(t, err)
		require.Equal(t, want, OK(b), "%T", value)
	}
	require.False(t, OK(bsoncore.Document{5, 0, 0, 0, 0}))
}
