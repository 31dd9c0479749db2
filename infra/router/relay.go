package router

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/auth"
	"speedscale/infra/router/replset"
)

const (
	maxRelays = 200              // connections to the config servers for logins under way
	relayTime = 30 * time.Second // and how long one may take
)

// relay is a login under way: a connection to the config servers' primary that is
// the client's alone.
type relay struct {
	who  auth.Name
	line *replset.Line
	end  context.CancelFunc
}

// relays are the logins under way, the oldest first.
type relays struct {
	mu   sync.Mutex
	open []*relay
}

func (r *Router) relayTo(who auth.Name) (*relay, error) {
	primary, err := r.cluster.Config.Primary()
	if err != nil {
		return nil, failure(codeHostUnreachable, "the config servers cannot check a login: %v", err)
	}
	return r.logins.relays.begin(primary, who)
}

// begin opens a relay. When there are too many it ends the oldest one: a login
// takes a moment, so that one is of a client that does not go on.
func (rs *relays) begin(to *replset.Node, who auth.Name) (*relay, error) {
	life, end := context.WithTimeout(context.Background(), relayTime)
	one := &relay{who: who, end: end}
	rs.add(one)
	context.AfterFunc(life, func() { rs.remove(one) })
	line, err := to.Dial(life)
	if err != nil {
		end()
		return nil, failure(codeHostUnreachable, "the config servers cannot check a login: %v", err)
	}
	one.line = line
	context.AfterFunc(life, line.Close)
	return one, nil
}

func (rs *relays) add(one *relay) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if len(rs.open) >= maxRelays {
		rs.open[0].end()
		rs.open = rs.open[1:]
	}
	rs.open = append(rs.open, one)
}

func (rs *relays) remove(one *relay) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.open = slices.DeleteFunc(rs.open, func(other *relay) bool { return other == one })
}

func (rs *relays) count() int {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return len(rs.open)
}

func (r *relay) ask(ctx context.Context, cmd bson.D) (bsoncore.Document, error) {
	reply, err := r.line.Ask(ctx, cmd)
	if err != nil {
		return nil, failure(codeHostUnreachable, "a login has ended before it was complete: the config server is lost, or it took longer than %s", relayTime)
	}
	return reply, nil
}
