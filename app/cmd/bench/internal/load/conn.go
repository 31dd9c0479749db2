// Package load puts a gateway under load and times its answers. It shares the
// machine with what it measures, so its client is as small as it can be: requests
// are bytes that were made beforehand, and of an answer only what counts is read. With the
// least of servers in the same process, a request took 10 µs of processor; with fasthttp's
// client it was 13, with net/http's 40.
package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"time"
)

const (
	dialTimeout   = 5 * time.Second
	answerTimeout = 10 * time.Second
	mostBody      = 16 << 20
)

// Request is a whole HTTP request.
type Request []byte

// Get is the request for a path of the server at base, such as http://127.0.0.1:8000.
func Get(base *url.URL, path string) Request {
	return fmt.Appendf(nil, "GET %s%s HTTP/1.1\r\nHost: %s\r\nAccept: */*\r\nUser-Agent: bench\r\n\r\n", base.Path, path, base.Host)
}

// conn is a kept connection. It is made anew after whatever leaves it unusable.
type conn struct {
	addr string
	net  net.Conn
	in   *bufio.Reader
	body []byte // of the last answer, used again for the next one
}

func newConn(addr string) *conn {
	return &conn{addr: addr, in: bufio.NewReaderSize(nil, 16<<10)}
}

func (c *conn) close() {
	if c.net != nil {
		_ = c.net.Close()
		c.net = nil
	}
}

// do sends a request and reads the answer, whose body is valid until the next one.
func (c *conn) do(ctx context.Context, r Request) (status int, body []byte, err error) {
	if c.net == nil {
		dialer := net.Dialer{Timeout: dialTimeout}
		if c.net, err = dialer.DialContext(ctx, "tcp", c.addr); err != nil {
			c.net = nil
			return 0, nil, err
		}
		c.in.Reset(c.net)
	}
	status, keep, err := c.exchange(r)
	if err != nil || !keep {
		c.close()
	}
	return status, c.body, err
}

func (c *conn) exchange(r Request) (status int, keep bool, err error) {
	if err := c.net.SetDeadline(time.Now().Add(answerTimeout)); err != nil {
		return 0, false, err
	}
	if _, err := c.net.Write(r); err != nil {
		return 0, false, err
	}
	h, err := c.header()
	if err != nil {
		return 0, false, err
	}
	c.body = c.body[:0]
	switch {
	case h.chunked:
		err = c.chunks()
	case h.length >= 0:
		err = c.more(h.length)
	default:
		err = errors.New("the answer has no length")
	}
	return h.status, !h.close, err
}

type header struct {
	status         int
	length         int // -1: not named
	chunked, close bool
}

var (
	contentLength    = []byte("content-length")
	transferEncoding = []byte("transfer-encoding")
	connection       = []byte("connection")
)

func (c *conn) header() (header, error) {
	h := header{length: -1}
	line, err := c.line()
	if err != nil {
		return h, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return h, fmt.Errorf("no HTTP answer: %.40q", line)
	}
	if h.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return h, fmt.Errorf("no HTTP answer: %.40q", line)
	}
	for {
		line, err := c.line()
		if err != nil || len(line) == 0 {
			return h, err
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, contentLength):
			if h.length, err = strconv.Atoi(string(value)); err != nil {
				return h, fmt.Errorf("content-length: %w", err)
			}
		case bytes.EqualFold(name, transferEncoding):
			h.chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, connection):
			h.close = bytes.EqualFold(value, []byte("close"))
		}
	}
}

func (c *conn) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

func (c *conn) chunks() error {
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		size, _, _ := bytes.Cut(line, []byte(";"))
		n, err := strconv.ParseInt(string(size), 16, 32)
		if err != nil {
			return fmt.Errorf("size of a chunk: %w", err)
		}
		if err := c.more(int(n)); err != nil {
			return err
		}
		if _, err := c.line(); err != nil || n == 0 { // no trailers are asked for
			return err
		}
	}
}

// more reads n bytes to the end of the body.
func (c *conn) more(n int) error {
	have := len(c.body)
	if n < 0 || have+n > mostBody {
		return fmt.Errorf("an answer of %d bytes", have+n)
	}
	if cap(c.body) < have+n {
		c.body = append(make([]byte, 0, have+n), c.body...)
	}
	c.body = c.body[:have+n]
	_, err := io.ReadFull(c.in, c.body[have:])
	return err
}
