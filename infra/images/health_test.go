package images

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/internal/testenv"
)

func TestEveryImageHasAHealthCheck(t *testing.T) {
	for _, source := range []Source{Registry, Packages} {
		for _, name := range Names() {
			health := healthOf(name, source)
			require.NotEmpty(t, health.Test, name)
			require.Equal(t, "CMD", health.Test[0])
			require.Positive(t, health.Retries)
			for _, spelt := range []string{health.Interval, health.Timeout, health.StartPeriod} {
				d, err := time.ParseDuration(spelt)
				require.NoError(t, err)
				require.Positive(t, d)
				require.Equal(t, d.String(), spelt, "Docker prints it so")
			}
		}
	}
}

// check runs a health check as Docker would.
func check(t *testing.T, script string, args ...any) error {
	t.Helper()
	test := bash(script, args...)[1:]
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	return exec.CommandContext(ctx, test[0], test[1:]...).Run()
}

func TestPingMongo(t *testing.T) {
	// A shard member whose set does not exist yet answers, and no more.
	server := testenv.Mongod(t, "--replSet", "shard1ReplSet", "--shardsvr")
	require.NoError(t, check(t, pingMongo, server.Port))
	server.Stop()
	require.Error(t, check(t, pingMongo, server.Port), "nobody listens")
}

func TestPingMongoRefusesAnswersThatAreNone(t *testing.T) {
	for name, answer := range map[string]string{
		"closes at once": "",
		"other protocol": "HTTP/1.0 200 OK\r\n\r\nok",
		// {ok: 0.0}
		"says no": "\x26\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\xdd\x07\x00\x00\x00\x00\x00\x00\x00\x11\x00\x00\x00\x01ok\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
	} {
		t.Run(name, func(t *testing.T) { require.Error(t, check(t, pingMongo, answering(t, answer))) })
	}
	yes := "\x26\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\xdd\x07\x00\x00\x00\x00\x00\x00\x00\x11\x00\x00\x00\x01ok\x00\x00\x00\x00\x00\x00\x00\xf0\x3f\x00"
	require.NoError(t, check(t, pingMongo, answering(t, yes)))
}

// answering says the same to whoever speaks to it first, and hangs up.
func answering(t *testing.T, answer string) (port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 512))
			_, _ = c.Write([]byte(answer))
			_ = c.Close()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func TestGetHTTP(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/bad", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	server := httptest.NewServer(mux)
	defer server.Close()
	_, text, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	port, err := strconv.Atoi(text)
	require.NoError(t, err)

	require.NoError(t, check(t, getHTTP, port, "/healthz"))
	require.Error(t, check(t, getHTTP, port, "/bad"))
	require.Error(t, check(t, getHTTP, port, "/gone"))
	server.Close()
	require.Error(t, check(t, getHTTP, port, "/healthz"))
}
