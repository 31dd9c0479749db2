// Package testengine has Pulumi's own engine run in tests.
package testengine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/stretchr/testify/require"

	"speedscale/internal/testenv"
)

// CLI is Pulumi's: the one that `make tools` built in the project's folder, root,
// or else that of the PATH.
func CLI(t *testing.T, root string) auto.PulumiCommand {
	t.Helper()
	testenv.NeedsEngine(t)
	root, err := filepath.Abs(root)
	require.NoError(t, err)
	if _, err := os.Stat(filepath.Join(root, "bin", "pulumi")); err != nil {
		root = ""
	}
	command, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: root})
	if err != nil {
		testenv.Missing(t, "the Pulumi CLI: run `make tools` (%v)", err)
	}
	return command
}
