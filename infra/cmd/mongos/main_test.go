package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

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
	port := fmt.Sprint(testenv.FreePort(t))
	check := func() int {
		var out, errs bytes.Buffer
		return run(context.Background(), []string{"--healthcheck", "--port", port}, &out, &errs)
	}
	require.Equal(t, 1, check(), "nobody listens")

	ctx, stop := context.WithCancel(context.Background())
	var out, errs bytes.Buffer
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, []string{"--configdb", "nowhere/127.0.0.1:1", "--port", port}, &out, &errs) }()
	deadline, tick := time.After(10*time.Second), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for check() != 0 { // though there are no config servers
		select {
		case <-deadline:
			t.Fatalf("the router never answered: %s", errs.String())
		case <-tick.C:
		}
	}
	stop()
	require.Zero(t, <-ended, "a stop is no failure")
	require.Contains(t, out.String(), "the router stops")
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
