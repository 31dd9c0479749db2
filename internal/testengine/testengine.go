// Package testengine has Pulumi's own engine run in tests.
package testengine

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"speedscale/internal/testenv"
)

// cli is Pulumi's: the one that `make tools` built in the project's folder, root,
// or else that of the PATH.
func cli(t *testing.T, root string) auto.PulumiCommand {
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

// OwnPlugin is the package of the project's own plugin.
const OwnPlugin = "speedscale/infra/cmd/pulumi-resource-speedscale"

// Plugin builds a package as the plugin for speedscale's resources and returns its
// folder.
func Plugin(t *testing.T, pkg string) string {
	t.Helper()
	testenv.NeedsEngine(t)
	dir := t.TempDir()
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "pulumi-resource-speedscale"), pkg).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "PulumiPlugin.yaml"), []byte("runtime: go\n"), 0o600))
	return dir
}

// Options describe a stack of a program.
type Options struct {
	Root    string // the project's folder
	Project string
	Program pulumi.RunFunc
	Plugin  string            // the folder of the plugin for speedscale's resources
	Env     map[string]string // of the engine, in addition
}

// Stack is a new, empty stack dev of the program. Its state is in a folder of the
// test.
func Stack(t *testing.T, o Options) auto.Stack {
	t.Helper()
	command := cli(t, o.Root)
	root, err := filepath.Abs(o.Root)
	require.NoError(t, err)
	env := map[string]string{"PULUMI_CONFIG_PASSPHRASE": "", "PULUMI_SKIP_UPDATE_CHECK": "true"}
	if os.Getenv("PULUMI_HOME") == "" { // where `make tools` installs the Docker plugin
		env["PULUMI_HOME"] = filepath.Join(root, ".speedscale", "pulumi-home")
	}
	maps.Copy(env, o.Env)
	s, err := auto.UpsertStackInlineSource(t.Context(), "dev", o.Project, o.Program, auto.Pulumi(command),
		auto.Project(workspace.Project{
			Name: tokens.PackageName(o.Project), Runtime: workspace.NewProjectRuntimeInfo("go", nil),
			Backend: &workspace.ProjectBackend{URL: "file://" + t.TempDir()},
			Plugins: &workspace.Plugins{Providers: []workspace.PluginOptions{{Name: "speedscale", Path: o.Plugin}}},
		}),
		auto.EnvVars(env))
	require.NoError(t, err)
	return s
}
