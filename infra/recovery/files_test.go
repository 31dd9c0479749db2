package recovery

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// onDisk is a project with the files that the engine keeps of the stack dev.
type onDisk struct {
	Files
	said []string
}

const (
	stateFilePath = ".pulumi/stacks/speedscale/dev.json"
	newState      = `{"version":3,"checkpoint":{"stack":"organization/speedscale/dev","latest":{"resources":[]}}}`
	oldState      = `{"version":3,"checkpoint":{"stack":"organization/speedscale/dev"}}`
)

func newOnDisk(t *testing.T) *onDisk {
	t.Helper()
	d := &onDisk{}
	d.Files = Files{Project: "speedscale", Name: "dev", Dir: t.TempDir(), Home: t.TempDir(), Backend: "file://.", Say: func(line string) { d.said = append(d.said, line) }}
	for path, text := range map[string]string{
		".pulumi/meta.yaml":                                              "version: 1\n",
		stateFilePath:                                                    newState,
		stateFilePath + ".bak":                                           oldState,
		stateFilePath + ".attrs":                                         `{"md5":""}`,
		".pulumi/stacks/speedscale/dev.pulumi-tags":                      `{"version":1,"tags":{}}`,
		".pulumi/backups/speedscale/dev/dev.100.json":                    oldState,
		".pulumi/history/speedscale/dev/dev-100.history.json":            `{"kind":"update"}`,
		".pulumi/history/speedscale/dev/dev-100.checkpoint.json":         oldState,
		".pulumi/history/speedscale/dev/dev-100.checkpoint.json.attrs":   `{"md5":""}`,
		".pulumi/locks/organization/speedscale/dev/1.json.attrs":         `{"md5":""}`,
		filepath.Join("home", "workspaces/speedscale-0a-workspace.json"): `{"stack":"dev"}`,
	} {
		d.write(t, path, text)
	}
	return d
}

// at is a file's path; those below home are the engine's own.
func (d *onDisk) at(path string) string {
	if below, ok := strings.CutPrefix(path, "home/"); ok {
		return filepath.Join(d.Home, below)
	}
	return filepath.Join(d.Dir, path)
}

func (d *onDisk) write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(d.at(path)), 0o700))
	require.NoError(t, os.WriteFile(d.at(path), []byte(text), 0o600))
}

// cut leaves the first bytes of a file, as a run did that was killed a while ago.
func (d *onDisk) cut(t *testing.T, path string, size int64) {
	t.Helper()
	require.NoError(t, os.Truncate(d.at(path), size))
	before := time.Now().Add(-2 * settledAfter)
	require.NoError(t, os.Chtimes(d.at(path), before, before))
}

func (d *onDisk) read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(d.at(path))
	require.NoError(t, err)
	return string(text)
}

func TestWholeFilesAreLeftAlone(t *testing.T) {
	d := newOnDisk(t)
	require.NoError(t, d.Mend())
	require.Empty(t, d.said)

	nothing := Files{Project: "speedscale", Name: "dev", Dir: t.TempDir(), Home: t.TempDir(), Backend: "file://.", Say: func(line string) { t.Error(line) }}
	require.NoError(t, nothing.Mend(), "a stack that never was")
	nothing.Backend = "s3://states"
	require.NoError(t, nothing.Mend(), "states that are elsewhere")
}

// Whatever is cut short, and wherever, the engine finds only whole files.
func TestHalfWrittenFilesArePutRight(t *testing.T) {
	for path, want := range map[string]string{
		".pulumi/meta.yaml":                                            "setting aside a file that was left half written: .pulumi/meta.yaml is now meta.yaml.broken",
		stateFilePath:                                                  "the state of the stack dev was left half written: taking the copy .pulumi/",
		stateFilePath + ".attrs":                                       "removing a file that was left half written: " + stateFilePath + ".attrs",
		".pulumi/stacks/speedscale/dev.pulumi-tags":                    "setting aside",
		".pulumi/history/speedscale/dev/dev-100.history.json":          "setting aside",
		".pulumi/history/speedscale/dev/dev-100.checkpoint.json.attrs": "removing a file",
		".pulumi/locks/organization/speedscale/dev/1.json.attrs":       "removing a file",
		"home/workspaces/speedscale-0a-workspace.json":                 "removing a file",
		stateFilePath + ".bak":                                         "", // of no use to anybody until it is needed
	} {
		for _, size := range []int64{0, 1, 7} {
			t.Run(filepath.Base(path), func(t *testing.T) {
				d := newOnDisk(t)
				d.cut(t, path, size)
				require.NoError(t, d.Mend())
				if want == "" {
					require.Empty(t, d.said)
					return
				}
				require.Len(t, d.said, 1)
				require.Contains(t, d.said[0], want)
				d.said = nil
				require.NoError(t, d.Mend())
				require.Empty(t, d.said, "once is enough")
			})
		}
	}
}

// Another stack of the same folder is brought up at the same time.
func TestAFileThatIsBeingWrittenIsLeftAlone(t *testing.T) {
	for _, path := range []string{".pulumi/stacks/speedscale/other.json.attrs", stateFilePath, ".pulumi/meta.yaml", "home/workspaces/speedscale-0a-workspace.json"} {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			d := newOnDisk(t)
			text := `{"md5":""}`
			if _, err := os.Stat(d.at(path)); err == nil {
				text = d.read(t, path)
			}
			d.write(t, path, text[:5])
			written := time.AfterFunc(settledAfter/4, func() { d.write(t, path, text) })
			defer written.Stop()
			require.NoError(t, d.Mend())
			require.Empty(t, d.said)
			require.Equal(t, text, d.read(t, path))
		})
	}
}

// The next run may follow the killed one at once.
func TestAFileThatNobodyWritesAnyMoreIsBrokenSoon(t *testing.T) {
	d := newOnDisk(t)
	d.write(t, stateFilePath+".attrs", "{")
	require.NoError(t, d.Mend())
	require.Len(t, d.said, 1)
}

func TestTheNewestWholeCopyBecomesTheState(t *testing.T) {
	d := newOnDisk(t)
	newest := `{"version":3,"checkpoint":{"stack":"organization/speedscale/dev","latest":{"manifest":{}}}}`
	backup := ".pulumi/backups/speedscale/dev/dev.200.json"
	d.write(t, backup, newest)
	later := time.Now().Add(time.Hour)
	require.NoError(t, os.Chtimes(d.at(backup), later, later))
	d.cut(t, stateFilePath, 40)

	cut := ".pulumi/backups/speedscale/dev/dev.300.json" // newer, and broken too
	d.write(t, cut, newState[:60])
	require.NoError(t, os.Chtimes(d.at(cut), later.Add(time.Hour), later.Add(time.Hour)))

	require.NoError(t, d.Mend())
	require.Equal(t, newest, d.read(t, stateFilePath))
	require.Equal(t, newState[:40], d.read(t, stateFilePath+".broken"), "nothing is thrown away")
}

func TestAStateWithoutACopyIsNamedWithTheWayOut(t *testing.T) {
	d := newOnDisk(t)
	for _, path := range []string{stateFilePath, stateFilePath + ".bak", ".pulumi/backups/speedscale/dev/dev.100.json", ".pulumi/history/speedscale/dev/dev-100.checkpoint.json"} {
		d.cut(t, path, 10)
	}
	require.ErrorContains(t, d.Mend(), stateFilePath+", is half written, and there is no whole copy of it in backups or history: put one back; or move the file away and run `speedscale recover --force`")
	require.Equal(t, newState[:10], d.read(t, stateFilePath))
}

func TestTemporaryFilesOfDeadRunsGo(t *testing.T) {
	d := newOnDisk(t)
	old, fresh := stateFilePath+".17e8.tmp", stateFilePath+".17e9.tmp"
	d.write(t, old, "{")
	d.write(t, fresh, "{")
	long := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(d.at(old), long, long))
	require.NoError(t, d.Mend())
	require.Equal(t, []string{"removing a temporary file of a dead run: " + old}, d.said)
	require.FileExists(t, d.at(fresh), "somebody may be writing it")
}

// The engine takes every file for a lock, and cannot read these.
func TestHalfWrittenLocks(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"1.json", "2.json.17e8.tmp"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(`{"pid`), 0o600))
	}
	locks, err := readLocks(dir)
	require.NoError(t, err)
	require.Len(t, locks, 2)
	for _, l := range locks {
		require.Equal(t, dead, judge(l, "here", nil))
		engine := Process{PID: 7, Parent: 6, Path: "/x/bin/pulumi", Started: time.Now().Add(-time.Minute)}
		require.Equal(t, alive, judge(l, "here", []Process{engine}), "it may be writing it")
		require.Contains(t, l.String(), "which is half written")
		require.NoError(t, l.remove())
		require.NoFileExists(t, l.Path)
	}
}
