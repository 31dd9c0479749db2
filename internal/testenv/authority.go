package testenv

import (
	"os"
	"testing"
	"time"

	"speedscale/infra/pki"
)

// Authority signs the certificates of a test's servers.
type Authority struct {
	PEM string // its own certificate, as clients get it
	key string
}

// NewAuthority makes one that nobody trusts yet.
func NewAuthority(t testing.TB, name string) *Authority {
	t.Helper()
	certificate, key, err := pki.NewAuthority(name, time.Now())
	if err != nil {
		t.Fatalf("make an authority: %v", err)
	}
	return &Authority{certificate, key}
}

// Certificate is a server's certificate and its private key in one text, for names and
// addresses: this host's own, if there are none.
func (a *Authority) Certificate(t testing.TB, names ...string) string {
	t.Helper()
	return a.CertificateUntil(t, time.Now().AddDate(0, 0, 1), names...)
}

// CertificateUntil is a Certificate that ends then, a day after it began.
func (a *Authority) CertificateUntil(t testing.TB, end time.Time, names ...string) string {
	t.Helper()
	if len(names) == 0 {
		names = []string{"localhost", "127.0.0.1", "::1"}
	}
	certificate, key, err := pki.NewCertificate(a.PEM, a.key, names, 1, end.AddDate(0, 0, -1))
	if err != nil {
		t.Fatalf("make a certificate: %v", err)
	}
	return certificate + key
}

// Replace writes a file that a running program has to read again.
func Replace(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatalf("replace a file: %v", err)
	}
}
