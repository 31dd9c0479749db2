package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"speedscale/internal/redisacl"
	"speedscale/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func environ(t *testing.T, mongoAddr, redisAddr string) map[string]string {
	t.Helper()
	password := filepath.Join(t.TempDir(), "redis-password")
	require.NoError(t, os.WriteFile(password, []byte(testenv.RedisPassword(redisacl.Gateway)+"\n"), 0o600))
	return map[string]string{
		"MONGO_URI": "mongodb://" + mongoAddr + "/speedscale", "REDIS_URL": "redis://" + redisacl.Gateway + "@" + redisAddr, "REDIS_PASSWORD_FILE": password,
		"LISTEN_ADDR": fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t)), "SEED_TARGET": "200", "INIT_TIMEOUT": "10s",
	}
}

func command(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, env, &out, &errs)
	return code, out.String(), errs.String()
}

func TestInitProvesTheStoresAndCanBeRepeated(t *testing.T) {
	env := environ(t, testenv.Mongod(t).Addr(), testenv.Redis(t).Addr())
	for range 2 {
		code, stdout, stderr := command(t, env, "init")
		require.Zero(t, code, stderr)
		require.Contains(t, stdout, "mongos reads through the search index")
		require.Contains(t, stdout, "Redis keeps what it is given")
	}
}

func TestInitNamesTheLastReason(t *testing.T) {
	nothing := fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
	env := environ(t, nothing, testenv.Redis(t).Addr())
	env["INIT_TIMEOUT"] = "2s"
	code, _, stderr := command(t, env, "init")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "init did not succeed within 2s (INIT_TIMEOUT): ping MongoDB")
	require.Contains(t, stderr, "connection refused")

	env = environ(t, nothing, nothing)
	env["INIT_TIMEOUT"] = "1s"
	code, _, stderr = command(t, env, "init")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "write to Redis")
	require.Contains(t, stderr, "connection refused")
}

func TestInitWaitsForAServerThatComesLate(t *testing.T) {
	testenv.NeedsRedis(t)
	port := testenv.FreePort(t)
	env := environ(t, testenv.Mongod(t).Addr(), fmt.Sprintf("127.0.0.1:%d", port))
	late := time.AfterFunc(time.Second, func() { testenv.RedisAt(t, port) })
	defer late.Stop()
	code, _, stderr := command(t, env, "init")
	require.Zero(t, code, stderr)
}

func TestServeSeedsAfterInitAndStopsOnSignal(t *testing.T) {
	env := environ(t, testenv.Mongod(t).Addr(), testenv.Redis(t).Addr())
	code, _, stderr := command(t, env, "healthcheck")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "ask the gateway")

	ctx, stop := context.WithCancel(t.Context())
	var served sync.WaitGroup
	served.Go(func() { require.Zero(t, run(ctx, []string{"serve"}, env, io.Discard, io.Discard)) })
	require.Eventually(t, func() bool { c, _, _ := command(t, env, "healthcheck"); return c == 0 }, 10*time.Second, 20*time.Millisecond)
	code, _, stderr = command(t, env, "init") // after serve: it must have waited
	require.Zero(t, code, stderr)
	require.Eventually(t, func() bool { return bytes.Contains(body(t, env, "/health"), []byte(`"phase":"done"`)) }, 2*time.Minute, 50*time.Millisecond)
	require.Contains(t, string(body(t, env, "/api/search?query=laptop")), "MONGODB_DISK")
	stop()
	served.Wait()
	http.DefaultClient.CloseIdleConnections()
}

func body(t *testing.T, env map[string]string, path string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+env["LISTEN_ADDR"]+path, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	b, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return b
}

func TestMistakesAreSaidPlainly(t *testing.T) {
	code, _, stderr := command(t, map[string]string{"RATE_LIMIT": "-1", "SEED_TARGET": "x"}, "serve")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "RATE_LIMIT")
	require.Contains(t, stderr, "SEED_TARGET")
	code, _, stderr = command(t, nil, "sreve")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, `unknown command "sreve"`)
	code, _, stderr = command(t, nil, "serve", "now")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "now")
	env := environ(t, testenv.Redis(t).Addr(), "127.0.0.1:1")
	env["LISTEN_ADDR"] = env["MONGO_URI"][len("mongodb://") : len(env["MONGO_URI"])-len("/speedscale")]
	code, _, stderr = command(t, env, "serve")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "address already in use")
}
