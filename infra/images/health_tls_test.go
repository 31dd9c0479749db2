package images

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/internal/redisacl"
	"speedscale/internal/testenv"
)

func TestPingMongoByTLS(t *testing.T) {
	testenv.Needs(t, "openssl")
	files := testenv.NewTLS(t, testenv.NewAuthority(t, "ours"))
	another := testenv.NewTLS(t, testenv.NewAuthority(t, "another"))
	server := testenv.Mongod(t, append(files.Mongod(), "--replSet", "shard1ReplSet", "--shardsvr")...)
	require.NoError(t, check(t, pingMongo, server.Port, files.CertificateFile, files.AuthorityFile))
	require.Error(t, check(t, pingMongo, server.Port, another.CertificateFile, another.AuthorityFile), "another authority")
	require.Error(t, check(t, pingMongo, server.Port, plain, plain), "it speaks nothing but TLS")
	require.Error(t, check(t, pingMongo, answering(t, "no TLS"), files.CertificateFile, files.AuthorityFile))
	require.NoError(t, server.Signal(syscall.SIGSTOP))
	require.Error(t, check(t, pingMongo, server.Port, files.CertificateFile, files.AuthorityFile), "a server that hangs")
	server.Stop()
	require.Error(t, check(t, pingMongo, server.Port, files.CertificateFile, files.AuthorityFile), "nobody listens")
}

func TestPingMongoOfAnotherName(t *testing.T) {
	testenv.Needs(t, "openssl")
	authority := testenv.NewAuthority(t, "ours")
	files := testenv.NewTLS(t, authority)
	testenv.Replace(t, files.CertificateFile, authority.Certificate(t, "mongos"))
	server := testenv.Mongod(t, files.Mongod()...)
	require.Error(t, check(t, pingMongo, server.Port, files.CertificateFile, files.AuthorityFile))
}

func TestPingRedisByTLS(t *testing.T) {
	testenv.Needs(t, "redis-cli")
	files := testenv.NewTLS(t, testenv.NewAuthority(t, "ours"))
	another := testenv.NewTLS(t, testenv.NewAuthority(t, "another"))
	none, file, wrong := filepath.Join(t.TempDir(), "none"), filepath.Join(t.TempDir(), "password"), filepath.Join(t.TempDir(), "password")
	testenv.Replace(t, file, testenv.RedisPassword(redisacl.Monitor))
	testenv.Replace(t, wrong, "s3cret")
	server := files.LockedRedis(t)
	for name, c := range map[string]struct{ password, authority, says string }{
		"a login":           {file, files.AuthorityFile, ""},
		"no login":          {none, files.AuthorityFile, "NOAUTH Authentication required."},
		"a wrong one":       {wrong, files.AuthorityFile, "WRONGPASS invalid username-password pair or user is disabled."},
		"another authority": {file, another.AuthorityFile, fmt.Sprintf("Could not connect to Redis at 127.0.0.1:%d: SSL_connect failed: certificate verify failed", server.Port)},
	} {
		t.Run(name, func(t *testing.T) {
			printed, err := askRedisBy(t, server.Port, c.password, files.CertificateFile, c.authority)
			require.Equal(t, c.says, printed)
			require.Equal(t, c.says == "", err == nil, "%v", err)
		})
	}
	require.NoError(t, server.Signal(syscall.SIGSTOP))
	_, err := askRedisBy(t, server.Port, file, files.CertificateFile, files.AuthorityFile)
	require.Error(t, err, "a server that hangs")
	server.Stop()
	printed, err := askRedisBy(t, server.Port, file, files.CertificateFile, files.AuthorityFile)
	require.Error(t, err)
	require.Contains(t, printed, "Connection refused")
}

// redis-cli reads the password as a quoted string: nothing in it ends the string, or
// means something else.
func TestPingRedisTakesAnyPassword(t *testing.T) {
	testenv.Needs(t, "redis-cli")
	dir := t.TempDir()
	testenv.Replace(t, filepath.Join(dir, "redis-cli"), "#!/bin/bash\ncat >"+dir+"/given\necho PONG\n")
	require.NoError(t, os.Chmod(filepath.Join(dir, "redis-cli"), 0o755))
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	for password, want := range map[string]string{
		`a"b\c`: `a\"b\\c`, `\"`: `\\\"`, `&\&`: `&\\&`, ` sp  ace `: ` sp  ace `, `$HOME*'%s`: `$HOME*'%s`, "é": "é",
	} {
		file := filepath.Join(t.TempDir(), "password")
		testenv.Replace(t, file, password)
		printed, err := askRedisBy(t, 1, file, file, file)
		require.NoError(t, err, printed)
		given, err := os.ReadFile(filepath.Join(dir, "given"))
		require.NoError(t, err)
		require.Equal(t, "AUTH monitor \""+want+"\"\nPING\n", string(given))
	}
}

// With a certificate there is another port for the check.
func TestHTTPChecksOfServersWithTLS(t *testing.T) {
	certificate := testenv.NewTLS(t, testenv.NewAuthority(t, "ours")).CertificateFile
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer server.Close()
	port := server.Listener.Addr().(*net.TCPAddr).Port
	wget := func(plainPort, otherPort int, path, certificate string) error {
		return exec.CommandContext(t.Context(), "sh", "-c", fmt.Sprintf(wgetHTTP, plainPort, otherPort, path, certificate)).Run()
	}
	require.NoError(t, check(t, getHTTP, 1, port, "/healthz", certificate))
	require.Error(t, check(t, getHTTP, 1, port, "/healthz", plain))
	testenv.Needs(t, "wget")
	require.NoError(t, wget(1, port, "/healthz", certificate))
	require.NoError(t, wget(port, 1, "/healthz", plain))
	require.Error(t, wget(1, port, "/healthz", plain))
	require.Error(t, wget(1, port, "/gone", certificate))
}
