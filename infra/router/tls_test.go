package router

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/secure"
	"speedscale/infra/router/secure/securetest"
	"speedscale/internal/testenv"
)

func opened(t testing.TB, mode secure.Mode, f secure.Files, optional bool) *secure.TLS {
	t.Helper()
	s, err := secure.Open(mode, f, optional)
	require.NoError(t, err)
	return s
}

// lonelyWith is lonely with TLS.
func lonelyWith(t testing.TB, s *secure.TLS, limits Limits) (r *Router, address string) {
	t.Helper()
	r, address, _ = startAs(t, s, nil, "configReplSet", []string{fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))}, limits)
	return r, address
}

// over is the client with TLS on top.
func (c rawClient) over(config *tls.Config) rawClient {
	config = config.Clone()
	config.ServerName = "localhost"
	return rawClient{tls.Client(c.Conn, config)}
}

var question = message(bson.D{{Key: "buildInfo", Value: 1}})

func TestWhoIsServed(t *testing.T) {
	a, b := securetest.New(t), securetest.New(t)
	f := securetest.Write(t, a.Leaf(t), a)
	older := securetest.Client(t, a.Leaf(t), a)
	older.MaxVersion = tls.VersionTLS12
	clients := map[string]*tls.Config{
		"plain": nil, "with a certificate": securetest.Client(t, a.Leaf(t), a), "with TLS 1.2": older,
		"without a certificate": securetest.Client(t, nil, a), "of another authority": securetest.Client(t, b.Leaf(t), a), "expired": securetest.Client(t, a.Leaf(t, securetest.Expired), a),
	}
	for name, c := range map[string]struct {
		tls    *secure.TLS
		served []string
	}{
		"disabled":             {nil, []string{"plain"}},
		"allowTLS":             {opened(t, secure.Allow, f, false), []string{"plain", "with a certificate", "with TLS 1.2"}},
		"preferTLS":            {opened(t, secure.Prefer, f, false), []string{"plain", "with a certificate", "with TLS 1.2"}},
		"requireTLS":           {opened(t, secure.Require, f, false), []string{"with a certificate", "with TLS 1.2"}},
		"without certificates": {opened(t, secure.Require, f, true), []string{"with a certificate", "with TLS 1.2", "without a certificate"}},
	} {
		t.Run(name, func(t *testing.T) {
			limits := DefaultLimits
			limits.Transfer = time.Second // without TLS, a handshake is the half of some long message
			_, address := lonelyWith(t, c.tls, limits)
			other := dial(t, address)
			if c.tls.Mode() == secure.Require {
				other = other.over(clients["with a certificate"])
			}
			var served []string
			for client, config := range clients {
				conn := dial(t, address)
				if config != nil {
					conn = conn.over(config)
				}
				if _, err := conn.exchange(question); err == nil {
					served = append(served, client)
				}
				other.ask(t, question)
			}
			require.ElementsMatch(t, c.served, served)
		})
	}
}

// A message's first byte is the lowest one of its length, and may be the one with
// which a handshake begins.
func TestPlainMessagesAreNoHandshakes(t *testing.T) {
	a := securetest.New(t)
	_, address := lonelyWith(t, opened(t, secure.Allow, securetest.Write(t, a.Leaf(t), a), false), DefaultLimits)
	for _, length := range []int{0x0116, 0x0216, 0x0316, 0x1616} {
		empty := len(message(bson.D{{Key: "buildInfo", Value: 1}, {Key: "comment", Value: ""}}))
		first := message(bson.D{{Key: "buildInfo", Value: 1}, {Key: "comment", Value: strings.Repeat("x", length-empty)}})
		require.Len(t, first, length)
		require.EqualValues(t, 1, dial(t, address).ask(t, first).Body.Lookup("ok").Double())
	}
}

// clientHello is how a client with TLS begins.
func clientHello(t testing.TB) []byte {
	t.Helper()
	client, server := net.Pipe()
	defer func() { _, _ = client.Close(), server.Close() }()
	go func() {
		_ = tls.Client(client, &tls.Config{ServerName: "localhost", MinVersion: tls.VersionTLS12}).Handshake()
	}()
	hello := make([]byte, 16<<10)
	n, err := server.Read(hello)
	require.NoError(t, err)
	return hello[:n]
}

// beginnings are what clients begin with that never come to an end.
func beginnings(t testing.TB) map[string][]byte {
	t.Helper()
	hello := clientHello(t)
	return map[string][]byte{
		"nothing":                  nil,
		"one byte":                 {0x16},
		"a header":                 hello[:5],
		"half a hello":             hello[:len(hello)/2],
		"a hello":                  hello,
		"two hellos":               append(hello[:len(hello):len(hello)], hello...),
		"alerts":                   bytes.Repeat([]byte{0x15, 3, 1, 0, 2, 2, 0}, 3),
		"a handshake of garbage":   append([]byte{0x16, 3, 1, 0, 0xff, 1}, bytes.Repeat([]byte{0xa5}, 0xff)...),
		"a handshake of no length": {0x16, 3, 1, 0, 0},
		"an endless handshake":     append([]byte{0x16, 3, 3, 0x40, 0, 1, 0xff, 0xff, 0xff}, make([]byte, 0x4000)...),
		"HTTP":                     []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
	}
}

func TestBrokenHandshakesEndTheirConnectionOnly(t *testing.T) {
	a := securetest.New(t)
	f := securetest.Write(t, a.Leaf(t), a)
	limits := DefaultLimits
	limits.Transfer = 300 * time.Millisecond
	for _, mode := range []secure.Mode{secure.Allow, secure.Require} {
		r, address := lonelyWith(t, opened(t, mode, f, true), limits)
		other := dial(t, address).over(securetest.Client(t, nil, a))
		other.ask(t, question)
		for name, first := range beginnings(t) {
			t.Run(string(mode)+"/"+name, func(t *testing.T) {
				c := dial(t, address)
				require.NoError(t, c.SetDeadline(time.Now().Add(20*time.Second)))
				c.send(t, first)
				require.NotErrorIs(t, drained(c), os.ErrDeadlineExceeded, "it was not closed") // alerts may come
				other.ask(t, question)
			})
		}
		open := func() error {
			r.mu.Lock()
			defer r.mu.Unlock()
			if len(r.conns) != 1 {
				return fmt.Errorf("%d connections are open", len(r.conns))
			}
			return nil
		}
		eventually(t, "only the other one is left", open)
	}
}

// A client that is slow to agree holds up neither others nor a stop, and has one of
// the places.
func TestHandshakesUnderWay(t *testing.T) {
	a := securetest.New(t)
	limits := DefaultLimits
	limits.Connections, limits.Own = 2, 0
	_, address, stop := startAs(t, opened(t, secure.Require, securetest.Write(t, a.Leaf(t), a), true), nil, "configReplSet", []string{"127.0.0.1:1"}, limits)
	silent, half := dial(t, address), dial(t, address)
	half.send(t, clientHello(t)[:20])
	third := dial(t, address)
	third.closed(t)
	require.NoError(t, half.Close())
	eventually(t, "its place is free", func() error {
		_, err := dial(t, address).over(securetest.Client(t, nil, a)).exchange(question)
		return err
	})
	begin := time.Now()
	stop()
	require.Less(t, time.Since(begin), limits.Drain)
	silent.closed(t)
}

// FuzzHandshake: whatever a client begins with, its connection ends by itself.
func FuzzHandshake(f *testing.F) {
	for _, first := range beginnings(f) {
		f.Add(first)
	}
	f.Add(question)
	a := securetest.New(f)
	files := securetest.Write(f, a.Leaf(f), a)
	allow, _ := lonelyWith(f, opened(f, secure.Allow, files, false), DefaultLimits)
	demand, _ := lonelyWith(f, opened(f, secure.Require, files, true), DefaultLimits)
	f.Fuzz(func(t *testing.T, first []byte) {
		for _, r := range []*Router{allow, demand} {
			client, server := net.Pipe()
			ended := make(chan error, 1)
			go func() {
				c := newConn(server, 1)
				err := r.serve(t.Context(), c)
				_ = c.Close()
				ended <- err
			}()
			go func() { _ = drained(client) }()
			_, _ = client.Write(first)
			_ = client.Close()
			require.Error(t, <-ended)
		}
	})
}

// drained takes all that comes, and says why no more does.
func drained(c net.Conn) (err error) {
	for err == nil {
		_, err = c.Read(make([]byte, 1<<10))
	}
	return err
}

// inPieces sends each record in two pieces.
type inPieces struct{ net.Conn }

func (c inPieces) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b[:len(b)/2])
	if err != nil {
		return n, err
	}
	time.Sleep(4 * watchAfter)
	k, err := c.Conn.Write(b[n:])
	return n + k, err
}

// The watch over a reading client begins to read the next message, and is
// interrupted, in the middle of a record.
func TestAReadWithTLSDoesNotLoseTheNextMessage(t *testing.T) {
	a := securetest.New(t)
	r, address := lonelyWith(t, opened(t, secure.Require, securetest.Write(t, a.Leaf(t), a), true), DefaultLimits)
	begun, release := held(r)
	cmd := r.table["held"]
	cmd.read = true
	r.table["held"] = cmd
	raw := dial(t, address)
	c := rawClient{inPieces(raw)}.over(securetest.Client(t, nil, a))
	c.ask(t, question)
	c.send(t, message(bson.D{{Key: "held", Value: 1}}))
	<-begun
	time.AfterFunc(2*watchAfter, func() { close(release) })
	c.send(t, question)
	for range 2 {
		_, err := c.receive()
		require.NoError(t, err)
	}
	c.ask(t, question)
}

func TestAReadWithTLSEndsWhenItsClientHangsUp(t *testing.T) {
	a := securetest.New(t)
	r, address := lonelyWith(t, opened(t, secure.Require, securetest.Write(t, a.Leaf(t), a), true), DefaultLimits)
	begun, _ := held(r)
	cmd, ended := r.table["held"], make(chan error, 1)
	run := cmd.run
	cmd.read = true
	cmd.run = func(ctx context.Context, q *request) (bsoncore.Document, error) {
		reply, err := run(ctx, q)
		ended <- err
		return reply, err
	}
	r.table["held"] = cmd
	for _, farewell := range []bool{true, false} {
		raw := dial(t, address)
		c := raw.over(securetest.Client(t, nil, a))
		c.send(t, message(bson.D{{Key: "held", Value: 1}}))
		<-begun
		if farewell {
			require.NoError(t, c.Close())
		} else {
			require.NoError(t, raw.Close())
		}
		require.ErrorIs(t, <-ended, context.Canceled)
	}
}
