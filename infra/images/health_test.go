package images

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/internal/redisacl"
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

// plain is no certificate: the server speaks no TLS.
const plain = "/nowhere/server.pem"

func TestPingMongo(t *testing.T) {
	// A shard member whose set does not exist yet answers, and no more.
	server := testenv.Mongod(t, "--replSet", "shard1ReplSet", "--shardsvr")
	require.NoError(t, check(t, pingMongo, server.Port, plain, plain))
	server.Stop()
	require.Error(t, check(t, pingMongo, server.Port, plain, plain), "nobody listens")
}

func TestPingMongoRefusesAnswersThatAreNone(t *testing.T) {
	for name, answer := range map[string]string{
		"closes at once": "",
		"other protocol": "HTTP/1.0 200 OK\r\n\r\nok",
		// {ok: 0.0}
		"says no": "\x26\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\xdd\x07\x00\x00\x00\x00\x00\x00\x00\x11\x00\x00\x00\x01ok\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
	} {
		t.Run(name, func(t *testing.T) { require.Error(t, check(t, pingMongo, answering(t, answer), plain, plain)) })
	}
	yes := "\x26\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\xdd\x07\x00\x00\x00\x00\x00\x00\x00\x11\x00\x00\x00\x01ok\x00\x00\x00\x00\x00\x00\x00\xf0\x3f\x00"
	require.NoError(t, check(t, pingMongo, answering(t, yes), plain, plain))
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

// askRedis is what a check of Redis prints.
func askRedis(t *testing.T, port int, password string) (printed string, err error) {
	t.Helper()
	return askRedisBy(t, port, password, plain, plain)
}

func askRedisBy(t *testing.T, port int, password, certificate, authority string) (printed string, err error) {
	t.Helper()
	test := bash(pingRedis, port, password, certificate, authority)[1:]
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, test[0], test[1:]...).Output()
	return strings.TrimSpace(string(out)), err
}

func TestPingRedis(t *testing.T) {
	none, file := filepath.Join(t.TempDir(), "none"), filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(file, []byte(testenv.RedisPassword(redisacl.Monitor)), 0o600))
	wrong := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(wrong, []byte("s3cret"), 0o600))
	open, locked, dead := testenv.Redis(t), testenv.LockedRedis(t), testenv.Redis(t)
	dead.Stop()
	for name, c := range map[string]struct {
		server         *testenv.Process
		password, says string
	}{
		"without logins":             {open, none, ""},
		"a login":                    {locked, file, ""},
		"a login that nobody needs":  {open, file, ""},
		"no login":                   {locked, none, "-NOAUTH Authentication required."},
		"a wrong one":                {locked, wrong, "-WRONGPASS invalid username-password pair or user is disabled."},
		"nobody listens":             {dead, none, "nothing"},
		"nobody listens for a login": {dead, file, "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			printed, err := askRedis(t, c.server.Port, c.password)
			if c.says == "" {
				require.NoError(t, err)
				require.Empty(t, printed)
				return
			}
			require.Error(t, err)
			if c.says != "nothing" {
				require.Equal(t, c.says, printed)
			}
		})
	}
	require.NoError(t, locked.Signal(syscall.SIGSTOP))
	_, err := askRedis(t, locked.Port, file)
	require.Error(t, err, "a server that hangs")
	require.NoError(t, locked.Signal(syscall.SIGCONT))
}

// A server that loads its data is alive and of no use yet. Without the login it
// would say the same as one that is ready.
func TestPingRedisWhileItLoads(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(file, []byte(testenv.RedisPassword(redisacl.Monitor)), 0o600))
	server := testenv.LoadingRedis(t)
	printed, err := askRedis(t, server.Port, file)
	require.Error(t, err)
	require.Equal(t, "-LOADING Redis is loading the dataset in memory", printed)
	printed, err = askRedis(t, server.Port, filepath.Join(t.TempDir(), "none"))
	require.Error(t, err)
	require.Equal(t, "-NOAUTH Authentication required.", printed)
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

	require.NoError(t, check(t, getHTTP, port, 1, "/healthz", plain))
	require.Error(t, check(t, getHTTP, port, 1, "/bad", plain))
	require.Error(t, check(t, getHTTP, port, 1, "/gone", plain))
	server.Close()
	require.Error(t, check(t, getHTTP, port, 1, "/healthz", plain))
}
