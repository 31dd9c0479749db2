// Package stack deploys the bench's own stack with the command that users type, and asks
// Docker about its containers.
package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	// Name is the stack's.
	Name = "bench"
	// Gateway and Page are where its servers are published.
	Gateway = "http://127.0.0.1:19000"
	Page    = "http://127.0.0.1:19300"

	commandTimeout = 20 * time.Minute
	dockerTimeout  = time.Minute
	lastWords      = 3000 // bytes of a failed command's output
)

// settings leave out the limit: the load has one address.
const settings = `config:
  speedscale:shards: %d
  speedscale:rateLimit: "0"
  speedscale:ports: {mongos: 19017, redis: 19379, insight: 19001, redisUi: 19081, gateway: 19000, frontend: 19300}
`

// Stack is the bench's, in the project's folder.
type Stack struct{ root string }

// In is the stack of the project in that folder.
func In(root string) (Stack, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return Stack{}, err
	}
	s := Stack{root}
	if _, err := os.Stat(s.program()); err != nil {
		return s, fmt.Errorf("run `make bench`, or the bench in the project's folder after `make tools`: %w", err)
	}
	return s, nil
}

// Path is a file or a folder of the project.
func (s Stack) Path(parts ...string) string {
	return filepath.Join(append([]string{s.root}, parts...)...)
}

func (s Stack) program() string  { return s.Path("bin", "speedscale") }
func (s Stack) settings() string { return s.Path("Pulumi." + Name + ".yaml") }

// Configure says of how many shards the next Up is.
func (s Stack) Configure(shards int) error {
	if err := os.WriteFile(s.settings(), fmt.Appendf(nil, settings, shards), 0o600); err != nil {
		return fmt.Errorf("write the bench's settings: %w", err)
	}
	return nil
}

// Remains tells whether there is something of an earlier stack.
func (s Stack) Remains(ctx context.Context) (bool, error) {
	found, err := docker(ctx, "ps", "--all", "--quiet", "--filter", "label=speedscale.stack="+Name)
	return found != "", err
}

// Destroy removes the stack and its settings.
func (s Stack) Destroy(ctx context.Context) error {
	if _, err := os.Stat(s.settings()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := s.Run(ctx, "destroy", "--yes"); err != nil {
		return err
	}
	return os.Remove(s.settings())
}

// Run is a command on the stack; it returns what that printed.
func (s Stack) Run(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.program(), append([]string{"--stack", Name, "--dir", s.root}, args...)...) //nolint:gosec // the project's own
	// An interrupt lets a running update end and save its state. A terminal would send a
	// second one, which ends it at once.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 5 * time.Minute
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		all := append(out.Bytes(), said.Bytes()...)
		return "", fmt.Errorf("speedscale --stack %s %s: %w\n%s", Name, strings.Join(args, " "), errors.Join(ctx.Err(), err), all[max(0, len(all)-lastWords):])
	}
	return strings.TrimSpace(out.String()), nil
}

// URI is the address of a server, as admin.
func (s Stack) URI(ctx context.Context, server string) (string, error) {
	return s.Run(ctx, "uri", server)
}

func docker(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, dockerTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		var failed *exec.ExitError
		said := ""
		if errors.As(err, &failed) {
			said = ": " + strings.TrimSpace(string(failed.Stderr))
		}
		return "", fmt.Errorf("docker %s: %w%s", args[0], errors.Join(ctx.Err(), err), said)
	}
	return strings.TrimSpace(string(out)), nil
}
