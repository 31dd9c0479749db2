package recovery

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// restore takes the newest whole copy of a state that is broken. The engine
// makes one before each change; what was made since is found on the daemon, or
// made again.
func (f Files) restore(folder string) error {
	path := filepath.Join(folder, "stacks", f.Project, f.Name+".json")
	is, err := broken(path, isCheckpoint)
	if err != nil {
		return fmt.Errorf("read the stack's state: %w", err)
	}
	if !is {
		return nil
	}
	copies, err := f.copies(folder, path)
	if err != nil {
		return fmt.Errorf("look for a copy of the stack's state: %w", err)
	}
	for _, c := range copies {
		text, err := os.ReadFile(c.path)
		if err != nil || !isCheckpoint(text) {
			continue
		}
		f.Say(fmt.Sprintf("the state of the stack %s was left half written: taking the copy %s, of %s, in its place", f.Name, f.name(c.path), c.made.Local().Format(time.DateTime)))
		return replace(path, text)
	}
	return fmt.Errorf("the state of the stack %s, %s, is half written, and there is no whole copy of it in backups or history: put one back; "+
		"or move the file away and run `speedscale recover --force`, which removes the stack's containers, while its volumes stay for the next up", f.Name, f.name(path))
}

// isCheckpoint tells whether a text is a state as the engine writes it.
func isCheckpoint(text []byte) bool {
	var file apitype.VersionedCheckpoint
	var checkpoint apitype.CheckpointV3
	return json.Unmarshal(text, &file) == nil && file.Version > 0 && json.Unmarshal(file.Checkpoint, &checkpoint) == nil && checkpoint.Stack != ""
}

// aCopy is a copy of the state that the engine made.
type aCopy struct {
	path string
	made time.Time
}

// copies lists the engine's copies of the state, the newest first.
func (f Files) copies(folder, state string) (found []aCopy, err error) {
	for _, pattern := range []string{
		state + ".bak",
		filepath.Join(folder, "backups", f.Project, f.Name, "*.json"),
		filepath.Join(folder, "history", f.Project, f.Name, "*.checkpoint.json"),
	} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			info, err := os.Stat(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			found = append(found, aCopy{path, info.ModTime()})
		}
	}
	slices.SortFunc(found, func(a, b aCopy) int { return cmp.Or(b.made.Compare(a.made), cmp.Compare(b.path, a.path)) })
	return found, nil
}

// replace puts a text in the place of a broken file, which is kept.
func replace(path string, text []byte) error {
	whole := path + ".whole.tmp"
	if err := os.WriteFile(whole, text, 0o600); err != nil {
		return fmt.Errorf("restore the stack's state: %w", err)
	}
	if err := errors.Join(os.Rename(path, asideName(path)), os.Rename(whole, path)); err != nil {
		return fmt.Errorf("restore the stack's state: %w", err)
	}
	return nil
}
