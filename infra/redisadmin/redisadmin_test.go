package redisadmin_test

import (
	"context"
	"crypto/tls"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"speedscale/infra/redisadmin"
	"speedscale/internal/redisacl"
	"speedscale/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A genuine Redis takes its replaced files over, as they are of one authority and then
// of the next, and keeps its clients.
func TestARunningRedisUsesReplacedFiles(t *testing.T) {
	before, after := testenv.NewAuthority(t, "before"), testenv.NewAuthority(t, "after")
	files := testenv.NewTLS(t, before)
	redis := files.LockedRedis(t)
	order := func(authorities, password string) error {
		return redisadmin.RotateCertificates(t.Context(), redisadmin.Server{
			Dial: func(ctx context.Context) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "tcp", redis.Addr())
			},
			Host: "127.0.0.1", Authorities: authorities, Password: password,
		})
	}
	admin := testenv.RedisPassword(redisacl.Admin)
	require.Equal(t, "before", issuer(t, redis.Addr()))
	require.ErrorContains(t, order(before.PEM, "wrong"), "WRONGPASS")
	require.ErrorContains(t, order(after.PEM, admin), "unknown authority")

	testenv.Replace(t, files.AuthorityFile, after.PEM+before.PEM)
	require.NoError(t, order(before.PEM, admin))
	testenv.Replace(t, files.CertificateFile, after.Certificate(t))
	require.NoError(t, order(before.PEM, admin))
	require.Equal(t, "after", issuer(t, redis.Addr()))
	require.NoError(t, order(after.PEM, admin))

	testenv.Replace(t, files.CertificateFile, "half a certificate")
	require.ErrorContains(t, order(after.PEM, admin), "Unable to update TLS configuration")
	require.Equal(t, "after", issuer(t, redis.Addr()), "it keeps what it has")
}

// issuer is the name of the authority that signed the certificate of the server.
func issuer(t *testing.T, addr string) string {
	t.Helper()
	conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // it is only looked at
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	leaf := conn.ConnectionState().PeerCertificates[0]
	return leaf.Issuer.CommonName
}
