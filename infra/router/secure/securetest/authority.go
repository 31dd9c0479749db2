// Package securetest makes certificates for tests.
package securetest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/infra/router/secure"
	"speedscale/internal/secretfile"
)

// Authority signs certificates.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	PEM         []byte
	between     []byte // what leads from a leaf to whom others trust
}

// New is an authority of its own.
func New(t testing.TB) *Authority {
	t.Helper()
	template, key := newAuthority(t), newKey(t)
	a := &Authority{key: key}
	a.certificate, a.PEM = sign(t, template, template, key, key)
	return a
}

// Under is an authority that this one vouches for.
func (a *Authority) Under(t testing.TB) *Authority {
	t.Helper()
	under := &Authority{key: newKey(t)}
	under.certificate, under.PEM = sign(t, newAuthority(t), a.certificate, under.key, a.key)
	under.between = append(under.PEM[:len(under.PEM):len(under.PEM)], a.between...)
	return under
}

func newAuthority(t testing.TB) *x509.Certificate {
	t.Helper()
	template := newTemplate(t, "an authority of tests "+rand.Text())
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	return template
}

// Leaf is a certificate, those between it and its authority, and its private key in
// PEM, for localhost and its addresses; change may make it another.
func (a *Authority) Leaf(t testing.TB, change ...func(*x509.Certificate)) []byte {
	t.Helper()
	template := newTemplate(t, "localhost")
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	template.DNSNames, template.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	for _, do := range change {
		do(template)
	}
	key := newKey(t)
	_, certificate := sign(t, template, a.certificate, key, a.key)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return slices.Concat(certificate, a.between, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// Elsewhere makes a leaf one for another host.
func Elsewhere(c *x509.Certificate) {
	c.DNSNames, c.IPAddresses = []string{"elsewhere.example"}, nil
}

// Expired makes a leaf one whose time is over.
func Expired(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }

// Write writes both files into a new folder.
func Write(t testing.TB, leaf []byte, authorities ...*Authority) secure.Files {
	t.Helper()
	dir := t.TempDir()
	f := secure.Files{Certificate: filepath.Join(dir, secretfile.Certificate), Authority: filepath.Join(dir, secretfile.Authorities)}
	Replace(t, f, leaf, authorities...)
	return f
}

// Replace writes other files in place of those.
func Replace(t testing.TB, f secure.Files, leaf []byte, authorities ...*Authority) {
	t.Helper()
	require.NoError(t, os.WriteFile(f.Certificate, leaf, 0o600))
	require.NoError(t, os.WriteFile(f.Authority, bundle(authorities), 0o600))
}

// Client is what a client uses that has a leaf of its own, or none if it is nil.
func Client(t testing.TB, leaf []byte, authorities ...*Authority) *tls.Config {
	t.Helper()
	c := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool()}
	c.RootCAs.AppendCertsFromPEM(bundle(authorities))
	if leaf != nil {
		own, err := tls.X509KeyPair(leaf, leaf)
		require.NoError(t, err)
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil }
	}
	return c
}

func bundle(authorities []*Authority) []byte {
	var parts [][]byte
	for _, a := range authorities {
		parts = append(parts, a.PEM)
	}
	return bytes.Join(parts, nil)
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

func newTemplate(t testing.TB, name string) *x509.Certificate {
	t.Helper()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	require.NoError(t, err)
	now := time.Now()
	return &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name, Organization: []string{"SpeedScale"}}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
}

func sign(t testing.TB, template, parent *x509.Certificate, key, by *ecdsa.PrivateKey) (*x509.Certificate, []byte) {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
	require.NoError(t, err)
	made, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return made, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
