package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A run that is killed, or a machine that loses its power, leaves files half
// written. Whichever they are, the next command puts them right and says so.
func TestHalfWrittenFilesArePutRight(t *testing.T) {
	// Our commands select no stack. Whoever uses the CLI has done so, and its file is read.
	selected, err := exec.Command(filepath.Join(root(), "bin", "pulumi"), "--cwd", root(), "stack", "select", stackName).CombinedOutput()
	require.NoError(t, err, "%s", selected)
	newest := func(pattern string) string {
		files, err := filepath.Glob(filepath.Join(root(), pattern))
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		return files[len(files)-1]
	}
	state := filepath.Join(root(), ".pulumi/stacks/speedscale", stackName+".json")
	history := newest(".pulumi/history/speedscale/" + stackName + "/*.history.json")
	for _, file := range []string{
		state, state + ".attrs", history, history + ".attrs", filepath.Join(root(), ".pulumi/meta.yaml"),
		newest(".pulumi/backups/speedscale/" + stackName + "/*.json.attrs"),
		newest(".speedscale/pulumi-home/workspaces/speedscale-*.json"), newest(".speedscale/images/*.stamp"), newest(".speedscale/images/gateway/*"),
		filepath.Join(root(), "bin/speedscale"), filepath.Join(root(), "infra/cmd/pulumi-resource-speedscale/pulumi-resource-speedscale"),
	} {
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.NoError(t, os.Truncate(file, info.Size()/2))
	}
	locks := filepath.Join(root(), ".pulumi/locks/organization/speedscale", stackName)
	require.NoError(t, os.MkdirAll(locks, 0o700))
	lock, long := filepath.Join(locks, "dead.json"), time.Now().Add(-24*time.Hour)
	require.NoError(t, os.WriteFile(lock, []byte(`{"pid`), 0o600))
	require.NoError(t, os.Chtimes(lock, long, long))

	out, err := exec.Command(filepath.Join(root(), "infra/toolchain/tools.sh")).CombinedOutput()
	require.NoError(t, err, "%s", out)
	said, err := speedscale("up")
	require.NoError(t, err, said)
	for _, want := range []string{
		"the state of the stack tests was left half written: taking the copy .pulumi/",
		"removing a file that was left half written: .pulumi/stacks/speedscale/tests.json.attrs",
		"setting aside a file that was left half written: .pulumi/meta.yaml is now meta.yaml.broken",
		"removing the lock of a dead run: dead.json, which is half written",
	} {
		require.Contains(t, said, want)
	}
	said, err = speedscale("preview", "--exit-code")
	require.NoError(t, err, said)
	healthy(t)
}
