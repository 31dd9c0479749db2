// Package testenv starts genuine servers on free ports of 127.0.0.1 for tests.
//
// The mongod is the one that the images carry, unless a test names another
// release, or SPEEDSCALE_MONGOD another binary; Redis is Debian's. Without its
// server a test is skipped, with the command that installs it as the reason, so
// that `go test ./...` is of use on any machine; with SPEEDSCALE_NO_SKIP, which
// `make test` sets, it fails. go test -short leaves out what takes long to start:
// mongods, Docker, Pulumi's engine.
package testenv

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"
)

const (
	startTimeout = 60 * time.Second
	lastWords    = 4000 // bytes of a server's log that a failed test shows
)

// Process is a server started for one test; it ends with the test.
type Process struct {
	Port int
	cmd  *exec.Cmd
	done chan struct{}
}

// Addr is the server's host:port on 127.0.0.1.
func (p *Process) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.Port)) }

// Signal sends sig to the server (SIGSTOP and SIGKILL play failures).
func (p *Process) Signal(sig os.Signal) error { return p.cmd.Process.Signal(sig) }

// Ended says whether the server runs no more.
func (p *Process) Ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Stop kills the server and waits until it is gone.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(syscall.SIGCONT)
	_ = p.cmd.Process.Kill()
	<-p.done
}

// FreePort asks the kernel for a port of 127.0.0.1 that nothing listens on.
func FreePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("find a free port: %v", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// start runs the program in env, or in this process's environment if env is nil.
func start(t testing.TB, path string, env, argv []string, port int) *Process {
	t.Helper()
	var log bytes.Buffer
	cmd := &exec.Cmd{Path: path, Args: argv, Env: env, Stdout: &log, Stderr: &log}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	p := &Process{Port: port, cmd: cmd, done: make(chan struct{})}
	go func() { _ = cmd.Wait(); close(p.done) }()
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			t.Logf("last lines of %s on port %d:\n%s%s", argv[0], port, fatal(log.Bytes()), tail(log.Bytes(), lastWords))
		}
	})
	return p
}

func (p *Process) waitFor(t testing.TB, name string, ready func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		attempt, done := context.WithTimeout(ctx, 2*time.Second)
		last := ready(attempt)
		done()
		if last == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s on port %d did not answer within %s: %v", name, p.Port, startTimeout, last)
		case <-p.done:
			t.Fatalf("%s on port %d ended before it answered: %v", name, p.Port, last)
		case <-tick.C:
		}
	}
}

// fatal are the lines with which a mongod says why it ends.
func fatal(log []byte) (lines []byte) {
	for line := range bytes.Lines(log) {
		if bytes.Contains(line, []byte(`"s":"F"`)) {
			lines = append(lines, line...)
		}
	}
	return lines[:min(len(lines), 6000)]
}

func tail(b []byte, n int) []byte {
	if len(b) > n {
		return b[len(b)-n:]
	}
	return b
}
