package router

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/auth"
	"speedscale/infra/router/wire"
	"speedscale/internal/testenv"
)

func message(cmd bson.D) []byte {
	return wire.AppendRequest(nil, 1, document(append(cmd, bson.E{Key: "$db", Value: "admin"})), nil)
}

// opQuery is a command as older drivers send their first.
func opQuery(name string) []byte {
	b := append(make([]byte, wire.HeaderSize+4), "admin.$cmd\x00\x00\x00\x00\x00\x01\x00\x00\x00"...)
	b = append(b, document(bson.D{{Key: name, Value: 1}})...)
	binary.LittleEndian.PutUint32(b, uint32(len(b)))
	binary.LittleEndian.PutUint32(b[12:], 2004)
	return b
}

// lonely is a router whose config servers do not exist.
func lonely(t *testing.T, limits Limits) (r *Router, address string, stop func()) {
	t.Helper()
	return startLimited(t, "configReplSet", []string{fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))}, limits)
}

// held adds a command that says when it begins and waits for release.
func held(r *Router) (begun chan struct{}, release chan struct{}) {
	begun, release = make(chan struct{}, 10), make(chan struct{})
	r.table["held"] = command{limit: time.Minute, local: true, run: func(ctx context.Context, _ *request) (bsoncore.Document, error) {
		begun <- struct{}{}
		select {
		case <-release:
			return ok1(), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	return begun, release
}

func TestBeforeTheConfigServersAnswer(t *testing.T) {
	_, address, _ := lonely(t, DefaultLimits)
	c := dial(t, address)
	for _, m := range [][]byte{message(bson.D{{Key: "hello", Value: 1}}), message(bson.D{{Key: "ping", Value: 1}}), message(bson.D{{Key: "find", Value: "c"}}), message(bson.D{{Key: "addShard", Value: "a/b:1"}})} {
		reply := c.ask(t, m)
		require.EqualValues(t, codeNotYetInitialized, reply.Body.Lookup("code").AsInt64(), "%s", reply.Body)
		require.Contains(t, reply.Body.Lookup("errmsg").StringValue(), "configReplSet")
	}
	require.EqualValues(t, 1, c.ask(t, message(bson.D{{Key: "buildInfo", Value: 1}})).Body.Lookup("ok").Double())
	c.send(t, opQuery("isMaster"))
	header, rest, err := wire.ReadHeader(c)
	require.NoError(t, err)
	require.Positive(t, rest)
	require.EqualValues(t, 1, binary.LittleEndian.Uint32(header[12:]))
}

// TestIntegrationStartsBeforeTheConfigServers: the router is there first and
// never gives up.
func TestIntegrationStartsBeforeTheConfigServers(t *testing.T) {
	port := testenv.FreePort(t)
	_, address := startRouter(t, "configReplSet", []string{fmt.Sprintf("127.0.0.1:%d", port)})
	ready := func() error {
		if reply := dial(t, address).ask(t, message(bson.D{{Key: "hello", Value: 1}})); reply.Body.Lookup("ok").Double() != 1 {
			return fmt.Errorf("%s", reply.Body)
		}
		return nil
	}
	require.Error(t, ready(), "no server yet")
	p := testenv.MongodAt(t, port, "--configsvr", "--replSet", "configReplSet")
	require.Error(t, ready(), "not initiated yet")
	run(t, direct(t, p), "admin", bson.D{{Key: "replSetInitiate", Value: bson.D{
		{Key: "_id", Value: "configReplSet"},
		{Key: "configsvr", Value: true},
		{Key: "members", Value: bson.A{bson.D{{Key: "_id", Value: 0}, {Key: "host", Value: p.Addr()}}}},
	}}})
	eventually(t, "the router is ready", ready)
	p.Stop()
	require.NoError(t, ready(), "with the config servers gone, what is known goes on")
}

func TestMalformedMessagesEndTheirConnectionOnly(t *testing.T) {
	_, address, _ := lonely(t, DefaultLimits)
	other := dial(t, address)
	hello := message(bson.D{{Key: "buildInfo", Value: 1}})
	for name, at := range map[string]struct {
		offset int
		value  uint32
	}{
		"huge": {0, 1 << 30}, "negative": {0, 1 << 31}, "short": {0, 3}, "opcode": {12, 2012}, "flags": {16, 1 << 7}, "body": {21, 1 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			bad := append([]byte{}, hello...)
			binary.LittleEndian.PutUint32(bad[at.offset:], at.value)
			c := dial(t, address)
			c.send(t, bad)
			c.closed(t)
			require.EqualValues(t, 1, other.ask(t, hello).Body.Lookup("ok").Double())
		})
	}
}

func TestLimits(t *testing.T) {
	limits := DefaultLimits
	limits.Connections, limits.Own, limits.Transfer, limits.Drain = 3, 0, 100*time.Millisecond, 100*time.Millisecond
	r, address, stop := lonely(t, limits)
	begun, _ := held(r)
	hello := message(bson.D{{Key: "buildInfo", Value: 1}})
	var open []rawClient
	for range limits.Connections {
		c := dial(t, address)
		c.ask(t, hello)
		open = append(open, c)
	}
	dial(t, address).closed(t) // one too many

	open[0].send(t, hello[:20]) // and never the rest
	open[0].closed(t)
	eventually(t, "its place is free", func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.conns) != limits.Connections-1 {
			return fmt.Errorf("%d are open", len(r.conns))
		}
		return nil
	})
	dial(t, address).ask(t, hello)

	open[1].send(t, message(bson.D{{Key: "held", Value: 1}}))
	<-begun
	stop() // ends although the command does not
	_, err := io.Copy(io.Discard, open[1])
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "its connection is closed, be it after an answer")
}

// What was announced and does not come costs nobody anything.
func TestAnnouncedMessagesHoldNobodyUp(t *testing.T) {
	_, address, _ := lonely(t, DefaultLimits)
	announced := message(bson.D{{Key: "buildInfo", Value: 1}})
	binary.LittleEndian.PutUint32(announced, 47_000_000)
	for range 50 {
		dial(t, address).send(t, announced)
	}
	large := bson.D{{Key: "buildInfo", Value: 1}, {Key: "comment", Value: make([]byte, 15<<20)}}
	begin := time.Now()
	require.EqualValues(t, 1, dial(t, address).ask(t, message(large)).Body.Lookup("ok").Double())
	require.Less(t, time.Since(begin), 30*time.Second)
}

// The container's health check comes from within, and must not fail because
// others are many.
func TestThereIsRoomForTheHealthCheck(t *testing.T) {
	limits := DefaultLimits
	limits.Connections, limits.Own = 3, 1
	_, address, _ := lonely(t, limits)
	for range 4 {
		dial(t, address).ask(t, message(bson.D{{Key: "buildInfo", Value: 1}}))
	}
	dial(t, address).closed(t)
}

func TestStopLetsCommandsEnd(t *testing.T) {
	r, address, stop := lonely(t, DefaultLimits)
	begun, release := held(r)
	busy, idle := dial(t, address), dial(t, address)
	idle.ask(t, message(bson.D{{Key: "buildInfo", Value: 1}}))
	busy.send(t, message(bson.D{{Key: "held", Value: 1}}))
	<-begun
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	idle.closed(t)
	select {
	case <-stopped:
		t.Fatal("it stopped before the command ended")
	default:
	}
	close(release)
	header, _, err := wire.ReadHeader(busy)
	require.NoError(t, err)
	require.NotZero(t, header)
	<-stopped
}

func TestAReadEndsWhenItsClientHangsUp(t *testing.T) {
	for _, read := range []bool{true, false} {
		r, address, _ := lonely(t, DefaultLimits)
		begun, release := held(r)
		cmd, ended := r.table["held"], make(chan error, 1)
		run := cmd.run
		cmd.read = read
		cmd.run = func(ctx context.Context, q *request) (bsoncore.Document, error) {
			reply, err := run(ctx, q)
			ended <- err
			return reply, err
		}
		r.table["held"] = cmd
		c := dial(t, address)
		c.ask(t, message(bson.D{{Key: "buildInfo", Value: 1}}))
		c.send(t, message(bson.D{{Key: "held", Value: 1}}))
		<-begun
		require.NoError(t, c.Close())
		if !read {
			close(release) // a write goes on to its end
		}
		require.Equal(t, read, errors.Is(<-ended, context.Canceled))
	}
}

func TestAReadDoesNotLoseTheNextMessage(t *testing.T) {
	r, address, _ := lonely(t, DefaultLimits)
	begun, release := held(r)
	cmd := r.table["held"]
	cmd.read = true
	r.table["held"] = cmd
	c := dial(t, address)
	c.send(t, message(bson.D{{Key: "held", Value: 1}}))
	<-begun
	c.send(t, message(bson.D{{Key: "buildInfo", Value: 1}})) // before the answer
	close(release)
	for range 2 {
		header, rest, err := wire.ReadHeader(c)
		require.NoError(t, err)
		require.NotZero(t, header)
		_, err = io.CopyN(io.Discard, c, int64(rest))
		require.NoError(t, err)
	}
}

func TestAPanicIsOneClientsError(t *testing.T) {
	r, address, _ := lonely(t, DefaultLimits)
	r.table["boom"] = command{limit: time.Second, local: true, run: func(context.Context, *request) (bsoncore.Document, error) { panic("boom") }}
	c := dial(t, address)
	require.Contains(t, c.ask(t, message(bson.D{{Key: "boom", Value: 1}})).Body.Lookup("errmsg").StringValue(), "boom")
	c.ask(t, message(bson.D{{Key: "buildInfo", Value: 1}}))
}

// FuzzRequest: whatever a client sends is refused or can be forwarded as valid
// BSON, without a panic.
func FuzzRequest(f *testing.F) {
	for _, cmd := range []bson.D{
		{{Key: "find", Value: "c"}, {Key: "filter", Value: bson.D{{Key: "a", Value: bson.A{1, "x"}}}}},
		{{Key: "aggregate", Value: "c"}, {Key: "pipeline", Value: bson.A{bson.D{{Key: "$out", Value: "x"}}}}},
		{{Key: "update", Value: "c"}, {Key: "updates", Value: bson.A{bson.D{{Key: "q", Value: bson.D{}}}}}, {Key: "maxTimeMS", Value: 5}},
		{{Key: "explain", Value: bson.D{{Key: "count", Value: "c"}}}},
		{{Key: "distinct", Value: "c"}, {Key: "key", Value: "a.b"}},
		{{Key: "createRole", Value: "x"}, {Key: "roles", Value: bson.A{"y", role("read", "a")}}, {Key: "privileges", Value: bson.A{privilege(collection("a", ""), "find")}}},
		{{Key: "usersInfo", Value: bson.A{"x", bson.D{{Key: "user", Value: "y"}, {Key: "db", Value: "a"}}}}},
		{{Key: "aggregate", Value: 1}, {Key: "pipeline", Value: bson.A{bson.D{{Key: "$unionWith", Value: bson.D{{Key: "coll", Value: "x"}, {Key: "pipeline", Value: bson.A{bson.D{{Key: "$merge", Value: "y"}}}}}}}}}},
	} {
		f.Add(message(cmd))
	}
	asked := needs()
	anybody := &auth.User{Privileges: auth.Privileges{auth.AnyNormal: {"find": true, "insert": true}}}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= wire.HeaderSize {
			binary.LittleEndian.PutUint32(b, uint32(len(b)))
		}
		m, err := wire.Parse(b)
		if err != nil {
			return
		}
		q, err := newRequest(m)
		if err != nil || guard(q) != nil {
			return
		}
		limitOf(q, command{limit: time.Second})
		body := q.forward("clusterX", time.Second, bson.D{majority})
		require.NoError(t, body.Validate())
		require.Equal(t, q.db, body.Lookup("$db").StringValue())
		for key := range stripped {
			if key != "$db" && key != "maxTimeMS" && key != q.name {
				require.Equal(t, bsoncore.Value{}, body.Lookup(key), key)
			}
		}
		_, _ = countPipeline(q)
		_, _ = distinctPipeline(q)
		if met := asked[canonicalName(q.name)].met; met != nil {
			met(anybody, q)
			require.False(t, met(&auth.User{}, q) && !met(anybody, q), "who may do nothing may do what others may not")
		}
	})
}
