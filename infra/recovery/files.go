package recovery

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

const (
	// leftAfter is the age from which a temporary file is a dead run's: to write one
	// takes milliseconds.
	leftAfter = time.Minute
	// settledAfter is the age from which a file is as its writer left it. The engine
	// writes some of its files in place: while it does, they are not whole.
	settledAfter = 3 * time.Second
)

// Files are what the engine keeps on this host, of one stack.
type Files struct {
	Project, Name string
	Dir           string // the project's folder
	Home          string // PULUMI_HOME
	Backend       string // where the state lies, as in PULUMI_BACKEND_URL
	Say           func(string)
}

// Mend puts right what a killed run, or a machine that lost its power, left half
// written, so that the engine can open the stack. What it cannot put right it
// names, with the way out. Whole files it leaves alone, and those that another run, be
// it of another stack, is just writing.
func (f Files) Mend() error {
	folder, err := stateFolder(f.Backend, f.Dir)
	if err != nil {
		return err
	}
	if folder != "" {
		if err := f.sweep(folder); err != nil {
			return fmt.Errorf("look at the stack's files: %w", err)
		}
		if err := f.restore(folder); err != nil {
			return err
		}
	}
	return f.workspaces()
}

// sweep looks at every small file of the state's folder.
func (f Files) sweep(folder string) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // it has just been removed, or there never was a stack
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		switch {
		case strings.HasSuffix(path, ".tmp"):
			return f.removeOld(path, entry)
		case strings.HasSuffix(path, ".attrs"):
			// The engine reads no file whose attributes it cannot read, and can do
			// without: they hold nothing that it needs.
			return f.discard(path, isJSON)
		case strings.HasSuffix(path, ".history.json"), strings.HasSuffix(path, ".pulumi-tags"):
			return f.setAside(path, isJSON)
		case path == filepath.Join(folder, "meta.yaml"):
			return f.setAside(path, hasVersion) // the engine writes it anew
		}
		return nil
	})
}

func isJSON(text []byte) bool { return json.Valid(text) }

func hasVersion(text []byte) bool {
	var meta struct{ Version *int }
	return yaml.Unmarshal(text, &meta) == nil && meta.Version != nil
}

// broken tells whether a file is there and is not whole. It waits until nobody can be
// writing it any more.
func broken(path string, whole func([]byte) bool) (bool, error) {
	for deadline := time.Now().Add(settledAfter); ; time.Sleep(10 * time.Millisecond) {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		text, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return false, nil
		case err != nil || whole(text):
			return false, err
		case time.Since(info.ModTime()) > settledAfter, time.Now().After(deadline):
			return true, nil
		}
	}
}

func (f Files) discard(path string, whole func([]byte) bool) error {
	is, err := broken(path, whole)
	if err != nil || !is {
		return err
	}
	f.Say("removing a file that was left half written: " + f.name(path))
	return os.Remove(path)
}

// setAside keeps a broken file under a name that the engine does not look for.
func (f Files) setAside(path string, whole func([]byte) bool) error {
	is, err := broken(path, whole)
	if err != nil || !is {
		return err
	}
	f.Say(fmt.Sprintf("setting aside a file that was left half written: %s is now %s", f.name(path), filepath.Base(asideName(path))))
	return os.Rename(path, asideName(path))
}

func asideName(path string) string { return path + ".broken" }

func (f Files) removeOld(path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || time.Since(info.ModTime()) < leftAfter {
		return err
	}
	f.Say("removing a temporary file of a dead run: " + f.name(path))
	return os.Remove(path)
}

// workspaces are what the engine remembers of each folder: which stack was
// selected there.
func (f Files) workspaces() error {
	files, err := filepath.Glob(filepath.Join(f.Home, "workspaces", f.Project+"-*.json"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := f.discard(file, isJSON); err != nil {
			return fmt.Errorf("look at the engine's files: %w", err)
		}
	}
	return nil
}

// name is a file as seen from the project's folder.
func (f Files) name(path string) string {
	if rel, err := filepath.Rel(f.Dir, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}
