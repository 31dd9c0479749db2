package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"speedscale/internal/testenv"
)

// superviseEnv makes the test binary run supervise on a shell script: it waits
// for any child, so it needs a process of its own.
const superviseEnv = "TEST_SUPERVISE"

func TestMain(m *testing.M) {
	script, child := os.LookupEnv(superviseEnv)
	if !child {
		os.Exit(m.Run())
	}
	code, err := supervise("/bin/bash", []string{"-c", script})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
	os.Exit(code)
}

func supervised(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), superviseEnv+"="+script)
	return cmd
}

func TestSupervisePassesTheExitCodeOn(t *testing.T) {
	for script, want := range map[string]int{"exit 0": 0, "exit 7": 7, "kill -KILL $$": 137} {
		t.Run(script, func(t *testing.T) {
			cmd := supervised(t, script)
			err := cmd.Run()
			var exit *exec.ExitError
			if want != 0 {
				require.ErrorAs(t, err, &exit)
			}
			require.Equal(t, want, cmd.ProcessState.ExitCode())
		})
	}
}

func TestSupervisePassesSignalsOn(t *testing.T) {
	cmd := supervised(t, `trap "echo saved; exit 3" TERM; echo ready; while :; do read -t 1 < <(:); done`)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line := make([]byte, len("ready\n"))
	_, err = out.Read(line)
	require.NoError(t, err)
	require.Equal(t, "ready\n", string(line))
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	var rest bytes.Buffer
	_, err = rest.ReadFrom(out)
	require.NoError(t, err)
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Wait(), &exit)
	require.Equal(t, 3, exit.ExitCode())
	require.Equal(t, "saved\n", rest.String())
}

func TestServerArgs(t *testing.T) {
	dir := t.TempDir()
	_, err := serverArgs(dir, "", nil)
	require.ErrorContains(t, err, "no module in "+dir)

	require.NoError(t, os.MkdirAll(filepath.Join(dir, "lib"), 0o755))
	for _, module := range []string{"rejson.so", "redisearch.so"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "lib", module), nil, 0o755))
	}
	args, err := serverArgs(dir, "  --maxmemory 96mb\n--maxmemory-policy allkeys-lru ", []string{"--port", "7000"})
	require.NoError(t, err)
	require.Equal(t, []string{
		"--protected-mode", "no", "--dir", "/data", "--save", "",
		"--loadmodule", dir + "/lib/redisearch.so", "--loadmodule", dir + "/lib/rejson.so",
		"--maxmemory", "96mb", "--maxmemory-policy", "allkeys-lru", "--port", "7000",
	}, args)
}

// answer asks the status page of the Redis at addr.
func answer(t *testing.T, addr, path string) *httptest.ResponseRecorder {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, DialTimeout: time.Second})
	t.Cleanup(func() { _ = client.Close() })
	recorder := httptest.NewRecorder()
	statusPage(client).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
	return recorder
}

func TestStatusPage(t *testing.T) {
	server := testenv.Redis(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer func() { require.NoError(t, client.Close()) }()
	empty := answer(t, server.Addr(), "/")
	require.Contains(t, empty.Body.String(), ">none<")

	require.NoError(t, client.Set(t.Context(), "search:<script>", "x", time.Hour).Err())
	require.NoError(t, client.HSet(t.Context(), "forever", "a", "b").Err())
	require.ErrorIs(t, client.Get(t.Context(), "missing").Err(), redis.Nil)
	got := answer(t, server.Addr(), "/")
	require.Equal(t, http.StatusOK, got.Code)
	body := got.Body.String()
	for _, want := range []string{
		"It is not RedisInsight", `>Keys</th><td>2<`, `>0 / 1<`,
		`<td>search:&lt;script&gt;</td><td>string</td><td>1h0m0s</td>`,
		`<td>forever</td><td>hash</td><td>–</td>`,
	} {
		require.Contains(t, body, want)
	}
	require.Equal(t, http.StatusNotFound, answer(t, server.Addr(), "/else").Code)

	server.Stop()
	away := answer(t, server.Addr(), "/")
	require.Equal(t, http.StatusServiceUnavailable, away.Code)
	require.Contains(t, away.Body.String(), "Redis does not answer: dial tcp")
}

func TestStatusPageShowsABoundedSample(t *testing.T) {
	server := testenv.Redis(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer func() { require.NoError(t, client.Close()) }()
	_, err := client.Pipelined(t.Context(), func(pipe redis.Pipeliner) error {
		var errs []error
		for i := range 5000 {
			errs = append(errs, pipe.Set(t.Context(), fmt.Sprintf("key:%d", i), i, 0).Err())
		}
		return errors.Join(errs...)
	})
	require.NoError(t, err)
	body := answer(t, server.Addr(), "/").Body.String()
	require.Contains(t, body, `>Keys</th><td>5000<`)
	shown := strings.Count(body, "<td>key:")
	require.Positive(t, shown)
	require.LessOrEqual(t, shown, sampleSize)
}

func TestModulesAreListed(t *testing.T) {
	info := "# Modules\r\nmodule:name=search,ver=21005,api=1,filters=0\r\nmodule:name=ReJSON,ver=20803,api=1\r\n"
	require.Equal(t, []string{"search 21005", "ReJSON 20803"}, modules(info))
	require.Empty(t, modules("# Server\r\nredis_version:7.4.1\r\n"))
}
