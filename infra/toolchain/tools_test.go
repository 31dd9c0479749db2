// Package toolchain tests the scripts of this folder. Its programs are in docker/ and in the modules it names.
package toolchain

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Stands for go: notes every build and makes what it would, programs that answer as the real ones do. The rest is
// the real go's.
const fakeGo = `#!/bin/bash
[ "$1" = build ] || exec "$REAL_GO" "$@"
echo "$*" >>"$BUILDS"
[ -z "${FAIL:-}" ] || { echo "no space left on device" >&2; exit 1; }
while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
printf '#!/bin/sh\necho "$*" >>"$BUILDS"\n' >"$out/pulumi"
printf '#!/bin/sh\necho 4.11.2\n' >"$out/docker"
chmod +x "$out"/*
`

// project is a copy of what tools.sh reads, with a PATH that has the fake go before the real one.
type project struct {
	t          *testing.T
	dir, fakes string
}

func newProject(t *testing.T) project {
	t.Helper()
	p := project{t: t, dir: t.TempDir(), fakes: t.TempDir()}
	for _, file := range []string{"tools.sh", "go.mod", "go.sum", "docker/main.go", "docker/provider.go", "docker/shim/go.mod", "docker/shim/shim.go"} {
		p.copy(file, "infra/toolchain/"+file)
	}
	p.copy("../../go.mod", "go.mod")
	p.copy("../../go.sum", "go.sum")
	p.executable(p.fakes, "go", fakeGo)
	return p
}

func (p project) copy(from, to string) {
	p.t.Helper()
	text, err := os.ReadFile(from)
	require.NoError(p.t, err)
	to = filepath.Join(p.dir, to)
	require.NoError(p.t, os.MkdirAll(filepath.Dir(to), 0o755))
	require.NoError(p.t, os.WriteFile(to, text, 0o755))
}

func (p project) executable(dir, name, text string) {
	p.t.Helper()
	require.NoError(p.t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755))
}

// pulumi puts a CLI of a version into a new folder and returns the folder.
func (p project) pulumi(version string) string {
	p.t.Helper()
	dir := p.t.TempDir()
	p.executable(dir, "pulumi", "#!/bin/sh\necho "+version+"\n")
	return dir
}

// engine runs `tools.sh engine` with more folders at the front of PATH.
func (p project) engine(path []string, env ...string) (string, error) {
	p.t.Helper()
	realGo, err := exec.LookPath("go")
	require.NoError(p.t, err)
	cmd := exec.Command(filepath.Join(p.dir, "infra/toolchain/tools.sh"), "engine")
	cmd.Env = append(os.Environ(),
		"PATH="+strings.Join(append(path, p.fakes, filepath.Dir(realGo), "/usr/bin", "/bin"), ":"),
		"REAL_GO="+realGo, "BUILDS="+p.builds(), "PULUMI_HOME="+filepath.Join(p.dir, "home"))
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (p project) builds() string { return filepath.Join(p.fakes, "builds") }

// done returns what was built and installed so far, a line a command.
func (p project) done() []string {
	text, err := os.ReadFile(p.builds())
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(p.t, err)
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func TestANewEnoughCLIOnPathIsUsedAndNothingBuilt(t *testing.T) {
	for _, version := range []string{"v3.259.0", "v3.259.7", "3.300.0"} {
		t.Run(version, func(t *testing.T) {
			p := newProject(t)
			found := p.pulumi(version)
			_, err := p.engine([]string{p.pulumi("v3.258.9"), p.pulumi("v4.300.0"), p.pulumi("nonsense"), found})
			require.NoError(t, err)
			require.Empty(t, p.done())
			target, err := os.Readlink(filepath.Join(p.dir, "bin/pulumi"))
			require.NoError(t, err)
			require.Equal(t, filepath.Join(found, "pulumi"), target)
		})
	}
}

func TestWithoutOneTheEngineIsBuiltOnceAndItsPluginInstalled(t *testing.T) {
	p := newProject(t)
	out, err := p.engine([]string{p.pulumi("v3.258.9")})
	require.NoError(t, err, out)
	require.Contains(t, out, "minutes")
	done := p.done()
	require.Len(t, done, 2)
	require.Contains(t, done[0], "version.Version=3.259.0")
	require.Contains(t, done[0], "main.version=4.11.2")
	require.Contains(t, done[1], "plugin install resource docker 4.11.2 --file")

	// Ours on PATH is not taken for somebody else's, and the installed plugin is seen to be the same.
	installed := filepath.Join(p.dir, "home/plugins/resource-docker-v4.11.2")
	require.NoError(t, os.MkdirAll(installed, 0o755))
	p.executable(installed, "pulumi-resource-docker", "#!/bin/sh\necho 4.11.2\n")
	out, err = p.engine([]string{filepath.Join(p.dir, "bin")})
	require.NoError(t, err, out)
	require.Empty(t, out)
	require.Len(t, p.done(), 2)
}

func TestAChangedSourceOrSumRebuilds(t *testing.T) {
	for _, file := range []string{"go.sum", "go.mod", "docker/provider.go", "docker/shim/shim.go"} {
		t.Run(file, func(t *testing.T) {
			p := newProject(t)
			out, err := p.engine(nil)
			require.NoError(t, err, out)
			built := len(p.done())

			changed, err := os.OpenFile(filepath.Join(p.dir, "infra/toolchain", file), os.O_APPEND|os.O_WRONLY, 0)
			require.NoError(t, err)
			_, err = changed.WriteString("\n")
			require.NoError(t, err)
			require.NoError(t, changed.Close())
			out, err = p.engine(nil)
			require.NoError(t, err, out)
			require.Contains(t, out, "Building")
			require.Greater(t, len(p.done()), built)
		})
	}
}

// A build that is killed leaves programs that are cut short, and so may a machine that loses its power.
func TestAProgramThatIsCutShortIsBuiltAgain(t *testing.T) {
	for _, file := range []string{"pulumi", "plugins/pulumi-resource-docker", ".engine"} {
		t.Run(file, func(t *testing.T) {
			p := newProject(t)
			out, err := p.engine(nil)
			require.NoError(t, err, out)
			require.NoError(t, os.Truncate(filepath.Join(p.dir, "bin", file), 5))
			out, err = p.engine(nil)
			require.NoError(t, err, out)
			require.Contains(t, out, "Building")
			out, err = p.engine(nil)
			require.NoError(t, err, out)
			require.NotContains(t, out, "Building")
		})
	}
}

// A checkout that is moved or copied with its bin/ has nothing to build.
func TestACopiedCheckoutBuildsNothing(t *testing.T) {
	p := newProject(t)
	out, err := p.engine(nil)
	require.NoError(t, err, out)
	elsewhere := p
	elsewhere.dir = filepath.Join(t.TempDir(), "copy")
	require.NoError(t, os.CopyFS(elsewhere.dir, os.DirFS(p.dir)))
	out, err = elsewhere.engine(nil)
	require.NoError(t, err, out)
	require.NotContains(t, out, "Building")
}

func TestACLIThatIsGoneIsReplacedByABuild(t *testing.T) {
	p := newProject(t)
	found := p.pulumi("v3.259.0")
	_, err := p.engine([]string{found})
	require.NoError(t, err)
	out, err := p.engine(nil)
	require.NoError(t, err, out)
	require.Len(t, p.done(), 2)
	info, err := os.Lstat(filepath.Join(p.dir, "bin/pulumi"))
	require.NoError(t, err)
	require.True(t, info.Mode().IsRegular())
	untouched, err := os.ReadFile(filepath.Join(found, "pulumi"))
	require.NoError(t, err)
	require.Contains(t, string(untouched), "v3.259.0")
}

func TestAFailedBuildIsToldAndTriedAgain(t *testing.T) {
	p := newProject(t)
	out, err := p.engine(nil, "FAIL=1")
	require.Error(t, err)
	require.Contains(t, out, "no space left on device")
	out, err = p.engine(nil)
	require.NoError(t, err, out)
	require.Len(t, p.done(), 3)
}
