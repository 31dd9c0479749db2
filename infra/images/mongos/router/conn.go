package router

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"

	"speedscale/infra/images/mongos/wire"
)

// conn is a client's connection.
type conn struct {
	net.Conn
	number int32

	mu      sync.Mutex
	busy    bool
	retired bool
}

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

// serve answers a client's messages one after another.
func (r *Router) serve(ctx context.Context, c *conn) error {
	for c.turn(false) {
		header, rest, err := wire.ReadHeader(c)
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
	if rest > smallRequest {
		if err := r.memory.Acquire(ctx, int64(rest)); err != nil {
			return fmt.Errorf("wait for memory: %w", err)
		}
		defer r.memory.Release(int64(rest))
	}
	message := make([]byte, wire.HeaderSize+rest)
	copy(message, header[:])
	if err := c.SetReadDeadline(time.Now().Add(r.limits.Transfer)); err != nil {
		return err
	}
	if _, err := io.ReadFull(c, message[wire.HeaderSize:]); err != nil {
		return fmt.Errorf("read a message of %d bytes: %w", len(message), err)
	}
	if err := c.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	m, err := wire.Parse(message)
	if err != nil {
		return err
	}
	reply := r.dispatch(ctx, c, m)
	if m.MoreToCome {
		return nil
	}
	if err := c.SetWriteDeadline(time.Now().Add(r.limits.Transfer)); err != nil {
		return err
	}
	_, err = c.Write(wire.AppendReply(make([]byte, 0, len(reply)+64), wiremessage.NextRequestID(), m, reply))
	return err
}
