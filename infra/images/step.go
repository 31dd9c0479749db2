package images

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/fsutil"
)

// step is work that ends in a folder and is done once for the same key. What
// its last run was done from, and the hash of what came out, stand in a stamp
// beside the folder, so that a run with nothing to do reads two small files.
type step struct {
	dir  string // made whole by fill, or not at all
	key  string // everything the content depends on
	fill func(ctx context.Context, tmp string) error
	err  error // why the key could not be told
}

type stamp struct {
	Key   string `json:"key"`
	Sum   string `json:"sum"`   // of all content
	Shape string `json:"shape"` // of the names and sizes: a file that was cut short changes it
}

// run brings the folder up to date and returns the hash of its content.
func (s step) run(ctx context.Context) (string, error) {
	if s.err != nil {
		return "", s.err
	}
	if sum, ok, err := s.current(); ok || err != nil {
		return sum, err
	}
	if err := os.MkdirAll(filepath.Dir(s.dir), 0o755); err != nil {
		return "", err
	}
	// Two runs may want the same folder at the same time (the user cache is
	// shared by all checkouts): the second waits and finds it done.
	unlock, err := lock(ctx, s.dir+".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if sum, ok, err := s.current(); ok || err != nil {
		return sum, err
	}
	return s.refill(ctx)
}

// current tells whether the folder is what the stamp says.
func (s step) current() (sum string, ok bool, err error) {
	data, err := os.ReadFile(s.stampFile())
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	var last stamp
	if err != nil || json.Unmarshal(data, &last) != nil || last.Key != s.key {
		return "", false, err
	}
	shape, err := shapeOf(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	if last.Shape == "" { // a stamp of an earlier version, which had only the sum
		now, err := hashTree(s.dir, nil)
		if err != nil || now != last.Sum {
			return "", false, err
		}
		last.Shape = shape
		return last.Sum, true, s.write(last)
	}
	return last.Sum, last.Shape == shape, nil
}

// write writes the stamp in one step.
func (s step) write(as stamp) error {
	data, err := json.Marshal(as)
	if err != nil {
		return err
	}
	half := s.stampFile() + ".new"
	if err := os.WriteFile(half, data, 0o644); err != nil {
		return err
	}
	return os.Rename(half, s.stampFile())
}

func (s step) stampFile() string { return s.dir + ".stamp" }

// refill makes the folder anew. It must hold the lock.
func (s step) refill(ctx context.Context) (sum string, err error) {
	tmp := filepath.Join(filepath.Dir(s.dir), "."+filepath.Base(s.dir)+".tmp")
	if err := os.RemoveAll(tmp); err != nil { // of a run that was killed
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	fresh := filepath.Join(tmp, "new")
	if err := os.MkdirAll(fresh, 0o755); err != nil {
		return "", err
	}
	if err := s.fill(ctx, fresh); err != nil {
		return "", err
	}
	if sum, err = hashTree(fresh, nil); err != nil {
		return "", err
	}
	shape, err := shapeOf(fresh)
	if err != nil {
		return "", err
	}
	if err := os.Remove(s.stampFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := os.Rename(s.dir, filepath.Join(tmp, "old")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := os.Rename(fresh, s.dir); err != nil {
		return "", err
	}
	return sum, s.write(stamp{Key: s.key, Sum: sum, Shape: shape})
}

// lock waits until no other process works on the same folder. A process that
// dies gives its locks back.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	mutex := fsutil.NewFileMutex(path)
	locked := make(chan error, 1)
	go func() { locked <- mutex.Lock() }()
	select {
	case err := <-locked:
		if err != nil {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		return func() { _ = mutex.Unlock() }, nil
	case <-ctx.Done():
		go func() {
			if <-locked == nil {
				_ = mutex.Unlock()
			}
		}()
		return nil, fmt.Errorf("wait for another run to release %s: %w", path, ctx.Err())
	}
}

// hashTree hashes the names, modes and contents below root, in a fixed order.
// skip, if given, leaves out an entry and what is below it.
func hashTree(root string, skip func(path string, d fs.DirEntry) bool) (string, error) {
	return hashOf(root, skip, hashEntry)
}

// shapeOf hashes the names, modes and sizes below root, and reads no file.
func shapeOf(root string) (string, error) { return hashOf(root, nil, nameAndSize) }

// hashOf hashes what write writes of each thing below root.
func hashOf(root string, skip func(path string, d fs.DirEntry) bool, write func(h io.Writer, root, path string, d fs.DirEntry) error) (string, error) {
	h := sha256.New()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path != root && skip != nil && skip(path, d) {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		return write(h, root, path, d)
	})
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// nameAndSize writes what can be told without reading a file. Only what an image
// or a compiler sees: not the time, and of the mode only whether the file runs,
// since umasks differ between machines.
func nameAndSize(h io.Writer, root, path string, d fs.DirEntry) error {
	rel, err := filepath.Rel(root, path)
	if err != nil {
		return err
	}
	info, err := d.Info()
	if err != nil {
		return err
	}
	kind := info.Mode().Type() | info.Mode().Perm()&0o100
	size := info.Size()
	if !info.Mode().IsRegular() {
		size = 0
	}
	_, err = fmt.Fprintf(h, "%s\x00%o\x00%d\x00", filepath.ToSlash(rel), kind, size)
	return err
}

// hashEntry writes the name, the size and the content.
func hashEntry(h io.Writer, root, path string, d fs.DirEntry) error {
	if err := nameAndSize(h, root, path, d); err != nil {
		return err
	}
	switch {
	case d.Type().IsRegular():
		return copyFileTo(h, path)
	case d.Type()&fs.ModeSymlink != 0:
		target, err := os.Readlink(path)
		if err != nil {
			return err
		}
		_, err = io.WriteString(h, target+"\x00")
		return err
	}
	return nil
}

func copyFileTo(w io.Writer, path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.Copy(w, f)
	return err
}

// keyOf joins what a step depends on; the separator keeps ("ab", "c") and
// ("a", "bc") apart.
func keyOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}
