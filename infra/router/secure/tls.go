// Package secure is TLS as MongoDB's servers have it: its modes, both sides of a
// connection, and certificates that are replaced while the program runs.
package secure

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"sync/atomic"
)

// TLS is safe for concurrent use. nil is the mode Disabled.
type TLS struct {
	mode     Mode
	files    Files
	optional bool
	current  atomic.Pointer[configs]
}

// configs are what the files say, for either side.
type configs struct{ server, client *tls.Config }

// Open reads the files. optional: clients may show no certificate.
func Open(mode Mode, files Files, optional bool) (*TLS, error) {
	if mode == Disabled {
		return nil, nil
	}
	t := &TLS{mode: mode, files: files, optional: optional}
	if err := t.Reload(); err != nil {
		return nil, err
	}
	return t, nil
}

// Mode is how far TLS is demanded.
func (t *TLS) Mode() Mode {
	if t == nil {
		return Disabled
	}
	return t.mode
}

// Reload reads the files again, for the connections to come. After an error those
// read before go on.
func (t *TLS) Reload() error {
	own, trusted, err := t.files.read()
	if err != nil {
		return err
	}
	t.current.Store(&configs{server: serverSide(own, trusted, t.optional), client: clientSide(own, trusted)})
	return nil
}

func serverSide(own tls.Certificate, trusted *x509.CertPool, optional bool) *tls.Config {
	c := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{own},
		ClientCAs:    trusted,
		ClientAuth:   tls.RequireAndVerifyClientCert,
		// A ticket would carry what was trusted once past a new list of authorities.
		SessionTicketsDisabled: true,
	}
	if optional {
		c.ClientAuth = tls.VerifyClientCertIfGiven
	}
	return c
}

func clientSide(own tls.Certificate, trusted *x509.CertPool) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		RootCAs:    trusted,
		// Shown whatever authorities the server names: its refusal says more than
		// that there was none.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil },
	}
}

// Conn is a connection with TLS.
type Conn struct{ *tls.Conn }

// Close sends no farewell: one that does not read would have it wait, and each
// message says its length.
func (c Conn) Close() error { return c.NetConn().Close() }

// Beneath is the connection that carries c, or c itself without TLS.
func Beneath(c net.Conn) net.Conn {
	if secured, ok := c.(Conn); ok {
		return secured.NetConn()
	}
	return c
}

// Accept is the server's side of a handshake over nc.
func (t *TLS) Accept(ctx context.Context, nc net.Conn) (net.Conn, error) {
	c := tls.Server(nc, t.current.Load().server)
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return Conn{c}, nil
}

// Dial connects to a member ("host:port"), with TLS if the mode has the router use
// it. The member must have a certificate for its host.
func (t *TLS) Dial(ctx context.Context, address string) (net.Conn, error) {
	nc, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil || !t.Mode().outgoing() {
		return nc, err
	}
	c, err := t.greet(ctx, nc, address)
	if err != nil {
		_ = nc.Close()
		return nil, err
	}
	return c, nil
}

func (t *TLS) greet(ctx context.Context, nc net.Conn, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	config := t.current.Load().client.Clone()
	config.ServerName = host
	c := tls.Client(nc, config)
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return Conn{c}, nil
}
