package replset

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/auth"
	"speedscale/infra/router/wire"
)

// Node is a member of a set.
type Node struct {
	addr, set string
	pool      *pool
	look      func() // has the watch look at the member at once
	asRouter  *Node  // the same member, over connections of another kind
}

func newNode(addr, set string, d dialer, member *auth.Membership, look func()) *Node {
	return &Node{
		addr: addr, set: set, pool: newPool(addr, d, loggedIn(greet, member)), look: look,
		asRouter: &Node{addr: addr, set: set, pool: newPool(addr, d, loggedIn(greetAsRouter, member)), look: look},
	}
}

// AsRouter is the member for commands that carry the versions of what they are
// about: to it, whoever sends them is a part of the cluster.
func (n *Node) AsRouter() *Node { return n.asRouter }

// pools are all connections to the member.
func (n *Node) pools() []*pool { return []*pool{n.pool, n.asRouter.pool} }

// Address is the member's "host:port".
func (n *Node) Address() string { return n.addr }

// SetName is the set that it is a member of.
func (n *Node) SetName() string { return n.set }

// ErrNotSent marks a failure before the command had left as a whole: it can be
// repeated whatever it does.
var ErrNotSent = errors.New("not sent")

// Run sends a command and returns the reply, which may be a refusal
// ({ok: 0}). An error means that no reply came; unless it is ErrNotSent, the
// command may have been carried out. The deadline of ctx bounds the whole.
func (n *Node) Run(ctx context.Context, body bsoncore.Document, sequences []wire.Sequence) (bsoncore.Document, error) {
	l, err := n.pool.get(ctx)
	if err != nil {
		n.doubt(err)
		return nil, fmt.Errorf("%w to %s: %w", ErrNotSent, n.addr, err)
	}
	reply, err := l.ask(ctx, body, sequences)
	n.pool.put(l, err == nil)
	if err != nil {
		n.doubt(err)
		return nil, fmt.Errorf("%s: %w", n.addr, err)
	}
	if !OK(reply) && slices.Contains(moved, code(reply)) {
		n.look()
	}
	return reply, nil
}

// doubt is for a connection that failed by itself: the others may be dead too.
func (n *Node) doubt(err error) {
	if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		n.pool.clear()
		n.look()
	}
}

// moved are refusals that say that the set has changed: NotWritablePrimary and
// its kin, a shutdown, a step down.
var moved = []int32{10107, 13435, 13436, 11600, 11602, 91, 189}

func code(reply bsoncore.Document) int32 {
	n, _ := reply.Lookup("code").AsInt32OK()
	return n
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
