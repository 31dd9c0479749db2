package pki

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func TestACertificateIsGoodForItsNamesOnly(t *testing.T) {
	authority, key, err := NewAuthority("a stack", now)
	require.NoError(t, err)
	certificate, own, err := NewCertificate(authority, key, []string{"mongos", "localhost", "127.0.0.1", "::1"}, 90, now)
	require.NoError(t, err)
	_, err = tls.X509KeyPair([]byte(certificate+own), []byte(certificate+own))
	require.NoError(t, err, "one file has both")
	require.True(t, Signed(authority, certificate))

	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM([]byte(authority)))
	found, err := Parse(certificate + own)
	require.NoError(t, err)
	for name, good := range map[string]bool{"mongos": true, "127.0.0.1": true, "::1": true, "redis": false, "127.0.0.2": false} {
		for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
			_, err := found[0].Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{usage}})
			require.Equal(t, good, err == nil, "%s: %v", name, err)
		}
	}
	require.Equal(t, []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback}, found[0].IPAddresses)
}

func TestAnotherAuthorityDidNotSignIt(t *testing.T) {
	first, key, err := NewAuthority("a stack", now)
	require.NoError(t, err)
	second, _, err := NewAuthority("a stack", now)
	require.NoError(t, err)
	certificate, _, err := NewCertificate(first, key, []string{"mongos"}, 90, now)
	require.NoError(t, err)
	require.False(t, Signed(second, certificate))
	require.False(t, Signed(second+first, certificate), "only the first counts")
	require.True(t, Signed(first+second, certificate))
	require.Equal(t, []string{first, second}, Split(first+second))
	require.Empty(t, Split("no certificate"))
	require.NotEqual(t, Fingerprint(first), Fingerprint(second))
	require.Equal(t, Fingerprint(first), Fingerprint(first+second))
	require.Empty(t, Fingerprint("no certificate"))
}

func TestACertificateIsRenewedInTheLastThirdOfItsLife(t *testing.T) {
	authority, key, err := NewAuthority("a stack", now)
	require.NoError(t, err)
	certificate, _, err := NewCertificate(authority, key, []string{"mongos"}, 90, now)
	require.NoError(t, err)
	renew, end, err := Expiry(certificate)
	require.NoError(t, err)
	require.Equal(t, now.AddDate(0, 0, 90), end)
	require.WithinDuration(t, now.AddDate(0, 0, 60), renew, time.Hour)
}

func TestWhatIsNoCertificateIsRefused(t *testing.T) {
	authority, key, err := NewAuthority("a stack", now)
	require.NoError(t, err)
	for _, text := range []string{"", "x", key, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"} {
		_, err := Parse(text)
		require.Error(t, err, text)
		require.False(t, Signed(authority, text))
	}
	_, _, err = NewCertificate(authority, key, nil, 90, now)
	require.EqualError(t, err, "a certificate needs a name")
	_, _, err = NewCertificate(authority, "no key", []string{"mongos"}, 90, now)
	require.ErrorContains(t, err, "the authority's certificate and key")
}
