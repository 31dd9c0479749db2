package replset

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/mnet"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"

	"speedscale/infra/images/mongos/wire"
)

// Node is a member of a set.
type Node struct {
	addr, set string
	server    *topology.SelectedServer
}

// Address is the member's "host:port".
func (n *Node) Address() string { return n.addr }

// SetName is the set that it is a member of.
func (n *Node) SetName() string { return n.set }

// ErrNotSent marks a failure before the command left: it can be repeated
// whatever it does.
var ErrNotSent = errors.New("not sent")

// Run sends a command and returns the reply, which may be a refusal
// ({ok: 0}). An error means that no reply came; unless it is ErrNotSent, the
// command may have been carried out. The deadline of ctx bounds the whole.
func (n *Node) Run(ctx context.Context, body bsoncore.Document, sequences []wire.Sequence) (bsoncore.Document, error) {
	conn, err := n.server.Connection(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w to %s: %w", ErrNotSent, n.addr, err)
	}
	defer func() { _ = conn.Close() }() // back to the pool, unless it broke
	reply, err := exchange(ctx, conn, body, sequences)
	if err != nil {
		n.server.ProcessError(err, conn)
		return nil, fmt.Errorf("%s: %w", n.addr, err)
	}
	if !OK(reply) {
		// A refusal such as NotWritablePrimary says that the set has changed.
		n.server.ProcessError(driver.ExtractErrorFromServerResponse(reply), conn)
	}
	return reply, nil
}

func exchange(ctx context.Context, conn *mnet.Connection, body bsoncore.Document, sequences []wire.Sequence) (bsoncore.Document, error) {
	requestID := wiremessage.NextRequestID()
	if err := conn.Write(ctx, wire.AppendRequest(nil, requestID, body, sequences)); err != nil {
		return nil, err
	}
	raw, err := conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	reply, err := wire.Parse(raw)
	if err == nil && replyTo(raw) != requestID {
		err = fmt.Errorf("reply to request %d instead of %d", replyTo(raw), requestID)
	}
	if err != nil {
		if broken, ok := conn.ReadWriteCloser.(driver.Expirable); ok {
			_ = broken.Expire()
		}
		return nil, err
	}
	return reply.Body, nil
}

func replyTo(raw []byte) int32 {
	_, _, responseTo, _, _, _ := wiremessage.ReadHeader(raw)
	return responseTo
}

// OK says whether a reply is {ok: 1}.
func OK(reply bsoncore.Document) bool {
	value, err := reply.LookupErr("ok")
	if err != nil {
		return false
	}
	ok, isNumber := value.AsFloat64OK()
	if !isNumber {
		n, isInt := value.AsInt64OK()
		return isInt && n == 1
	}
	return ok == 1
}
