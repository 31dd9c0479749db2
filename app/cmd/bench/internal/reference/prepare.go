// Package reference runs the FastAPI gateway of tests/reference, beside which ours is
// measured.
package reference

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	installTimeout = 10 * time.Minute
	lastLines      = 15 // of a program that failed
)

// Prepare makes a virtual environment at venv with what the reference in dir needs. One
// that was made for the same requirements stays.
func Prepare(ctx context.Context, dir, venv string) error {
	requirements := filepath.Join(dir, "requirements.txt")
	text, err := os.ReadFile(requirements)
	if err != nil {
		return fmt.Errorf("read what the reference needs: %w", err)
	}
	wanted, stamp := fmt.Appendf(nil, "%x\n", sha256.Sum256(text)), filepath.Join(venv, "made-for")
	made, err := os.ReadFile(stamp)
	if err == nil && bytes.Equal(made, wanted) {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look at the reference's virtual environment: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, installTimeout)
	defer cancel()
	if err := run(ctx, "python3", "-m", "venv", "--clear", venv); err != nil {
		return fmt.Errorf("make a virtual environment for the reference (Debian's package python3-venv): %w", err)
	}
	if err := run(ctx, filepath.Join(venv, "bin", "python"), "-m", "pip", "install", "--disable-pip-version-check", "-r", requirements); err != nil {
		return fmt.Errorf("install what the reference needs (%s): %w", requirements, err)
	}
	return os.WriteFile(stamp, wanted, 0o600)
}

// run shows what a program wrote last if it fails.
func run(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, last(out))
	}
	return nil
}

func last(out []byte) string {
	lines := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-lastLines):], "\n")
}
