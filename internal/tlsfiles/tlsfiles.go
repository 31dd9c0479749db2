// Package tlsfiles speaks TLS with the certificates in files that are replaced while
// the program runs: a new connection uses what a file says by then.
//
// Whoever replaces a file may leave it missing or half written for a moment. Until it
// is whole again, what it last said holds.
package tlsfiles

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Client trusts servers whose certificate is good for the name that they are asked by,
// and comes from an authority in caFile as it is at that moment.
//
// A server that is dialled by its IP address is refused, unless ServerName says under
// which name it has to be known: crypto/tls does not tell a check such an address.
func Client(caFile string) (*tls.Config, error) {
	authorities, err := open(caFile, parseAuthorities)
	if err != nil {
		return nil, fmt.Errorf("authorities to trust: %w", err)
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		// RootCAs cannot change once the configuration is in use, and drivers copy it.
		// So the whole check is VerifyConnection's, which every copy shares.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			if err := verify(state, authorities.now()); err != nil {
				return fmt.Errorf("the server's certificate is not trusted by the authorities in %s: %w", caFile, err)
			}
			return nil
		},
	}, nil
}

// verify is what crypto/tls itself would do.
func verify(state tls.ConnectionState, roots *x509.CertPool) error {
	switch {
	case len(state.PeerCertificates) == 0:
		return errors.New("it sent none")
	case state.ServerName == "":
		return errors.New("it was dialled by its IP address, so there is no name to compare: want a host name, or a ServerName")
	}
	own, others := state.PeerCertificates[0], x509.NewCertPool()
	for _, cert := range state.PeerCertificates[1:] {
		others.AddCert(cert)
	}
	if _, err := own.Verify(x509.VerifyOptions{Roots: roots, Intermediates: others, DNSName: state.ServerName}); err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
	}
	return nil
}

// Server shows the certificate in certificateFile, which holds its private key, too, as
// it is at that moment.
func Server(certificateFile string) (*tls.Config, error) {
	certificate, err := open(certificateFile, parseCertificate)
	if err != nil {
		return nil, fmt.Errorf("certificate to serve with: %w", err)
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return certificate.now(), nil },
	}, nil
}

func parseAuthorities(text []byte) (*x509.CertPool, error) {
	blocks, err := parseBlocks(text)
	if err != nil {
		return nil, err
	}
	pool, found := x509.NewCertPool(), false
	for _, block := range blocks {
		if block.Type != certificateBlock {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		pool.AddCert(cert)
		found = true
	}
	if !found {
		return nil, errors.New("want a certificate in PEM, there is none")
	}
	return pool, nil
}

const certificateBlock = "CERTIFICATE"

func parseCertificate(text []byte) (*tls.Certificate, error) {
	if _, err := parseBlocks(text); err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(text, text)
	if err != nil {
		return nil, fmt.Errorf("want a certificate and its private key in PEM: %w", err)
	}
	return &pair, nil
}

// parseBlocks fails if the last block lacks its end: half of a file may be good PEM,
// but not what was meant.
func parseBlocks(text []byte) (blocks []*pem.Block, err error) {
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		blocks, text = append(blocks, block), rest
	}
	if strings.Contains(string(text), "-----BEGIN") {
		return nil, errors.New("its last part is incomplete")
	}
	return blocks, nil
}
