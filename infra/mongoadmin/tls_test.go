package mongoadmin_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/infra/mongoadmin"
	"speedscale/internal/testenv"
)

// files are those of one mongod, as a container has them.
type files struct {
	testenv.TLS
	keyfile string
}

func newFiles(t *testing.T, a *testenv.Authority) files {
	f := files{testenv.NewTLS(t, a), filepath.Join(t.TempDir(), "keyfile")}
	require.NoError(t, os.WriteFile(f.keyfile, []byte(key), 0o400))
	return f
}

// read finds them by the paths that they have in a container.
func (f files) read(_ context.Context, _, path string) ([]byte, error) {
	return os.ReadFile(map[string]string{mongoadmin.KeyfilePath: f.keyfile, mongoadmin.AuthorityPath: f.AuthorityFile}[path])
}

// options are those of a mongod with a tlsMode.
func (f files) options(mode string) []string {
	flags := f.Mongod()
	flags[slices.Index(flags, "requireTLS")] = mode
	return append(flags, "--replSet", "c1", "--keyFile", f.keyfile, "--setParameter", "enableLocalhostAuthBypass=false")
}

func TestServersAreEnteredByTLS(t *testing.T) {
	t.Parallel()
	onEachRelease(t, func(t *testing.T, r testenv.Release) {
		for _, mode := range []string{"allowTLS", "preferTLS", "requireTLS"} {
			t.Run(mode, func(t *testing.T) {
				f := newFiles(t, testenv.NewAuthority(t, "ours"))
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
		old, next := testenv.NewAuthority(t, "old"), testenv.NewAuthority(t, "next")
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
		rotate := func(admin *mongoadmin.Mongo, file, text string) {
			testenv.Replace(t, file, text)
			require.NoError(t, admin.RotateCertificates(t.Context(), member))
		}
		evening := time.Now().Add(12 * time.Hour).Truncate(time.Second)
		rotate(first, f.CertificateFile, old.CertificateUntil(t, evening))
		require.True(t, evening.Equal(served(t, member).NotAfter))
		rotate(first, f.AuthorityFile, next.PEM+old.PEM)
		rotate(enter(), f.CertificateFile, next.Certificate(t))
		rotate(enter(), f.AuthorityFile, next.PEM)
		require.Equal(t, "next", served(t, member).Issuer.CommonName)
		_, err := enter().Version(t.Context(), member)
		require.NoError(t, err)
		_, err = first.Hello(t.Context(), member)
		require.NoError(t, err, "the first connection lives on")
	})
}

// served returns the certificate that the server shows.
func served(t *testing.T, at mongoadmin.Endpoint) *x509.Certificate {
	conn, err := tls.Dial("tcp", at.Host, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // it is only looked at
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	return conn.ConnectionState().PeerCertificates[0]
}

// The files are those of the server's own container: another server does not pass for
// it, and a file that is gone is not taken for none.
func TestAServerOfAnotherAuthorityIsRefused(t *testing.T) {
	t.Parallel()
	f, others := newFiles(t, testenv.NewAuthority(t, "ours")), testenv.NewAuthority(t, "another")
	member := start(t, testenv.Default(t), 1, f.options("requireTLS")...)[0]
	testenv.Replace(t, f.AuthorityFile, others.PEM)
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
	r, one, other := testenv.Default(t), newFiles(t, testenv.NewAuthority(t, "ours")), newFiles(t, testenv.NewAuthority(t, "ours"))
	require.NoError(t, os.Remove(other.keyfile))
	require.NoError(t, os.WriteFile(other.keyfile, []byte("another"+key), 0o400))
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
