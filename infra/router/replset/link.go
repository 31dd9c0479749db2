package replset

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"

	"speedscale/infra/router/auth"
	"speedscale/infra/router/secure"
	"speedscale/infra/router/wire"
)

const (
	smallMessage = 32 * 1024 // bytes; written in one piece
	maxReply     = 64 << 20  // bytes; mongods send up to 48 MB
)

// link is a connection to a member.
type link struct {
	net.Conn
	in    *bufio.Reader
	out   []byte
	since time.Time // idle since
}

// greeting is the first thing that is said on each connection. The name shows in
// the members' logs and in currentOp.
var greeting = bson.D{
	{Key: "hello", Value: 1},
	{Key: "client", Value: bson.D{
		{Key: "application", Value: bson.D{{Key: "name", Value: "mongos"}}},
		{Key: "driver", Value: bson.D{{Key: "name", Value: "embedded router"}, {Key: "version", Value: "1"}}},
		{Key: "os", Value: bson.D{{Key: "type", Value: "Linux"}}},
	}},
	{Key: "$db", Value: "admin"},
}

// greeter says what is said first on a connection.
type greeter func(context.Context, *link) error

// greet says hello, to be known in the members' logs.
func greet(ctx context.Context, l *link) error {
	_, err := l.hello(ctx, greeting)
	return err
}

// greetAsRouter says hello as a mongos does: as a part of the cluster, of the
// member's own version. To anybody else a shard answers as if it were alone: what
// a pipeline looks up in another collection it would look for on itself only.
func greetAsRouter(ctx context.Context, l *link) error {
	reply, err := l.hello(ctx, greeting)
	if err != nil {
		return err
	}
	version, ok := reply.Lookup("maxWireVersion").AsInt32OK()
	if !ok {
		return fmt.Errorf("hello names no maxWireVersion: %s", reply)
	}
	_, err = l.hello(ctx, bson.D{
		{Key: "hello", Value: 1},
		{Key: "internalClient", Value: bson.D{{Key: "minWireVersion", Value: version}, {Key: "maxWireVersion", Value: version}}},
		{Key: "$db", Value: "admin"},
	})
	return err
}

func (l *link) hello(ctx context.Context, words bson.D) (bsoncore.Document, error) {
	reply, err := l.ask(ctx, document(words), nil)
	if err == nil && !OK(reply) {
		err = fmt.Errorf("hello was answered by %s", reply)
	}
	return reply, err
}

// document encodes what the router itself wrote.
func document(d bson.D) bsoncore.Document {
	b, err := bson.Marshal(d)
	if err != nil {
		panic(fmt.Sprintf("a document of the router's own cannot be encoded: %v", err))
	}
	return b
}

// loggedIn is a greeting after which the router logs in, if it is a member.
func loggedIn(greet greeter, member *auth.Membership) greeter {
	if member == nil {
		return greet
	}
	return func(ctx context.Context, l *link) error {
		if err := greet(ctx, l); err != nil {
			return err
		}
		return member.Login(ctx, func(ctx context.Context, cmd bson.D) (bsoncore.Document, error) {
			return l.ask(ctx, document(cmd), nil)
		})
	}
}

// dialer makes all connections to members, those of the watch as well.
type dialer struct{ tls *secure.TLS }

// DialContext is how the driver calls it.
func (d dialer) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	return d.tls.Dial(ctx, address)
}

// dial connects to a member, and greets it.
func dial(ctx context.Context, address string, d dialer, greet greeter) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	nc, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	l := &link{Conn: nc, in: bufio.NewReaderSize(nc, 8*1024)}
	if err := greet(ctx, l); err != nil {
		_ = nc.Close()
		return nil, err
	}
	return l, nil
}

// ask sends a command and waits for the reply. ErrNotSent: the member cannot
// have received all of it. After any error the connection must be closed.
func (l *link) ask(ctx context.Context, body bsoncore.Document, sequences []wire.Sequence) (reply bsoncore.Document, err error) {
	deadline, _ := ctx.Deadline() // none: no deadline
	if err := l.SetDeadline(deadline); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = l.SetDeadline(time.Unix(1, 0)) })
	defer func() {
		if !stop() && err == nil {
			err = ctx.Err()
		}
		err = because(ctx, err)
	}()
	id := wiremessage.NextRequestID()
	if err := l.write(id, body, sequences); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	return l.read(ctx, id)
}

// because names the context's end as the reason where it is.
func because(ctx context.Context, err error) error {
	reason := ctx.Err()
	if reason == nil && errors.Is(err, os.ErrDeadlineExceeded) {
		reason = context.DeadlineExceeded // the connection's clock was first
	}
	if err == nil || reason == nil || errors.Is(err, reason) {
		return err
	}
	return fmt.Errorf("%w: %w", reason, err)
}

func (l *link) write(id int32, body bsoncore.Document, sequences []wire.Sequence) error {
	if wire.RequestSize(body, sequences) > smallMessage {
		return wire.WriteRequest(l.Conn, id, body, sequences)
	}
	l.out = wire.AppendRequest(l.out[:0], id, body, sequences)
	_, err := l.Write(l.out)
	return err
}

func (l *link) read(ctx context.Context, id int32) (bsoncore.Document, error) {
	head, err := l.in.Peek(wire.HeaderSize)
	if err != nil {
		return nil, fmt.Errorf("no reply: %w", err)
	}
	size, to := int32(binary.LittleEndian.Uint32(head)), int32(binary.LittleEndian.Uint32(head[8:]))
	switch {
	case size < wire.HeaderSize || size > maxReply:
		return nil, fmt.Errorf("a reply of %d bytes", size)
	case to != id:
		return nil, fmt.Errorf("reply to request %d instead of %d", to, id)
	}
	if err := askGate(ctx, int(size)); err != nil {
		return nil, err
	}
	raw := make([]byte, size)
	if _, err := io.ReadFull(l.in, raw); err != nil {
		return nil, fmt.Errorf("a part of the reply: %w", err)
	}
	reply, err := wire.ParseReply(raw)
	return reply.Body, err
}

// stands says whether an idle connection is still open: a member that ended
// has closed it, and what is sent now might be lost without a trace. Under TLS a
// farewell may have come; a mongod sends nothing else there unasked.
func (l *link) stands() bool {
	if l.in.Buffered() > 0 || l.SetDeadline(time.Time{}) != nil {
		return false
	}
	sc, ok := secure.Beneath(l.Conn).(syscall.Conn)
	if !ok {
		return false
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	quiet := false
	err = rc.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = errors.Is(err, syscall.EAGAIN)
		return true
	})
	return err == nil && quiet
}

// Gate is asked before a reply of so many bytes is read. What it returns ends
// the command.
type Gate func(ctx context.Context, bytes int) error

type gateKey struct{}

// WithGate has gate asked for the replies to all commands sent with the context.
func WithGate(ctx context.Context, gate Gate) context.Context {
	return context.WithValue(ctx, gateKey{}, gate)
}

func askGate(ctx context.Context, bytes int) error {
	if gate, ok := ctx.Value(gateKey{}).(Gate); ok {
		return gate(ctx, bytes)
	}
	return nil
}
