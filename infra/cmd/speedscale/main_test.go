package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// projectFolder returns a folder with a Pulumi.yaml and the settings of stack dev.
func projectFolder(t *testing.T, settings string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte("name: speedscale\nruntime: go\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.dev.yaml"), []byte(settings), 0o600))
	return dir
}

func speedscale(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), args, &out, &err)
	return code, out.String(), err.String()
}

func TestScriptsCanTellFailuresApart(t *testing.T) {
	good := projectFolder(t, "config:\n  speedscale:shards: 2\n")
	for name, tc := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no such command": {[]string{"-C", good, "upp"}, exitUsage, `unknown command "upp"`},
		"no such flag":    {[]string{"-C", good, "up", "--force"}, exitUsage, "unknown flag: --force"},
		"no project":      {[]string{"-C", "/", "up"}, exitUsage, "no Pulumi.yaml in / or above it"},
		"wrong settings": {
			[]string{"-C", projectFolder(t, "config:\n  speedscale:shards: none\n  speedscale:ports: {redis: 0}\n"), "up"},
			exitConfig,
			"Pulumi.dev.yaml:\n  speedscale:ports.redis is \"0\": it must be at least 1\n  speedscale:shards is \"none\": it must be a whole number",
		},
		"settings that say nothing": {[]string{"-C", projectFolder(t, ""), "up"}, exitConfig, "Pulumi.dev.yaml says nothing"},
		"settings that are no YAML": {[]string{"-C", projectFolder(t, "config: ["), "up"}, exitConfig, "Pulumi.dev.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := speedscale(t, tc.args...)
			require.Equal(t, tc.code, code, stderr)
			require.Contains(t, stderr, tc.want)
		})
	}
}

func TestNoDockerIsSaidBeforeTheEngineStarts(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///nowhere.sock")
	code, _, stderr := speedscale(t, "-C", projectFolder(t, "config: {}"), "up")
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "Docker does not answer at unix:///nowhere.sock: start it, or name another one in DOCKER_HOST")
}

func TestWithoutDockerOneSentenceIsSaid(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///nowhere.sock")
	for _, command := range []string{"status", "logs"} {
		code, stdout, stderr := speedscale(t, "-C", projectFolder(t, "config: {}"), command)
		require.Equal(t, exitFailed, code)
		require.Empty(t, stdout)
		require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
	}
}

func TestAPassphraseIsTriedBeforeAnythingIsAnnounced(t *testing.T) {
	const salt = emptySalt
	a := &app{stack: "dev", dir: projectFolder(t, "encryptionsalt: "+salt+"\nconfig: {}\n")}
	t.Setenv("PULUMI_CONFIG_PASSPHRASE", "")
	require.NoError(t, a.checkPassphrase())
	t.Setenv("PULUMI_CONFIG_PASSPHRASE", "wrong")
	require.ErrorContains(t, a.checkPassphrase(), "set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, to that one")

	require.ErrorIs(t, explain(errors.New("code: 255\nstderr: error: constructing secrets manager: incorrect passphrase\n")), errPassphrase)
	require.NoError(t, (&app{stack: "dev", dir: projectFolder(t, "config: {}")}).checkPassphrase(), "a stack without secrets")
}

func TestTheProjectIsFoundFromBelow(t *testing.T) {
	dir := projectFolder(t, "")
	below := filepath.Join(dir, "a", "b")
	require.NoError(t, os.MkdirAll(below, 0o700))
	found, err := projectDir(below)
	require.NoError(t, err)
	require.Equal(t, dir, found)
}

func TestALockSaysWhoseItIs(t *testing.T) {
	err := explain(errors.New("failed to run update: exit status 255\ncode: 255\nstderr: error: the stack is currently locked by 1 lock(s). " +
		"Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\n  file:///x: created by root@host (pid 42) at 2026-01-02T03:04:05Z\n"))
	require.ErrorContains(t, err, "the stack is locked, created by root@host (pid 42) at 2026-01-02T03:04:05Z")
}
