package testenv

import (
	"crypto/tls"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/internal/secretfile"
)

// TLS is the folder of a server that speaks TLS, with the two files that a container
// of the stack has.
type TLS struct{ AuthorityFile, CertificateFile string }

// NewTLS writes a certificate by the authority, for this host.
func NewTLS(t testing.TB, authority *Authority) TLS {
	t.Helper()
	dir := t.TempDir()
	files := TLS{filepath.Join(dir, secretfile.Authorities), filepath.Join(dir, secretfile.Certificate)}
	Replace(t, files.AuthorityFile, authority.PEM)
	Replace(t, files.CertificateFile, authority.Certificate(t))
	return files
}

// Mongod are the flags of a mongod that speaks nothing else.
func (f TLS) Mongod() []string {
	return []string{
		"--tlsMode", "requireTLS", "--tlsCertificateKeyFile", f.CertificateFile, "--tlsCAFile", f.AuthorityFile,
		"--tlsAllowConnectionsWithoutCertificates",
	}
}

// LockedRedis is a LockedRedis that speaks nothing else.
func (f TLS) LockedRedis(t testing.TB) *Process {
	t.Helper()
	port := FreePort(t)
	return startRedis(
		t, port, RedisUsers(t), ping, "--port", "0", "--tls-port", strconv.Itoa(port), "--tls-cert-file", f.CertificateFile,
		"--tls-key-file", f.CertificateFile, "--tls-ca-cert-file", f.AuthorityFile, "--tls-auth-clients", "no",
	)
}

// anybody is for those who wait for a server: whom clients trust, tests say.
var anybody = &tls.Config{InsecureSkipVerify: true}

// withTLS has a client speak TLS if args have the mongod ask for it. It shows the
// mongod's own certificate and takes any: tests may start one with a wrong one.
func withTLS(t testing.TB, opts *options.ClientOptions, args []string) *options.ClientOptions {
	t.Helper()
	i := slices.Index(args, "requireTLS")
	if i < 0 {
		return opts
	}
	path := args[slices.Index(args, "--tlsCertificateKeyFile")+1]
	own, err := tls.LoadX509KeyPair(path, path)
	if err != nil {
		t.Fatalf("read the mongod's certificate: %v", err)
	}
	return opts.SetTLSConfig(&tls.Config{Certificates: []tls.Certificate{own}, InsecureSkipVerify: true}) //nolint:gosec // see above
}
