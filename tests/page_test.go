package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The page's own browser tests, on the deployed stack: search cold and hot, a
// primary that is killed, the gateway away and back, and axe on every view.
func TestThePageInABrowser(t *testing.T) {
	healthy(t)
	cmd := exec.CommandContext(t.Context(), "npm", "run", "e2e")
	cmd.Dir = filepath.Join(root(), "frontend")
	cmd.Env = append(os.Environ(),
		"BASE_URL="+page,
		"KILL_PRIMARY_CMD=docker kill "+prefix+"$PRIMARY",
		"RESTORE_CMD=docker start "+prefix+"$PRIMARY",
		"STOP_GATEWAY_CMD=docker stop "+prefix+"api-gateway",
		"START_GATEWAY_CMD=docker start "+prefix+"api-gateway",
	)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	t.Logf("%s", out)
	healthy(t)
}
