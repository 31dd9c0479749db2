package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"speedscale/infra/router/secure/securetest"
	"speedscale/internal/mongods"
	"speedscale/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSettings(t *testing.T) {
	s, err := parse([]string{"--configdb", "configReplSet/config-server-1:27017, config-server-2:27018,third", "--bind_ip_all", "--port", "4000"})
	require.NoError(t, err)
	require.Equal(t, "configReplSet", s.configSet)
	require.Equal(t, []string{"config-server-1:27017", "config-server-2:27018", "third:27019"}, s.configHosts)
	require.Equal(t, []string{":4000"}, s.addresses())

	s, err = parse([]string{"-configdb=a/[::1]:1", "--bind_ip=localhost,10.0.0.1"})
	require.NoError(t, err)
	require.Equal(t, []string{"localhost:27017", "10.0.0.1:27017"}, s.addresses())
	s, err = parse([]string{"--configdb", "a/b:1"})
	require.NoError(t, err)
	require.Equal(t, []string{"127.0.0.1:27017"}, s.addresses(), "as mongos, on localhost alone")
	for _, list := range []string{"snappy,zstd", "zlib", "disabled"} {
		_, err = parse([]string{"--configdb", "a/b:1", "--networkMessageCompressors", list})
		require.NoError(t, err, "ignored: the router offers no compression")
	}
}

func TestKeyfile(t *testing.T) {
	keyfile := testenv.Keyfile(t)
	s, err := parse([]string{"--configdb", "a/b:1", "--keyFile", keyfile})
	require.NoError(t, err)
	require.False(t, s.member.Optional)
	s, err = parse([]string{"--configdb", "a/b:1", "--keyFile", keyfile, "--transitionToAuth"})
	require.NoError(t, err)
	require.True(t, s.member.Optional)
	s, err = parse([]string{"--configdb", "a/b:1"})
	require.NoError(t, err)
	require.Nil(t, s.member)
	_, err = parse([]string{"--healthcheck", "--keyFile", "no/such/file"})
	require.NoError(t, err, "the health check needs no key")

	require.NoError(t, os.Chmod(keyfile, 0o444))
	var out, errs bytes.Buffer
	require.Equal(t, 2, run(context.Background(), []string{"--configdb", "a/b:1", "--keyFile", keyfile}, &out, &errs))
	require.Contains(t, errs.String(), "--keyFile "+keyfile+": its permissions are too open")
	require.NotContains(t, errs.String()+out.String(), testenv.Key)
}

func TestWrongSettings(t *testing.T) {
	for _, c := range []struct {
		args string
		want []string
	}{
		{"", []string{"--configdb"}},
		{"--configdb config:27017", []string{"--configdb", "config:27017", "<set>"}},
		{"--configdb set/", []string{"--configdb"}},
		{"--configdb set/host:x", []string{"--configdb", "host:x"}},
		{"--configdb set/:1", []string{"--configdb"}},
		{"--configdb set/host:70000", []string{"host:70000"}},
		{"--configdb set/a:1 --port 0", []string{"--port 0", "65535"}},
		{"--configdb set/a:1 --keyFile no/such/file", []string{"--keyFile", "no/such/file", "no such file"}},
		{"--configdb set/a:1 --transitionToAuth", []string{"--transitionToAuth", "--keyFile"}},
		{"--configdb set/a:1 --networkMessageCompressors snappy,lz4", []string{"--networkMessageCompressors", "snappy,lz4", "zstd"}},
		{"--configdb set/a:1 --networkMessageCompressors snappy,disabled", []string{"snappy,disabled"}},
		{"--configdb set/a:1 --networkMessageCompressors=", []string{"--networkMessageCompressors"}},
		{"--configdb set/a:1 --tlsMode required", []string{"--tlsMode required", "disabled, allowTLS, preferTLS or requireTLS"}},
		{"--configdb set/a:1 --tlsMode requireTLS", []string{"--tlsCertificateKeyFile: must name a file", "--tlsCAFile: must name a file"}},
		{"--configdb set/a:1 --tlsMode allowTLS --tlsCAFile no/such/ca --tlsCertificateKeyFile no/such/file", []string{"--tlsCertificateKeyFile no/such/file: no such file", "--tlsCAFile no/such/ca: no such file"}},
		{"--configdb set/a:1 --tlsCAFile ca.pem", []string{"--tlsCAFile", "--tlsMode other than disabled"}},
		{"--configdb set/a:1 --tlsAllowConnectionsWithoutCertificates", []string{"--tlsAllowConnectionsWithoutCertificates", "--tlsMode"}},
		{"--configdb set/a:1 extra", []string{"extra"}},
		{"--configdb set/a:1 --nonsense", []string{"nonsense"}},
		{"--port -1 --keyFile k --configdb x", []string{"--port", "--keyFile", "--configdb"}},
	} {
		t.Run(c.args, func(t *testing.T) {
			var out, errs bytes.Buffer
			require.Equal(t, 2, run(context.Background(), strings.Fields(c.args), &out, &errs))
			for _, want := range c.want {
				require.Contains(t, errs.String(), want)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	var out, errs bytes.Buffer
	require.Zero(t, run(context.Background(), []string{"--version"}, &out, &errs))
	require.Contains(t, out.String(), "mongos version v"+mongods.Default)
}

func TestHealthcheck(t *testing.T) {
	port := testenv.FreePort(t)
	check := func() int {
		var out, errs bytes.Buffer
		return run(context.Background(), []string{"--healthcheck", "--port", fmt.Sprint(port)}, &out, &errs)
	}
	require.Equal(t, 1, check(), "nobody listens")
	stop := started(t, port)
	require.EventuallyWithT(t, func(c *assert.CollectT) { // though there are no config servers
		require.Zero(c, check())
	}, 10*time.Second, 20*time.Millisecond)
	stop()
}

// started runs the router, and returns what stops it.
func started(t *testing.T, port int, args ...string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var out, errs bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"--configdb", "nowhere/127.0.0.1:1", "--port", fmt.Sprint(port)}, args...), &out, &errs)
	}()
	return func() {
		cancel()
		require.Zero(t, <-ended, "a stop is no failure: %s", errs.String())
		require.Contains(t, out.String(), "the router stops")
	}
}

func TestHealthcheckWithTLS(t *testing.T) {
	a, b := securetest.New(t), securetest.New(t)
	f := securetest.Write(t, a.Leaf(t), a)
	own := filepath.Dir(f.Certificate)
	ask := func(port int, secrets string) error { return healthcheck(context.Background(), port, secrets) }
	for _, mode := range []string{"allowTLS", "preferTLS", "requireTLS"} {
		for _, more := range [][]string{nil, {"--tlsAllowConnectionsWithoutCertificates"}} {
			port := testenv.FreePort(t)
			stop := started(t, port, append(more, "--tlsMode", mode, "--tlsCertificateKeyFile", f.Certificate, "--tlsCAFile", f.Authority)...)
			require.EventuallyWithT(t, func(c *assert.CollectT) { require.NoError(c, ask(port, own)) }, 10*time.Second, 20*time.Millisecond)
			require.Equal(t, mode == "requireTLS", ask(port, t.TempDir()) != nil, "without a certificate it does not use TLS")
			require.ErrorContains(t, ask(port, filepath.Dir(securetest.Write(t, b.Leaf(t), b).Certificate)), "unknown authority")
			stop()
		}
	}
	broken := securetest.Write(t, []byte("garbage"), a)
	require.ErrorContains(t, ask(1, filepath.Dir(broken.Certificate)), broken.Certificate)
}

func TestHealthcheckOfAStranger(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	go func() {
		if c, err := l.Accept(); err == nil {
			_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
			_ = c.Close()
		}
	}()
	require.Error(t, healthcheck(context.Background(), l.Addr().(*net.TCPAddr).Port, t.TempDir()))
}

func TestPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	var out, errs bytes.Buffer
	port := fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
	require.Equal(t, 1, run(context.Background(), []string{"--configdb", "a/127.0.0.1:1", "--port", port}, &out, &errs))
	require.Contains(t, errs.String(), "--port")
	require.Contains(t, errs.String(), port)
}
