package recovery

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// Process is a process of this host.
type Process struct {
	PID, Parent int
	Path        string // the program's file; empty if it is not ours to see
	Started     time.Time
	Args        []string // of an engine only
}

// Processes lists what runs on this host, without those that have ended and
// whose parent has not noticed yet.
func Processes() (list []Process, err error) {
	all, err := process.Processes()
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	for _, one := range all {
		p, ended, err := describe(one)
		if err != nil {
			if there, askErr := process.PidExists(one.Pid); askErr == nil && !there { // it has just ended
				continue
			}
			return nil, fmt.Errorf("look at process %d: %w", one.Pid, err)
		}
		if !ended {
			list = append(list, p)
		}
	}
	return list, nil
}

func describe(one *process.Process) (p Process, ended bool, err error) {
	started, err := one.CreateTime()
	if err != nil {
		return p, false, err
	}
	parent, err := one.Ppid()
	if err != nil {
		return p, false, err
	}
	path, err := one.Exe()
	if err != nil { // another user's, or it has ended; to ask which costs a `ps` on a Mac
		path = ""
		status, err := one.Status()
		if err != nil {
			return p, false, err
		}
		ended = slices.Contains(status, process.Zombie)
	}
	p = Process{
		PID: int(one.Pid), Parent: int(parent), Path: strings.TrimSuffix(path, " (deleted)"),
		Started: time.UnixMilli(started),
	}
	if filepath.Base(p.Path) == engine {
		p.Args, _ = one.CmdlineSlice() // it may just have ended
	}
	return p, ended, nil
}

// engine is the name of the program that runs the engine.
const engine = "pulumi"

// orphanedEngine finds an engine out of our folder, at work on the stack, whose front
// end is dead. It may not have taken its lock yet.
func orphanedEngine(running []Process, dir, stack string) (found Process, ok bool) {
	i := slices.IndexFunc(running, func(p Process) bool {
		return filepath.Base(p.Path) == engine && p.within(dir) && slices.Contains(p.Args, stack) && p.orphan(running)
	})
	if i < 0 {
		return found, false
	}
	return running[i], true
}

func (p Process) within(dir string) bool {
	return strings.HasPrefix(p.Path, filepath.Clean(dir)+string(filepath.Separator))
}

// orphan tells whether the process's parent is dead: the kernel has then given
// it to init, or to the systemd of a login.
func (p Process) orphan(running []Process) bool {
	if p.Parent <= 1 {
		return true
	}
	return slices.ContainsFunc(running, func(parent Process) bool {
		return parent.PID == p.Parent && filepath.Base(parent.Path) == "systemd"
	})
}

// plugins are the programs that the engine starts for a run.
var plugins = []string{"pulumi-resource-speedscale", "pulumi-resource-docker"}

// orphanedPlugins finds plugins out of our folders whose engine is dead: what
// they still do nobody would record.
func orphanedPlugins(running []Process, dirs ...string) (found []Process) {
	for _, p := range running {
		if slices.ContainsFunc(dirs, p.within) && slices.Contains(plugins, filepath.Base(p.Path)) && p.orphan(running) {
			found = append(found, p)
		}
	}
	return found
}

// end kills a process and waits until it is gone.
func end(ctx context.Context, p Process) error {
	handle, err := os.FindProcess(p.PID)
	if err != nil {
		return fmt.Errorf("end process %d: %w", p.PID, err)
	}
	defer func() { _ = handle.Release() }()
	if err := handle.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end process %d: %w", p.PID, err)
	}
	return await(ctx, 10*time.Second, fmt.Sprintf("process %d ends", p.PID), func() (bool, error) {
		err := handle.Signal(syscall.Signal(0))
		return errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH), nil
	})
}

// await asks until the answer is yes.
func await(ctx context.Context, within time.Duration, what string, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until %s: not within %s: %w", what, within, ctx.Err())
		case <-tick.C:
		}
	}
}
