package main

import (
	"io"
	"net"
	"net/http"
	"sync"
)

const (
	// fullBuffer is what net/http gathers before it writes, in bytes. It writes so much
	// and no more when more is to follow.
	fullBuffer = 4 << 10
	// mostHeld bounds what a connection holds back, in bytes.
	mostHeld = 16 * fullBuffer
)

// oneWrite has connections send an answer by one write, where net/http makes two or more
// of it. Each costs a system call, a packet, and waking up whoever reads. The server's
// ConnState must be sendHeld. It is for HTTP alone: a handshake of TLS ends no answer.
type oneWrite struct{ net.Listener }

func (l oneWrite) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		return &holding{TCPConn: tcp}, err
	}
	return conn, err
}

// holding is a connection that holds back full buffers until what follows them is there.
type holding struct {
	*net.TCPConn
	mu   sync.Mutex
	held []byte
}

func (c *holding) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(p) == fullBuffer && len(c.held) < mostHeld {
		c.held = append(c.held, p...)
		return len(p), nil
	}
	if len(c.held) == 0 {
		return c.TCPConn.Write(p)
	}
	both := net.Buffers{c.held, p}
	c.held = c.held[:0]
	if _, err := both.WriteTo(c.TCPConn); err != nil {
		return 0, err
	}
	return len(p), nil
}

// send sends what is held, unless somebody is just writing.
func (c *holding) send() {
	if !c.mu.TryLock() {
		return
	}
	defer c.mu.Unlock()
	if len(c.held) > 0 {
		_, _ = c.TCPConn.Write(c.held) // if it fails, so does whatever comes next
		c.held = c.held[:0]
	}
}

// Close sends what is held before.
func (c *holding) Close() error {
	c.send()
	return c.TCPConn.Close()
}

// CloseWrite sends what is held before.
func (c *holding) CloseWrite() error {
	c.send()
	return c.TCPConn.CloseWrite()
}

// ReadFrom sends what is held before.
func (c *holding) ReadFrom(r io.Reader) (int64, error) {
	c.send()
	return c.TCPConn.ReadFrom(r)
}

// sendHeld sends what a connection still holds when its answer has ended.
func sendHeld(conn net.Conn, state http.ConnState) {
	if c, ok := conn.(*holding); ok && state == http.StateIdle {
		c.send()
	}
}
