package router

import (
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/auth"
	"speedscale/infra/router/cluster"
)

// A mongod closes a cursor that was idle for 10 minutes (cursorTimeoutMillis),
// so what is older needs no memory here.
const (
	cursorTimeout = 10 * time.Minute
	cursorIdle    = cursorTimeout + time.Minute
	maxCursors    = 100_000
)

// cursor is where an open cursor lives: on one member, either MongoDB's router
// code's (routed) or an ordinary one.
type cursor struct {
	set, addr string
	routed    bool
	awaits    bool // data that is still to come
	owner     auth.Name
	ns        string
	used      time.Time
}

type cursors struct {
	mu   sync.Mutex
	open map[int64]cursor
}

// note remembers the cursor that a reply opens, if any, or forgets the one that
// it ends.
func (c *cursors) note(reply bsoncore.Document, node cluster.Node, kind cursor, was int64) {
	id, ok := reply.Lookup("cursor", "id").AsInt64OK()
	if !ok || id == was && id == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if id == 0 {
		delete(c.open, was)
		return
	}
	if len(c.open) >= maxCursors {
		c.sweep()
	}
	if c.open == nil {
		c.open = map[int64]cursor{}
	}
	kind.set, kind.addr, kind.used = node.SetName(), node.Address(), time.Now()
	kind.ns, _ = reply.Lookup("cursor", "ns").StringValueOK()
	c.open[id] = kind
}

// sweep drops idle cursors; if all are in use, those of the map's choice, for
// no client may take more memory than that.
func (c *cursors) sweep() {
	for id, cur := range c.open {
		if time.Since(cur.used) > cursorIdle {
			delete(c.open, id)
		}
	}
	for id := range c.open {
		if len(c.open) < maxCursors*9/10 {
			return
		}
		delete(c.open, id)
	}
}

func (c *cursors) find(id int64) (cursor, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cur, ok := c.open[id]
	return cur, ok
}

func (c *cursors) drop(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, id)
}

func (c *cursors) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open)
}
