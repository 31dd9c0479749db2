package router

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/internal/mongods"
	"speedscale/internal/testenv"
)

// suite is pymongo's source package and what runs its tests, in the user's
// folder of downloads.
type suite struct {
	name string // with its version
	dir  string
}

func (s suite) source() string { return filepath.Join(s.dir, "source") }
func (s suite) tools() string  { return filepath.Join(s.dir, "tools") }
func (s suite) list() string   { return filepath.Join(s.dir, "tests.txt") }

// suiteOf downloads the packages unless that was done before. The folder's name
// stands for all that it was made of.
func suiteOf(t *testing.T) suite {
	t.Helper()
	cache, err := mongods.Cache()
	require.NoError(t, err)
	pins, err := os.ReadFile("testdata/pymongo-source.txt")
	require.NoError(t, err)
	tools, err := os.ReadFile("testdata/pymongo-tools.txt")
	require.NoError(t, err)
	s := suite{name: nameOf(string(pins))}
	made := sha256.Sum256(fmt.Appendf(nil, "1 %s %s %s", python(t), pins, tools))
	s.dir = filepath.Join(cache, fmt.Sprintf("%s-%x", s.name, made[:6]))
	if _, err := os.Stat(s.dir); err != nil {
		download(t, s)
	}
	return s
}

// nameOf is name-version of the package that is pinned.
func nameOf(pins string) string {
	for line := range strings.Lines(pins) {
		if name, version, found := strings.Cut(line, "=="); found {
			return name + "-" + strings.Fields(version)[0]
		}
	}
	return ""
}

// python is the version of python3, which pymongo wants to be 3.11 or newer.
func python(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("python3", "-c", "import sys; print(sys.version); sys.exit(sys.version_info < (3, 11))").CombinedOutput()
	if err != nil {
		testenv.Missing(t, "python3, 3.11 or newer: apt-get install python3 python3-pip (%v, %s)", err, lastOf(out))
	}
	return string(out)
}

// download makes the suite's folder beside its place, and moves it there when it is
// whole.
func download(t *testing.T, s suite) {
	t.Helper()
	final := s.dir
	require.NoError(t, os.MkdirAll(filepath.Dir(final), 0o755))
	part, err := os.MkdirTemp(filepath.Dir(final), s.name+"-*.part")
	require.NoError(t, err)
	defer func() { _ = os.RemoveAll(part) }()
	s.dir = part
	pip(t, s, "install", "--only-binary", ":all:", "--target", s.tools(), "--requirement", "testdata/pymongo-tools.txt")
	// pip builds a source package to read what it is, here with the tools just
	// installed, whose hashes are checked too, and without a C compiler.
	pip(t, s, "download", "--no-binary", "pymongo", "--no-build-isolation", "--dest", part, "--requirement", "testdata/pymongo-source.txt")
	require.NoError(t, os.Mkdir(s.source(), 0o755))
	archive := filepath.Join(part, s.name+".tar.gz")
	out, err := exec.Command("tar", "-xzf", archive, "-C", s.source(), "--strip-components=1").CombinedOutput()
	require.NoError(t, err, "unpack pymongo: %s", out)
	require.NoError(t, os.Remove(archive))
	s.collect(t)
	if err := os.Rename(part, final); err != nil && !errors.Is(err, os.ErrExist) { // another run was faster
		require.NoError(t, err)
	}
}

func pip(t *testing.T, s suite, command string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	args = append([]string{"-m", "pip", command, "--quiet", "--no-deps", "--require-hashes", "--timeout", "60"}, args...)
	cmd := exec.CommandContext(ctx, "python3", args...)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+s.tools(), "NO_EXT=1", "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_ROOT_USER_ACTION=ignore")
	cmd.WaitDelay = 5 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		testenv.Missing(t, "the packages that testdata/pymongo-source.txt and pymongo-tools.txt pin, and pip could not get them: %s", complaints(out, err))
	}
}

// complaints are pip's own words about what went wrong.
func complaints(out []byte, err error) string {
	var said []string
	for line := range strings.Lines(string(out)) {
		if words, is := strings.CutPrefix(line, "ERROR: "); is {
			said = append(said, strings.TrimSpace(words))
		}
	}
	if len(said) == 0 {
		return fmt.Sprintf("%v: %s", err, lastOf(out))
	}
	return strings.Join(said, " ")
}

// pytest is a run of pytest that sees the suite's own packages only: others, and
// this machine's plugins, would change which tests there are.
func (s suite) pytest(ctx context.Context, t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	script, err := filepath.Abs("testdata/pymongo_run.py")
	require.NoError(t, err)
	args = append([]string{"-S", script, "-c", os.DevNull, "--rootdir", ".", "-p", "no:cacheprovider"}, args...)
	cmd := exec.CommandContext(ctx, "python3", args...)
	cmd.Dir = s.source()
	cmd.Env = append(os.Environ(), "PYTHONPATH="+s.source()+":"+s.tools(), "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1", "PYTEST_ADDOPTS=")
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// collect writes down which tests there are. The folders below test/ are not
// looked into: they hold the same tests for asyncio, and what needs a setting of
// its own, such as benchmarks.
func (s suite) collect(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.source(), "test", "test_*.py"))
	require.NoError(t, err)
	args := []string{"--collect-only", "-q", "--disable-warnings"}
	for _, file := range files {
		args = append(args, filepath.Join("test", filepath.Base(file)))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	out, err := s.pytest(ctx, t, args...).Output()
	require.NoError(t, err, "list pymongo's tests: %s", lastOf(out))
	ids, _, _ := strings.Cut(string(out), "\n\n") // a summary follows
	require.NoError(t, os.WriteFile(s.list(), []byte(ids), 0o600))
}

// tests are the ids of all tests.
func (s suite) tests(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(s.list())
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}
