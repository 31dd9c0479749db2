// Package tests deploys a stack of its own with the command that users type,
// checks it from outside, and destroys it.
package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"speedscale/infra/status"
	"speedscale/internal/testenv"
)

const (
	stackName = "tests"
	page      = "http://127.0.0.1:13000"
	prefix    = "tests-"
	label     = "speedscale.stack=" + stackName
)

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

// runAll puts the stack up, runs the tests and takes it down, whatever happens.
func runAll(m *testing.M) (code int) {
	flag.Parse() // -short is read before the tests run
	if err := lacking(); err != nil {
		if testenv.NoSkip() {
			fmt.Printf("these tests need %v\n", err)
			return 1
		}
		fmt.Printf("skipped: these tests need %v\n", err)
		return 0
	}
	if os.Getenv("KILL_POINTS") != "" { // only runs that are killed, of a stack of their own
		return m.Run()
	}
	defer func() {
		if err := takenDown(); err != nil {
			fmt.Println(err)
			code = 1
		}
	}()
	putUp = true
	start := time.Now()
	out, err := speedscale("up")
	if err != nil {
		fmt.Printf("deploy the stack under test: %v\n%s", err, out)
		return 1
	}
	fmt.Printf("deployed in %s\n", time.Since(start).Round(100*time.Millisecond))
	return m.Run()
}

var putUp bool // the stack under test, by this run

// takenDown destroys the stack under test.
var takenDown = sync.OnceValue(func() error {
	if !putUp {
		return nil
	}
	if out, err := speedscale("destroy"); err != nil {
		return fmt.Errorf("destroy the stack under test: %w\n%s", err, out)
	}
	return nil
})

// beside has a test run beside others that have stacks of their own. They come after all that
// need the stack under test, whose containers would only take the machine's time.
func beside(t *testing.T) {
	t.Helper()
	t.Parallel()
	if err := takenDown(); err != nil {
		t.Fatal(err)
	}
}

// lacking is what no stack can be deployed without.
func lacking() error {
	if testing.Short() && !testenv.NoSkip() {
		return errors.New("a deployed stack, which -short leaves out")
	}
	if _, err := os.Stat(filepath.Join(root(), "bin", "speedscale")); err != nil {
		return fmt.Errorf("bin/speedscale: run `make tools` (%w)", err)
	}
	if err := testenv.Docker(); err != nil {
		return fmt.Errorf("Docker: %w", err)
	}
	return nil
}

func root() string {
	dir, err := filepath.Abs("..")
	if err != nil {
		panic(err)
	}
	return dir
}

// speedscale runs the front end on the stack under test.
func speedscale(args ...string) (string, error) { return onStack(stackName, nil, args...) }

// onStack runs the front end on a stack, with more environment.
func onStack(stack string, env []string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(root(), "bin", "speedscale"), append([]string{"--stack", stack, "--dir", root()}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	// An interrupt lets a running update end and save its state.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// exitCode is the exit code of a command's error; 0 for none.
func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}

// docker runs the docker command and returns what it printed.
func docker(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("docker %v: %v\n%s", args, err, out)
	}
	return string(bytes.TrimSpace(out))
}

// readStatus asks `speedscale status` for the live stack under test.
func readStatus(t *testing.T) status.Report { return statusOf(t, stackName) }

func statusOf(t *testing.T, stack string) status.Report {
	t.Helper()
	var report status.Report
	out, err := exec.Command(filepath.Join(root(), "bin", "speedscale"), "--stack", stack, "--dir", root(), "status", "--json").Output()
	if len(out) == 0 {
		t.Fatalf("status of %s says nothing: %v", stack, err)
	}
	if err := json.NewDecoder(bytes.NewReader(out)).Decode(&report); err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("read status of %s: %v\n%s", stack, err, out)
	}
	return report
}

// eventually asks until check is content, and fails with its last reason.
func eventually(t *testing.T, within time.Duration, what string, check func() error) {
	t.Helper()
	deadline := time.After(within)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		last := check()
		if last == nil {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("%s: not within %s: %v", what, within, last)
		case <-tick.C:
		}
	}
}

// healthy waits until the whole stack under test is.
func healthy(t *testing.T) {
	t.Helper()
	healthyStack(t, stackName)
}

// healthyStack waits until a whole stack is healthy and its members are caught
// up: Docker calls a container healthy only some time after it serves.
func healthyStack(t *testing.T, stack string) {
	t.Helper()
	eventually(t, 2*time.Minute, stack+" is healthy", func() error {
		report := statusOf(t, stack)
		if report.Healthy() && caughtUp(report) {
			return nil
		}
		var out bytes.Buffer
		if err := report.Write(&out); err != nil {
			return err
		}
		return errors.New(out.String())
	})
}

func caughtUp(report status.Report) bool {
	for _, set := range report.Sets {
		for _, m := range set.Members {
			if m.Lag == nil || *m.Lag > 1 {
				return false
			}
		}
	}
	return true
}
