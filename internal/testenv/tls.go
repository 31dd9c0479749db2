package testenv

import (
	"crypto/tls"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

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
