package stack

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// project has a bin/speedscale that does this.
func project(t *testing.T, script string) Stack {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "bin"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(root, "bin", "speedscale"), []byte("#!/bin/sh\n"+script+"\n"), 0o700)) //nolint:gosec // it is run
	s, err := In(root)
	require.NoError(t, err)
	return s
}

func TestWithoutTheCommandTheBenchSaysWhatToDo(t *testing.T) {
	_, err := In(t.TempDir())
	require.ErrorContains(t, err, "make bench")
}

func TestSettingsComeAndGo(t *testing.T) {
	s := project(t, `echo "$@" >"$4/said"`)
	require.NoError(t, s.Destroy(t.Context()), "there is nothing yet")
	require.NoError(t, s.Configure(4))
	text, err := os.ReadFile(s.Path("Pulumi.bench.yaml"))
	require.NoError(t, err)
	require.Contains(t, string(text), "speedscale:shards: 4\n")
	require.NoError(t, s.Destroy(t.Context()))
	said, err := os.ReadFile(s.Path("said"))
	require.NoError(t, err)
	require.Equal(t, "--stack bench --dir "+s.root+" destroy --yes\n", string(said))
	require.NoFileExists(t, s.Path("Pulumi.bench.yaml"))
}

func TestAFailedDestroyKeepsTheSettings(t *testing.T) {
	s := project(t, "echo no such thing >&2; exit 3")
	require.NoError(t, s.Configure(2))
	err := s.Destroy(t.Context())
	require.ErrorContains(t, err, "no such thing")
	require.ErrorContains(t, err, "exit status 3")
	require.FileExists(t, s.Path("Pulumi.bench.yaml"))
}

func TestACommandIsInterruptedAndNotKilled(t *testing.T) {
	s := project(t, `trap 'touch "$4/ended"; exit 1' INT; touch "$4/began"; while :; do sleep 0.05; done`)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := s.Run(ctx, "up")
		ended <- err
	}()
	began := func() bool {
		_, err := os.Stat(s.Path("began"))
		return err == nil
	}
	require.Eventually(t, began, 30*time.Second, 5*time.Millisecond)
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.FileExists(t, s.Path("ended"))
}

func TestContainersAreRead(t *testing.T) {
	all, err := parse(`[{"Name":"/bench-api-gateway","State":{"Pid":7},"Config":{"Labels":{"speedscale.role":"gateway"}},
		"NetworkSettings":{"Networks":{"bench-shard-network":{"IPAddress":"172.18.0.15"}}}}]`)
	require.NoError(t, err)
	require.Equal(t, []Container{{"bench-api-gateway", "gateway", 7, "172.18.0.15"}}, all)
	require.Equal(t, "172.18.0.15:8000", all[0].At("8000"))
	_, err = parse("no")
	require.Error(t, err)
}
