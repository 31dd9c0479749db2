package secure

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Files are where the certificates are.
type Files struct {
	Certificate string // one's own with its private key, and those between it and the authority
	Authority   string // the authorities to trust
}

// The flags that name the files, for errors.
const (
	certificateFlag = "--tlsCertificateKeyFile"
	authorityFlag   = "--tlsCAFile"
)

func (f Files) read() (own tls.Certificate, trusted *x509.CertPool, err error) {
	own, ownErr := about(certificateFlag, f.Certificate, readCertificate)
	trusted, trustedErr := about(authorityFlag, f.Authority, readAuthorities)
	return own, trusted, errors.Join(ownErr, trustedErr)
}

// about reads a file, and has an error name it and its flag.
func about[T any](flag, path string, read func([]byte) (T, error)) (found T, err error) {
	if path == "" {
		return found, fmt.Errorf("%s: must name a file, for TLS is asked for", flag)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator names it
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
		err = failed.Err // the path is said anyway
	}
	if err == nil {
		found, err = read(text)
	}
	if err != nil {
		return found, fmt.Errorf("%s %s: %w", flag, path, err)
	}
	return found, nil
}

func readCertificate(text []byte) (tls.Certificate, error) {
	own, err := tls.X509KeyPair(text, text)
	if err != nil {
		return own, fmt.Errorf("it must hold a certificate, those that vouch for it, and its private key, all in PEM: %w", err)
	}
	return own, valid(own.Leaf, time.Now())
}

func valid(leaf *x509.Certificate, now time.Time) error {
	if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return fmt.Errorf("its certificate is valid from %s to %s only", leaf.NotBefore.Format(time.RFC3339), leaf.NotAfter.Format(time.RFC3339))
	}
	return nil
}

// readAuthorities takes no part of a bundle for the whole: while authorities are
// replaced, each of them is needed.
func readAuthorities(text []byte) (*x509.CertPool, error) {
	pool, found := x509.NewCertPool(), 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("it must hold certificates alone, and has a %s", block.Type)
		}
		authority, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d cannot be read: %w", found+1, err)
		}
		pool.AddCert(authority)
		found++
	}
	if begun := bytes.Count(text, []byte("-----BEGIN ")); found == 0 || found < begun {
		return nil, fmt.Errorf("it must hold certificates in PEM: %d begin, %d are whole", begun, found)
	}
	return pool, nil
}
