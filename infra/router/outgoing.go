package router

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"

	"speedscale/infra/router/wire"
)

// outgoing is what a client gets. A large one has its memory from the moment at
// which a member begins to send it until the client has taken it.
type outgoing struct {
	to     *conn
	router *Router
	mu     sync.Mutex // several members may be asked at once
	held   *share
}

// take is asked before so many bytes are read from a member.
func (o *outgoing) take(ctx context.Context, bytes int) error {
	if bytes <= smallMessage {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.held == nil {
		o.held = o.router.outgoing.begin(func() {
			o.router.log.Warn("a client does not take its reply, and others wait for its memory", "client", o.to.RemoteAddr())
			_ = o.to.Close()
		})
		o.held.rest()
	}
	if err := o.held.take(ctx, int64(bytes)); err != nil {
		return err
	}
	o.held.rest()
	return nil
}

func (o *outgoing) write(m wire.Message, body bsoncore.Document) error {
	w := taken{o}
	if o.held != nil {
		o.held.came()
	}
	return wire.WriteReply(w, wiremessage.NextRequestID(), m, body)
}

func (o *outgoing) done() {
	if o.held == nil {
		return
	}
	large := o.held.held > largeMessage
	o.held.done()
	if large {
		debug.FreeOSMemory() // before the next one takes as much
	}
}

// taken writes to the client a part at a time, each in its own time.
type taken struct{ *outgoing }

func (w taken) Write(b []byte) (n int, err error) {
	for n < len(b) || n == 0 {
		if err := w.to.SetWriteDeadline(time.Now().Add(w.router.limits.Transfer)); err != nil {
			return n, err
		}
		part := b[n:min(n+smallMessage, len(b))]
		k, err := w.to.Write(part)
		if n += k; err != nil {
			return n, err
		}
		if w.held != nil {
			w.held.came()
		}
	}
	return n, nil
}
