package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// superviseEnv makes the test binary run supervise on a shell script: it waits
// for any child, so it needs a process of its own.
const superviseEnv = "TEST_SUPERVISE"

func TestMain(m *testing.M) {
	script, child := os.LookupEnv(superviseEnv)
	if !child {
		goleak.VerifyTestMain(m)
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
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
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
