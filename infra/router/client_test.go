package router

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/infra/router/cluster"
	"speedscale/infra/router/wire"
)

// rawClient speaks the protocol without a driver.
type rawClient struct{ net.Conn }

func dial(t testing.TB, address string) rawClient {
	t.Helper()
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
	t.Cleanup(func() { _ = c.Close() })
	return rawClient{c}
}

func (c rawClient) send(t testing.TB, message []byte) {
	t.Helper()
	_, err := c.Write(message)
	require.NoError(t, err)
}

func (c rawClient) ask(t testing.TB, message []byte) wire.Message {
	t.Helper()
	m, err := c.exchange(message)
	require.NoError(t, err)
	return m
}

func (c rawClient) exchange(message []byte) (wire.Message, error) {
	if _, err := c.Write(message); err != nil {
		return wire.Message{}, err
	}
	return c.receive()
}

func (c rawClient) receive() (wire.Message, error) {
	header, rest, err := wire.ReadHeader(c)
	if err != nil {
		return wire.Message{}, err
	}
	reply := append(header[:], make([]byte, rest)...)
	if _, err := io.ReadFull(c, reply[wire.HeaderSize:]); err != nil {
		return wire.Message{}, err
	}
	return wire.Parse(reply)
}

// closed says that the router ends the connection.
func (c rawClient) closed(t testing.TB) {
	t.Helper()
	n, err := c.Read(make([]byte, 1))
	require.Error(t, err)
	require.Zero(t, n)
	var failed net.Error
	require.False(t, errors.As(err, &failed) && failed.Timeout(), "still open")
}

// member is one that is only named.
type member struct{ cluster.Node }

func (member) Address() string { return "host:1" }
func (member) SetName() string { return "set" }
