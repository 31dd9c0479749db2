package recovery

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Alone keeps other front ends off a stack while this one recovers and changes
// it: the engine's own lock exists only while the engine runs. The kernel
// releases it at the process's end, however that comes. Call release when done.
func Alone(dir, stack string) (release func(), err error) {
	path := filepath.Join(dir, ".speedscale", "runs", stack)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("lock the stack %s: %w", stack, err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the stack %s: %w", stack, err)
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		holder, _ := os.ReadFile(path) // who it is, is only a help
		_ = file.Close()
		return nil, fmt.Errorf("another speedscale is at work on the stack %s (%s): wait for it, or interrupt it", stack, strings.TrimSpace(string(holder)))
	}
	if err == nil {
		err = os.WriteFile(path, fmt.Appendf(nil, "process %d, since %s\n", os.Getpid(), time.Now().Format(time.DateTime)), 0o600)
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock the stack %s: %w", stack, err)
	}
	return func() { _ = file.Close() }, nil
}
