// Package pki makes the certificates of a stack: an authority of its own, and with it
// a certificate for each server. All keys are ECDSA P-256, all texts PEM.
package pki

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"time"
)

// AuthorityYears is how long an authority is valid.
const AuthorityYears = 10

// backdated is how long before its making a certificate is valid: clocks differ.
const backdated = time.Hour

// NewAuthority makes an authority. name is shown by programs that list whom they
// trust.
func NewAuthority(name string, now time.Time) (certificate, key string, err error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: name, Organization: []string{"SpeedScale"}},
		NotBefore:             now.Add(-backdated),
		NotAfter:              now.AddDate(AuthorityYears, 0, 0),
		IsCA:                  true,
		MaxPathLenZero:        true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	return sign(template, nil)
}

// NewCertificate makes a certificate with which a program serves under the names,
// which may be addresses, and is a client, too. The authority's certificate and key
// are those of NewAuthority.
func NewCertificate(authority, authorityKey string, names []string, days int, now time.Time) (certificate, key string, err error) {
	issuer, err := tls.X509KeyPair([]byte(authority), []byte(authorityKey))
	if err != nil {
		return "", "", fmt.Errorf("the authority's certificate and key: %w", err)
	}
	if len(names) == 0 {
		return "", "", errors.New("a certificate needs a name")
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: names[0], Organization: []string{"SpeedScale"}},
		NotBefore:             now.Add(-backdated),
		NotAfter:              now.AddDate(0, 0, days),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	return sign(template, &issuer)
}

// sign makes a key, and signs the template with the issuer's, or its own if that is
// nil.
func sign(template *x509.Certificate, issuer *tls.Certificate) (certificate, key string, err error) {
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return "", "", err
	}
	parent, signer := template, any(own)
	if issuer != nil {
		parent, signer = issuer.Leaf, issuer.PrivateKey
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, parent, own.Public(), signer)
	if err != nil {
		return "", "", err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		return "", "", err
	}
	return text("CERTIFICATE", signed), text("PRIVATE KEY", secret), nil
}

func text(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// Parse returns the certificates in a text, which must hold one at least. Other
// things in it, such as keys, are skipped.
func Parse(text string) (found []*x509.Certificate, err error) {
	rest := []byte(text)
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		found = append(found, certificate)
	}
	if len(found) == 0 {
		return nil, errors.New("there is no certificate (PEM) in it")
	}
	return found, nil
}

// Split returns the texts of the certificates in a text, one by one.
func Split(several string) (texts []string) {
	for rest := []byte(several); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return texts
		}
		texts = append(texts, string(pem.EncodeToMemory(block)))
	}
}

// Fingerprint tells certificates apart; "" for what is none.
func Fingerprint(certificate string) string {
	found, err := Parse(certificate)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256(found[0].Raw))
}

// Signed tells whether the authority, the first in its text, signed the certificate.
func Signed(authority, certificate string) bool {
	issuer, err := Parse(authority)
	if err != nil {
		return false
	}
	found, err := Parse(certificate)
	return err == nil && found[0].CheckSignatureFrom(issuer[0]) == nil
}

// Expiry returns until when a certificate is valid, and from when it should be
// renewed: for the last third of its life.
func Expiry(certificate string) (renew, end time.Time, err error) {
	found, err := Parse(certificate)
	if err != nil {
		return renew, end, err
	}
	end = found[0].NotAfter
	return end.Add(-end.Sub(found[0].NotBefore) / 3), end, nil
}

// Connect agrees on TLS, as Client says, over a connection to the server. That is closed
// after an error.
func Connect(ctx context.Context, conn net.Conn, authorities, host string) (net.Conn, error) {
	config, err := Client(authorities, host)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("TLS: %w", err), conn.Close())
	}
	return secure, nil
}

// Client is how to connect to a server of the host that has a certificate of one of the
// authorities. It takes one that has expired, too: only so can it be renewed.
func Client(authorities, host string) (*tls.Config, error) {
	roots := x509.NewCertPool()
	found, err := Parse(authorities)
	if err != nil {
		return nil, err
	}
	for _, authority := range found {
		roots.AddCert(authority)
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: host,
		// crypto/tls cannot be told to overlook the date alone, so all is verified here.
		InsecureSkipVerify: true, //nolint:gosec // see VerifyConnection
		VerifyConnection: func(state tls.ConnectionState) error {
			leaf := state.PeerCertificates[0]
			at := time.Now()
			if at.After(leaf.NotAfter) {
				at = leaf.NotAfter
			}
			between := x509.NewCertPool()
			for _, c := range state.PeerCertificates[1:] {
				between.AddCert(c)
			}
			_, err := leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: between, CurrentTime: at})
			return err
		},
	}, nil
}
