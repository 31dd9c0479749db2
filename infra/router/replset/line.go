package replset

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// Line is a connection to a member that is nobody else's, without the router's
// login: a client can log in over it.
type Line struct{ link *link }

// Dial opens a line.
func (n *Node) Dial(ctx context.Context) (*Line, error) {
	l, err := dial(ctx, n.addr, n.pool.dialer, greet)
	if err != nil {
		return nil, err
	}
	return &Line{l}, nil
}

// Ask sends a command. After an error the line is of no more use.
func (l *Line) Ask(ctx context.Context, cmd bson.D) (bsoncore.Document, error) {
	return l.link.ask(ctx, document(cmd), nil)
}

// Close ends the line, and whatever is asked over it.
func (l *Line) Close() { _ = l.link.Close() }
