package mongoadmin_test

import (
	"context"
	"crypto/tls"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/infra/mongoadmin"
	"speedscale/infra/pki"
	"speedscale/internal/testenv"
)

// files are those of one mongod, as a container has them.
type files struct{ dir string }

func (f files) path(name string) string { return filepath.Join(f.dir, name) }

func (f files) write(t *testing.T, name, text string) {
	require.NoError(t, os.WriteFile(f.path(name), []byte(text), 0o400))
}

func (f files) replace(t *testing.T, name, text string) {
	require.NoError(t, os.Remove(f.path(name)))
	f.write(t, name, text)
}

// read finds them by the paths that they have in a container.
func (f files) read(_ context.Context, _, path string) ([]byte, error) {
	return os.ReadFile(f.path(filepath.Base(path)))
}

func (f files) options(mode string) []string {
	return []string{
		"--replSet", "c1", "--keyFile", f.path("keyfile"), "--setParameter", "enableLocalhostAuthBypass=false",
		"--tlsMode", mode, "--tlsCertificateKeyFile", f.path("server.pem"), "--tlsCAFile", f.path("ca.pem"), "--tlsAllowConnectionsWithoutCertificates",
	}
}

type authority struct{ certificate, key string }

func newAuthority(t *testing.T) (a authority) {
	var err error
	a.certificate, a.key, err = pki.NewAuthority(t.Name(), time.Now())
	require.NoError(t, err)
	return a
}

func (a authority) server(t *testing.T, days int) string {
	certificate, key, err := pki.NewCertificate(a.certificate, a.key, []string{"localhost", "127.0.0.1"}, days, time.Now())
	require.NoError(t, err)
	return certificate + key
}

func newFiles(t *testing.T, a authority) files {
	f := files{t.TempDir()}
	f.write(t, "keyfile", key)
	f.write(t, "ca.pem", a.certificate)
	f.write(t, "server.pem", a.server(t, 90))
	return f
}

func TestServersAreEnteredByTLS(t *testing.T) {
	t.Parallel()
	onEachRelease(t, func(t *testing.T, r testenv.Release) {
		for _, mode := range []string{"allowTLS", "preferTLS", "requireTLS"} {
			t.Run(mode, func(t *testing.T) {
				f := newFiles(t, newAuthority(t))
				admin := mongoadmin.NewMongo(mongoadmin.TCP, f.read)
				t.Cleanup(func() { require.NoError(t, admin.Close()) })
				userContract(t, cluster{admin: admin, version: r.Version}, start(t, r, 1, f.options(mode)...)[0])
			})
		}
	})
}

// Certificates, and then the authority, are replaced while the mongod runs.
func TestCertificatesAreRotated(t *testing.T) {
	t.Parallel()
	onEachRelease(t, func(t *testing.T, r testenv.Release) {
		old, next := newAuthority(t), newAuthority(t)
		f := newFiles(t, old)
		member := start(t, r, 1, f.options("requireTLS")...)[0]
		enter := func() *mongoadmin.Mongo {
			admin := mongoadmin.NewMongo(mongoadmin.TCP, f.read)
			t.Cleanup(func() { require.NoError(t, admin.Close()) })
			_, err := admin.Hello(t.Context(), member)
			require.NoError(t, err)
			return admin
		}
		first := enter()
		rotate := func(admin *mongoadmin.Mongo, name, text string) {
			f.replace(t, name, text)
			require.NoError(t, admin.RotateCertificates(t.Context(), member))
		}
		rotate(first, "server.pem", old.server(t, 30))
		require.Equal(t, 30, served(t, member))
		rotate(first, "ca.pem", next.certificate+old.certificate)
		rotate(enter(), "server.pem", next.server(t, 60))
		rotate(enter(), "ca.pem", next.certificate)
		require.Equal(t, 60, served(t, member))
		_, err := enter().Version(t.Context(), member)
		require.NoError(t, err)
		_, err = first.Hello(t.Context(), member)
		require.NoError(t, err, "the first connection lives on")
	})
}

// served returns for how many days the certificate that the server shows is valid.
func served(t *testing.T, at mongoadmin.Endpoint) (days int) {
	conn, err := tls.Dial("tcp", at.Host, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // it is only looked at
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	leaf := conn.ConnectionState().PeerCertificates[0]
	return int(leaf.NotAfter.Sub(leaf.NotBefore).Hours()) / 24
}

// The files are those of the server's own container: another server does not pass for
// it, and a file that is gone is not taken for none.
func TestAServerOfAnotherAuthorityIsRefused(t *testing.T) {
	t.Parallel()
	f, others := newFiles(t, newAuthority(t)), newAuthority(t)
	member := start(t, testenv.Default(t), 1, f.options("requireTLS")...)[0]
	f.replace(t, "ca.pem", others.certificate)
	admin := mongoadmin.NewMongo(mongoadmin.TCP, f.read)
	t.Cleanup(func() { require.NoError(t, admin.Close()) })
	_, err := admin.Hello(t.Context(), member)
	require.ErrorIs(t, err, mongoadmin.ErrUnreachable)
	require.ErrorContains(t, err, "certificate signed by unknown authority")
	require.Error(t, admin.LogIn(t.Context(), member, "gateway", "secret1"))
}

// What was read in one container is tried at the next, which may have other files.
func TestEachContainerHasItsOwnFiles(t *testing.T) {
	t.Parallel()
	r, one, other := testenv.Default(t), newFiles(t, newAuthority(t)), newFiles(t, newAuthority(t))
	other.replace(t, "keyfile", "another"+key)
	plain := keyfile(t, []string{key})
	at := map[string]func(context.Context, string, string) ([]byte, error){
		"one": one.read, "other": other.read, "open": mongoadmin.NoFiles,
		"plain": withKeys(key),
	}
	options := map[string][]string{
		"one": one.options("requireTLS"), "other": other.options("requireTLS"), "open": {"--replSet", "c1"}, "plain": append(plain, "--replSet", "c1"),
	}
	admin := mongoadmin.NewMongo(mongoadmin.TCP, func(ctx context.Context, container, path string) ([]byte, error) {
		if at[container] == nil {
			return nil, fs.ErrInvalid
		}
		return at[container](ctx, container, path)
	})
	t.Cleanup(func() { require.NoError(t, admin.Close()) })
	for name, args := range options {
		member := start(t, r, 1, args...)[0]
		_, port, err := net.SplitHostPort(member.Host)
		require.NoError(t, err)
		_, err = admin.SetStatus(t.Context(), mongoadmin.Endpoint{Host: "127.0.0.1:" + port, Container: name})
		require.ErrorIs(t, err, mongoadmin.ErrNotInitiated, name)
	}
}
