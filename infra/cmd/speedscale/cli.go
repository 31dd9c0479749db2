package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"golang.org/x/term"
)

// cli runs the Pulumi CLI for the Automation API. It differs from the API's own
// implementation in two ways. On a terminal the CLI shows its live tree of resources.
// And an interrupt is passed on to the CLI, which then finishes its running steps,
// saves the state and releases the lock, whereas a cancelled context would kill it.
type cli struct {
	auto.PulumiCommand
	path     string
	terminal *os.File // where the CLI shows its progress; nil: in the API's writers

	interrupted atomic.Bool // the user has interrupted a run of the CLI
}

// newCLI uses the CLI that `make tools` built, or else the one on PATH.
func newCLI(dir string, stdout io.Writer) (*cli, error) {
	path := filepath.Join(dir, "bin", "pulumi")
	opts := &auto.PulumiCommandOptions{Root: dir}
	if _, err := os.Stat(path); err != nil {
		if path, err = exec.LookPath("pulumi"); err != nil {
			return nil, errors.New("there is no Pulumi CLI in bin/ or on PATH: run `make tools`")
		}
		opts = nil
	}
	base, err := auto.NewPulumiCommand(opts)
	if err != nil {
		return nil, fmt.Errorf("use the Pulumi CLI at %s: %w", path, err)
	}
	c := &cli{PulumiCommand: base, path: path}
	if f, ok := stdout.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		c.terminal = f
	}
	return c, nil
}

// Run implements auto.PulumiCommand.
func (c *cli) Run(_ context.Context, dir string, stdin io.Reader, stdout, stderr []io.Writer, env []string, args ...string) (string, string, int, error) {
	var outBuf, errBuf bytes.Buffer
	args = unselected(args)
	live := c.terminal != nil && term.IsTerminal(int(os.Stdin.Fd())) && slices.ContainsFunc(args, func(arg string) bool {
		return arg == "up" || arg == "destroy" || arg == "refresh" || arg == "preview"
	})
	if !live {
		args = append([]string{"--non-interactive"}, args...)
	}
	cmd := exec.Command(c.path, args...) //nolint:gosec // the user's own Pulumi CLI
	cmd.Dir, cmd.Stdin = dir, stdin
	cmd.Env = append(append(os.Environ(), env...), "PULUMI_AUTOMATION_API=true",
		"PATH="+filepath.Dir(c.path)+string(os.PathListSeparator)+os.Getenv("PATH"))
	cmd.Stdout = io.MultiWriter(append(stdout, &outBuf)...)
	cmd.Stderr = io.MultiWriter(append(stderr, &errBuf)...)
	if live {
		cmd.Stdin, cmd.Stdout = os.Stdin, c.terminal
	}
	// On a terminal, Ctrl-C reaches the whole foreground process group, including the
	// CLI. If we passed it on as well, the CLI would take the second one for "stop at
	// once". Elsewhere the CLI has a process group of its own, and we pass on each
	// signal.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: !live}
	err := c.runInterruptible(cmd, live)
	code := -1
	if cmd.ProcessState != nil {
		code = cmd.ProcessState.ExitCode()
	}
	return outBuf.String(), errBuf.String(), code, err
}

// unselected has the engine open or create a stack without selecting it. All further
// commands name their stack; which one is selected is the user's own, and the file that
// says so is shared by all stacks of the folder, and written in place.
func unselected(args []string) []string {
	switch {
	case len(args) >= 2 && args[0] == "stack" && args[1] == "select":
		return append([]string{"stack", "--show-name"}, args[2:]...)
	case len(args) >= 2 && args[0] == "stack" && args[1] == "init":
		return append(slices.Clone(args), "--no-select")
	}
	return args
}

// runInterruptible runs the command and waits until it exits. It passes on each
// signal, except Ctrl-C to a foreground command, which the terminal sends by itself.
func (c *cli) runInterruptible(cmd *exec.Cmd, foreground bool) error {
	interrupts := make(chan os.Signal, 2)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(interrupts)
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case err := <-done:
			return err
		case sent := <-interrupts:
			c.interrupted.Store(true)
			if !foreground || sent != os.Interrupt {
				_ = cmd.Process.Signal(os.Interrupt) // it may just have ended
			}
		}
	}
}

// Version implements auto.PulumiCommand.
func (c *cli) Version() semver.Version { return c.PulumiCommand.Version() }
