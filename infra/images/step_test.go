package images

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// writes returns a fill that counts its runs and writes content.
func writes(content string, runs *atomic.Int32) func(context.Context, string) error {
	return func(_ context.Context, tmp string) error {
		runs.Add(1)
		return os.WriteFile(filepath.Join(tmp, "file"), []byte(content), 0o644)
	}
}

func TestStepRunsOnceForAKey(t *testing.T) {
	var runs atomic.Int32
	dir := filepath.Join(t.TempDir(), "cache", "thing")

	first, err := step{dir: dir, key: "1", fill: writes("a", &runs)}.run(t.Context())
	require.NoError(t, err)
	again, err := step{dir: dir, key: "1", fill: writes("a", &runs)}.run(t.Context())
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.EqualValues(t, 1, runs.Load())

	sameContent, err := step{dir: dir, key: "2", fill: writes("a", &runs)}.run(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2, runs.Load(), "another key runs it again")
	require.Equal(t, first, sameContent, "the hash is the content's, not the key's")

	other, err := step{dir: dir, key: "3", fill: writes("b", &runs)}.run(t.Context())
	require.NoError(t, err)
	require.NotEqual(t, first, other)
	require.NoError(t, os.RemoveAll(dir))
	_, err = step{dir: dir, key: "3", fill: writes("b", &runs)}.run(t.Context())
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(dir, "file"), "a folder that somebody removed comes back")
}

// A machine that loses its power cuts files short that their stamp calls whole.
func TestStepFillsAgainWhatWasCutShort(t *testing.T) {
	for name, spoil := range map[string]func(dir string) error{
		"a file":    func(dir string) error { return os.Truncate(filepath.Join(dir, "file"), 1) },
		"the stamp": func(dir string) error { return os.Truncate(dir+".stamp", 5) },
		"no file":   func(dir string) error { return os.Remove(filepath.Join(dir, "file")) },
	} {
		t.Run(name, func(t *testing.T) {
			var runs atomic.Int32
			dir := filepath.Join(t.TempDir(), "thing")
			s := step{dir: dir, key: "1", fill: writes("whole", &runs)}
			sum, err := s.run(t.Context())
			require.NoError(t, err)
			require.NoError(t, spoil(dir))
			again, err := s.run(t.Context())
			require.NoError(t, err)
			require.Equal(t, sum, again)
			require.EqualValues(t, 2, runs.Load())
			content, err := os.ReadFile(filepath.Join(dir, "file"))
			require.NoError(t, err)
			require.Equal(t, "whole", string(content))
		})
	}
}

// What an earlier version downloaded is not downloaded again.
func TestStepTakesOverAStampWithoutAShape(t *testing.T) {
	var runs atomic.Int32
	dir := filepath.Join(t.TempDir(), "thing")
	s := step{dir: dir, key: "1", fill: writes("whole", &runs)}
	sum, err := s.run(t.Context())
	require.NoError(t, err)
	old := []byte(`{"key":"1","sum":"` + sum + `"}`)
	require.NoError(t, os.WriteFile(s.stampFile(), old, 0o644))
	again, err := s.run(t.Context())
	require.NoError(t, err)
	require.Equal(t, sum, again)
	require.EqualValues(t, 1, runs.Load())

	require.NoError(t, os.WriteFile(s.stampFile(), old, 0o644))
	require.NoError(t, os.Truncate(filepath.Join(dir, "file"), 1))
	_, err = s.run(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2, runs.Load())
}

func TestStepFailureKeepsWhatWasThere(t *testing.T) {
	var runs atomic.Int32
	parent := t.TempDir()
	dir := filepath.Join(parent, "thing")
	_, err := step{dir: dir, key: "1", fill: writes("good", &runs)}.run(t.Context())
	require.NoError(t, err)

	broken := errors.New("mirror away")
	_, err = step{dir: dir, key: "2", fill: func(_ context.Context, tmp string) error {
		return errors.Join(os.WriteFile(filepath.Join(tmp, "file"), []byte("half"), 0o644), broken)
	}}.run(t.Context())
	require.ErrorIs(t, err, broken)
	content, err := os.ReadFile(filepath.Join(dir, "file"))
	require.NoError(t, err)
	require.Equal(t, "good", string(content))
	require.NoDirExists(t, filepath.Join(parent, ".thing.tmp"))
}

func TestStepClearsWhatAKilledRunLeft(t *testing.T) {
	var runs atomic.Int32
	parent := t.TempDir()
	left := filepath.Join(parent, ".thing.tmp", "new", "half")
	require.NoError(t, os.MkdirAll(left, 0o755))
	_, err := step{dir: filepath.Join(parent, "thing"), key: "1", fill: writes("a", &runs)}.run(t.Context())
	require.NoError(t, err)
	require.NoDirExists(t, filepath.Join(parent, ".thing.tmp"))
	require.NoDirExists(t, filepath.Join(parent, "thing", "half"))
}

func TestStepOfTwoRunsFillsOnce(t *testing.T) {
	var runs atomic.Int32
	dir := filepath.Join(t.TempDir(), "thing")
	var group sync.WaitGroup
	sums := make([]string, 8)
	for i := range sums {
		group.Go(func() {
			sum, err := step{dir: dir, key: "1", fill: writes("a", &runs)}.run(t.Context())
			if err == nil {
				sums[i] = sum
			}
		})
	}
	group.Wait()
	require.EqualValues(t, 1, runs.Load())
	for _, sum := range sums {
		require.NotEmpty(t, sum)
		require.Equal(t, sums[0], sum)
	}
}

func TestStepGivesUpWaitingForALock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "thing")
	unlock, err := lock(t.Context(), dir+".lock")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var runs atomic.Int32
	_, err = step{dir: dir, key: "1", fill: writes("a", &runs)}.run(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "wait for another run to release "+dir)
	require.Zero(t, runs.Load())

	unlock()
	_, err = step{dir: dir, key: "1", fill: writes("a", &runs)}.run(t.Context())
	require.NoError(t, err, "the waiter that gave up does not keep the lock")
}

func TestHashTree(t *testing.T) {
	base := func(t *testing.T) string {
		dir := t.TempDir()
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "sub", "empty"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), []byte("one"), 0o644))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "sub", "b"), []byte("two"), 0o644))
		require.NoError(t, os.Symlink("a", filepath.Join(dir, "link")))
		return dir
	}
	plain, err := hashTree(base(t), nil)
	require.NoError(t, err)

	for _, c := range []struct {
		name   string
		change func(dir string) error
		same   bool
	}{
		{"nothing", func(string) error { return nil }, true},
		{"time", func(dir string) error { return os.Chtimes(filepath.Join(dir, "a"), time.Time{}, time.Unix(1, 0)) }, true},
		{"umask", func(dir string) error { return os.Chmod(filepath.Join(dir, "a"), 0o600) }, true},
		{"executable", func(dir string) error { return os.Chmod(filepath.Join(dir, "a"), 0o755) }, false},
		{"content", func(dir string) error { return os.WriteFile(filepath.Join(dir, "a"), []byte("One"), 0o644) }, false},
		{"name", func(dir string) error { return os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "c")) }, false},
		{"moved between folders", func(dir string) error {
			return os.Rename(filepath.Join(dir, "sub", "b"), filepath.Join(dir, "b"))
		}, false},
		{"empty folder gone", func(dir string) error { return os.Remove(filepath.Join(dir, "sub", "empty")) }, false},
		{"link's target", func(dir string) error {
			link := filepath.Join(dir, "link")
			return errors.Join(os.Remove(link), os.Symlink("b", link))
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := base(t)
			require.NoError(t, c.change(dir))
			changed, err := hashTree(dir, nil)
			require.NoError(t, err)
			require.Equal(t, c.same, changed == plain)
		})
	}
}

func TestLinkTree(t *testing.T) {
	from := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(from, "bin"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(from, "bin", "tool"), []byte("#!"), 0o755))
	require.NoError(t, os.Symlink("bin/tool", filepath.Join(from, "tool")))
	to := filepath.Join(t.TempDir(), "deep", "copy")
	require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
	require.NoError(t, linkTree(from, to))

	want, err := hashTree(from, nil)
	require.NoError(t, err)
	got, err := hashTree(to, nil)
	require.NoError(t, err)
	require.Equal(t, want, got)
}
