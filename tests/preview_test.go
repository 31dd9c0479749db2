package tests

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/infra/review"
)

// previewSmallStack is what `preview --json` says of the small stack, and its
// exit code.
func previewSmallStack(t *testing.T, env ...string) (report review.Report, code int) {
	t.Helper()
	cmd := exec.Command(filepath.Join(root(), "bin", "speedscale"), "--stack", smallStack, "--dir", root(), "preview", "--json", "--exit-code")
	cmd.Env = append(os.Environ(), env...)
	var progress bytes.Buffer
	cmd.Stderr = &progress
	out, err := cmd.Output()
	require.NoError(t, json.Unmarshal(out, &report), progress.String())
	return report, exitCode(err)
}

// A preview tells what would happen and does nothing: a new stack needs no
// daemon, an existing one is left alone.
func TestAPreviewSaysWhatWouldHappenAndDoesNothing(t *testing.T) {
	t.Cleanup(func() { clearSmallStack(t) })
	settle(t, "2", "")
	report, code := previewSmallStack(t, "DOCKER_HOST=unix:///nowhere/docker.sock")
	require.Equal(t, 2, code)
	require.True(t, report.New)
	for _, c := range report.Changes {
		require.Equal(t, review.Create, c.Action, c.Name)
	}
	require.Empty(t, ofSmallStack(t, "network", "ls"))

	small(t, "up")
	report, code = previewSmallStack(t)
	require.Zero(t, code)
	require.Empty(t, report.Changes)

	out, err := onStack(smallStack, []string{"DOCKER_HOST=unix:///nowhere/docker.sock"}, "preview", "--refresh", "--markdown")
	require.Equal(t, 1, exitCode(err), out)
	require.Contains(t, out, "speedscale: Docker does not answer at unix:///nowhere/docker.sock")

	settle(t, "1", "  speedscale:electionTimeout: 4s\n")
	before := inventory(t)
	report, code = previewSmallStack(t)
	require.Equal(t, 3, code)
	require.Equal(t, []string{"shard2ReplSet: volume tests-small_shard2_node1_data is deleted with the data, after it has been moved to the other shards"}, report.DeletesData)
	require.Contains(t, report.Changes, review.Change{
		Action: review.Update, Kind: "ReplicaSet", Name: "shard1ReplSet", What: "electionTimeoutMillis 2300 → 4000",
	})
	require.Equal(t, before, inventory(t))
	t.Log(report.Markdown())
}

// inventory is everything that Docker has, by its id; other stacks change too,
// so only what belongs to the small one counts.
func inventory(t *testing.T) string {
	t.Helper()
	return strings.Join([]string{
		strings.Join(ofSmallStack(t, "ps", "-a"), " "), strings.Join(ofSmallStack(t, "volume", "ls"), " "),
		strings.Join(ofSmallStack(t, "network", "ls"), " "),
	}, "\n")
}
