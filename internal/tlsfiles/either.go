package tlsfiles

import (
	"bufio"
	"crypto/tls"
	"net"
	"sync"
)

// Either takes clients with TLS and clients without, on one port: while a server is on
// the way to the one or to the other.
func Either(listener net.Listener, config *tls.Config) net.Listener {
	return either{listener, config}
}

type either struct {
	net.Listener
	config *tls.Config
}

// Accept does not wait for what the client says first: it may say nothing.
func (l either) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &eitherConn{Conn: conn, config: l.config}, nil
}

// handshakeRecord is the first byte of a client that speaks TLS, and of no HTTP request.
const handshakeRecord = 0x16

// eitherConn finds out at the first read what its client speaks. A client speaks first.
type eitherConn struct {
	net.Conn
	config *tls.Config
	first  sync.Once
	spoken net.Conn // after the first read
	failed error
}

func (c *eitherConn) Read(b []byte) (int, error) {
	c.first.Do(c.listen)
	if c.failed != nil {
		return 0, c.failed
	}
	return c.spoken.Read(b)
}

func (c *eitherConn) Write(b []byte) (int, error) {
	c.first.Do(c.listen)
	if c.failed != nil {
		return 0, c.failed
	}
	return c.spoken.Write(b)
}

func (c *eitherConn) listen() {
	in := bufio.NewReader(c.Conn)
	first, err := in.Peek(1)
	if err != nil {
		c.failed = err
		return
	}
	c.spoken = &readFirst{c.Conn, in}
	if first[0] == handshakeRecord {
		c.spoken = tls.Server(c.spoken, c.config)
	}
}

// readFirst is a connection of which a part was read ahead.
type readFirst struct {
	net.Conn
	in *bufio.Reader
}

func (c *readFirst) Read(b []byte) (int, error) { return c.in.Read(b) }
