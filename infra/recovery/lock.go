package recovery

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Lock is the file by which a run keeps others off the stack's state.
type Lock struct {
	Path  string    `json:"-"`
	PID   int       `json:"pid"`
	User  string    `json:"username"`
	Host  string    `json:"hostname"`
	Since time.Time `json:"timestamp"`

	// Broken is set if only the file is there: its run was killed before all of it
	// was written. Then Since is when that was.
	Broken bool `json:"-"`
}

func (l Lock) String() string {
	if l.Broken {
		return fmt.Sprintf("%s, which is half written, since %s", filepath.Base(l.Path), l.Since.Local().Format(time.DateTime))
	}
	return fmt.Sprintf("%s@%s, process %d, since %s", l.User, l.Host, l.PID, l.Since.Local().Format(time.DateTime))
}

// owner says what has become of the run that made a lock.
type owner int

const (
	dead      owner = iota
	alive           // at work
	abandoned       // at work, but whoever started it is gone
	elsewhere       // on another host, where we cannot look
)

// clockError is how far a process's start, which the kernel counts from boot,
// may differ from the clock.
const clockError = 5 * time.Second

// judge compares a lock with the processes of this host. A process that began
// after the lock was made has only inherited the number.
func judge(l Lock, host string, running []Process) owner {
	if l.Broken {
		return judgeBroken(l, running)
	}
	if l.Host != host {
		return elsewhere
	}
	for _, p := range running {
		if p.PID != l.PID || p.Started.After(l.Since.Add(clockError)) {
			continue
		}
		if p.orphan(running) {
			return abandoned
		}
		return alive
	}
	return dead
}

// judgeBroken takes any engine that ran when the lock was made for the one that
// makes it.
func judgeBroken(l Lock, running []Process) owner {
	if slices.ContainsFunc(running, func(p Process) bool {
		return filepath.Base(p.Path) == engine && !p.Started.After(l.Since.Add(clockError))
	}) {
		return alive
	}
	return dead
}

// lockDir is where the runs of a stack leave their locks; "" if the state is
// not in a folder of this host.
func lockDir(backend, dir, project, stack string) (string, error) {
	folder, err := stateFolder(backend, dir)
	if folder == "" || err != nil {
		return "", err
	}
	return filepath.Join(folder, "locks", "organization", project, stack), nil
}

// stateFolder is where the engine keeps the states of all stacks; "" if that is
// no folder of this host.
func stateFolder(backend, dir string) (string, error) {
	path, file := strings.CutPrefix(backend, "file://")
	if !file {
		return "", nil
	}
	path, _, _ = strings.Cut(path, "?")
	path, err := url.PathUnescape(path)
	if err != nil {
		return "", fmt.Errorf("read the backend's address %s: %w", backend, err)
	}
	switch {
	case path == "~" || strings.HasPrefix(path, "~/"):
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		path = filepath.Join(home, path[1:])
	case !filepath.IsAbs(path):
		path = filepath.Join(dir, path)
	}
	return filepath.Join(path, ".pulumi"), nil
}

// readLocks reads the locks in a folder; no folder, no lock.
func readLocks(dir string) (locks []Lock, err error) {
	// The engine takes any file for a lock, a temporary one too.
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".attrs") {
			continue
		}
		l, err := readLock(file)
		if os.IsNotExist(err) { // its run has just ended
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the stack's lock: %w", err)
		}
		locks = append(locks, l)
	}
	return locks, nil
}

func readLock(file string) (Lock, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Lock{}, err
	}
	l := Lock{Path: file}
	if json.Unmarshal(text, &l) == nil && l.PID > 0 {
		return l, nil
	}
	info, err := os.Stat(file)
	if err != nil {
		return Lock{}, err
	}
	return Lock{Path: file, Broken: true, Since: info.ModTime()}, nil
}

// remove takes a lock away, with the file of attributes beside it.
func (l Lock) remove() error {
	for _, file := range []string{l.Path, l.Path + ".attrs"} {
		if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("remove the lock of a dead run: %w", err)
		}
	}
	return nil
}
