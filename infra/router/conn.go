package router

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"speedscale/infra/router/replset"
	"speedscale/infra/router/wire"
)

// conn is a client's connection.
type conn struct {
	net.Conn // with TLS, once that is agreed
	raw      net.Conn
	in       *bufio.Reader
	number   int32
	login    login

	mu      sync.Mutex
	busy    bool
	retired bool
}

func newConn(nc net.Conn, number int32) *conn {
	return &conn{Conn: nc, raw: nc, in: bufio.NewReader(nc), number: number}
}

// Close may be called by anybody, at any time.
func (c *conn) Close() error { return c.raw.Close() }

// retire closes the connection when it is idle.
func (c *conn) retire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.retired = true
	if !c.busy {
		_ = c.Close()
	}
}

// turn says whether the connection goes on as busy or idle.
func (c *conn) turn(busy bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = busy
	return !c.retired || busy
}

// watchAfter is how long a read goes on before anybody looks whether its client
// is still there: most have ended by then.
const watchAfter = 50 * time.Millisecond

// whilePresent is ctx until the client hangs up. stop must be called before
// the next read.
func (c *conn) whilePresent(ctx context.Context) (present context.Context, stop func()) {
	present, cancel := context.WithCancel(ctx)
	watched := make(chan struct{})
	watch := time.AfterFunc(watchAfter, func() {
		defer close(watched)
		if _, err := c.in.Peek(1); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			cancel()
		}
	})
	return present, func() {
		if !watch.Stop() {
			_ = c.SetReadDeadline(time.Unix(1, 0)) // wakes the watch; a broken connection ends it too
			<-watched
			_ = c.SetReadDeadline(time.Time{})
		}
		cancel()
	}
}

// serve answers a client's messages one after another.
func (r *Router) serve(ctx context.Context, c *conn) error {
	if err := r.secure(ctx, c); err != nil {
		return err
	}
	for c.turn(false) {
		header, rest, err := wire.ReadHeader(c.in)
		if err != nil {
			return err
		}
		c.turn(true)
		if err := r.answer(ctx, c, header, rest); err != nil {
			return err
		}
	}
	return nil
}

func (r *Router) answer(ctx context.Context, c *conn, header [wire.HeaderSize]byte, rest int) error {
	var coming *share
	if rest > smallMessage && r.mustLogin(c) {
		return fmt.Errorf("a message of %d bytes before the login", rest)
	}
	if rest > smallMessage {
		coming = r.incoming.begin(func() {
			r.log.Warn("a message does not come on, and others wait for its memory", "client", c.RemoteAddr(), "bytes", rest)
			_ = c.Close()
		})
		defer coming.done()
	}
	if rest > largeMessage {
		defer debug.FreeOSMemory() // before the next one takes as much
	}
	message, err := r.receive(ctx, c, header, rest, coming)
	if err != nil {
		return err
	}
	m, err := wire.Parse(message)
	if err != nil {
		return err
	}
	out := &outgoing{to: c, router: r}
	defer out.done()
	body := r.dispatch(replset.WithGate(ctx, out.take), c, m)
	if m.MoreToCome {
		return nil
	}
	return out.write(m, body)
}

// receive reads the rest of a message whose header has come. A large one takes
// its memory as it comes.
func (r *Router) receive(ctx context.Context, c *conn, header [wire.HeaderSize]byte, rest int, coming *share) ([]byte, error) {
	message := append(make([]byte, 0, wire.HeaderSize+min(rest, smallMessage)), header[:]...)
	for missing := rest; missing > 0; missing = wire.HeaderSize + rest - len(message) {
		if coming != nil && len(message) == cap(message) {
			size := sizeAfter(cap(message), wire.HeaderSize+rest)
			if err := coming.take(ctx, int64(size-cap(message))); err != nil {
				return nil, err
			}
			message = append(make([]byte, 0, size), message...)
		}
		if err := c.SetReadDeadline(time.Now().Add(r.limits.Transfer)); err != nil {
			return nil, err
		}
		part := message[len(message):min(len(message)+smallMessage, cap(message))]
		if _, err := io.ReadFull(c.in, part); err != nil {
			return nil, fmt.Errorf("read a message of %d bytes: %w", wire.HeaderSize+rest, err)
		}
		message = message[:len(message)+len(part)]
		if coming != nil {
			coming.came()
		}
	}
	if coming != nil {
		coming.whole()
	}
	return message, c.SetReadDeadline(time.Time{})
}

// sizeAfter is the step after a size, up to the whole.
func sizeAfter(size, whole int) int {
	for _, step := range steps {
		if step > size {
			return min(step, whole)
		}
	}
	return whole
}
