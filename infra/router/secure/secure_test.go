package secure_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"speedscale/infra/router/secure"
	"speedscale/infra/router/secure/securetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestModes(t *testing.T) {
	for _, name := range []string{"disabled", "allowTLS", "preferTLS", "requireTLS"} {
		mode, err := secure.ParseMode(name)
		require.NoError(t, err)
		require.Equal(t, secure.Mode(name), mode)
	}
	_, err := secure.ParseMode("requiretls")
	require.ErrorContains(t, err, "--tlsMode requiretls: must be disabled, allowTLS, preferTLS or requireTLS")
	require.Equal(t, secure.Disabled, (*secure.TLS)(nil).Mode())
}

// split takes a leaf's certificate and its key apart.
func split(leaf []byte) (certificate, key []byte) {
	i := bytes.Index(leaf, []byte("-----BEGIN PRIVATE KEY"))
	return leaf[:i:i], leaf[i:]
}

func TestWrongFiles(t *testing.T) {
	a := securetest.New(t)
	leaf := a.Leaf(t)
	certificate, _ := split(leaf)
	_, stranger := split(a.Leaf(t))
	for name, c := range map[string]struct {
		leaf, authorities []byte
		want              []string
	}{
		"no certificate":       {nil, a.PEM, []string{"--tlsCertificateKeyFile", "server.pem", "its private key"}},
		"garbage":              {[]byte("garbage"), a.PEM, []string{"--tlsCertificateKeyFile", "server.pem"}},
		"no key":               {certificate, a.PEM, []string{"--tlsCertificateKeyFile", "server.pem", "rather than a key"}},
		"a key of another":     {append(certificate, stranger...), a.PEM, []string{"--tlsCertificateKeyFile", "server.pem", "does not match"}},
		"expired":              {a.Leaf(t, securetest.Expired), a.PEM, []string{"--tlsCertificateKeyFile", "server.pem", "valid from"}},
		"not yet":              {a.Leaf(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }), a.PEM, []string{"--tlsCertificateKeyFile", "valid from"}},
		"no authority":         {leaf, nil, []string{"--tlsCAFile", "ca.pem", "0 begin"}},
		"a key among them":     {leaf, leaf, []string{"--tlsCAFile", "ca.pem", "PRIVATE KEY"}},
		"the last one is half": {leaf, append(a.PEM[:len(a.PEM):len(a.PEM)], a.PEM[:100]...), []string{"--tlsCAFile", "2 begin, 1 are whole"}},
		"the first one is bad": {leaf, append(bytes.Replace(a.PEM, []byte("MII"), []byte("!II"), 1), a.PEM...), []string{"--tlsCAFile", "2 begin, 1 are whole"}},
		"no certificate in it": {leaf, bytes.Replace(a.PEM, []byte("MII"), []byte("AII"), 1), []string{"--tlsCAFile", "certificate 1 cannot be read"}},
		"both":                 {nil, nil, []string{"--tlsCertificateKeyFile", "--tlsCAFile"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := securetest.Write(t, leaf, a)
			s, err := secure.Open(secure.Require, f, false)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(f.Certificate, c.leaf, 0o600))
			require.NoError(t, os.WriteFile(f.Authority, c.authorities, 0o600))
			_, err = secure.Open(secure.Require, f, false)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
			require.EqualError(t, s.Reload(), err.Error())
			require.NoError(t, meet(t, s, s), "those read before go on")
		})
	}
	_, err := secure.Open(secure.Allow, secure.Files{Certificate: "no/such/file"}, false)
	require.ErrorContains(t, err, "--tlsCertificateKeyFile no/such/file: no such file or directory")
	require.ErrorContains(t, err, "--tlsCAFile: must name a file")
	s, err := secure.Open(secure.Disabled, secure.Files{}, false)
	require.NoError(t, err)
	require.Nil(t, s)
}

// meet has a client and a server exchange a byte, each with its own files.
func meet(t *testing.T, server, client *secure.TLS) error {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	served := make(chan struct{})
	go func() {
		defer close(served)
		nc, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = nc.Close() }()
		if c, err := server.Accept(t.Context(), nc); err == nil {
			_, _ = c.Write([]byte("x"))
			_ = c.Close()
		}
	}()
	defer func() { <-served }()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, err := client.Dial(ctx, l.Addr().String())
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	_, err = c.Read(make([]byte, 1))
	return err
}

func TestWhoTrustsWhom(t *testing.T) {
	a, b := securetest.New(t), securetest.New(t)
	open := func(optional bool, leaf []byte, authorities ...*securetest.Authority) *secure.TLS {
		s, err := secure.Open(secure.Prefer, securetest.Write(t, leaf, authorities...), optional)
		require.NoError(t, err)
		return s
	}
	own := open(false, a.Leaf(t), a)
	require.NoError(t, meet(t, own, own))
	require.NoError(t, meet(t, own, open(false, a.Leaf(t), a)))
	require.NoError(t, meet(t, open(false, b.Leaf(t), b, a), open(false, a.Leaf(t), a, b)), "a bundle")
	under := a.Under(t)
	chain := open(false, under.Leaf(t), a)
	require.NoError(t, meet(t, own, chain), "with one between it and the authority")
	require.NoError(t, meet(t, chain, own))
	certificate, key := split(a.Leaf(t))
	require.NoError(t, meet(t, own, open(false, append(key, certificate...), a)), "in whichever order")
	require.ErrorContains(t, meet(t, open(false, b.Leaf(t), a), own), "unknown authority")
	require.ErrorContains(t, meet(t, open(false, a.Leaf(t, securetest.Elsewhere), a), own), "127.0.0.1")
	require.ErrorContains(t, meet(t, own, open(false, b.Leaf(t), a)), "unknown certificate authority", "the server says so")
	require.ErrorContains(t, meet(t, open(true, a.Leaf(t), a), open(false, b.Leaf(t), a)), "unknown certificate authority", "what is shown is verified")
	serverOnly := func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }
	require.ErrorContains(t, meet(t, own, open(false, a.Leaf(t, serverOnly), a)), "bad certificate", "it is not one for clients")
}

func TestOldVersionsAreRefused(t *testing.T) {
	a := securetest.New(t)
	s, err := secure.Open(secure.Allow, securetest.Write(t, a.Leaf(t), a), true)
	require.NoError(t, err)
	for version, fits := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		one, other := net.Pipe()
		go func() {
			_, _ = s.Accept(t.Context(), one)
			_ = one.Close()
		}()
		config := securetest.Client(t, nil, a)
		config.ServerName, config.MinVersion, config.MaxVersion = "localhost", version, version
		err := tls.Client(other, config).HandshakeContext(t.Context())
		require.Equal(t, fits, err == nil, "%x: %v", version, err)
		require.NoError(t, other.Close())
	}
}
