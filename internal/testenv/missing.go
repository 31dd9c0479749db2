package testenv

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// noSkip is set where everything must be tested (`make test`): what is missing
// then fails a test instead of skipping it.
const noSkip = "SPEEDSCALE_NO_SKIP"

// NoSkip says whether a test that cannot run has to fail.
func NoSkip() bool { return os.Getenv(noSkip) != "" }

// Missing ends a test for want of something that this machine lacks, and says
// what: the test is skipped, or fails where everything must be tested.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if NoSkip() {
		t.Fatalf("this test needs "+format, args...)
	}
	t.Skipf("this test needs "+format, args...)
}

// slow skips a test that starts servers which take their time, if only the quick
// ones were asked for (go test -short).
func slow(t testing.TB, what string) {
	t.Helper()
	if testing.Short() && !NoSkip() {
		t.Skipf("this test needs %s, which -short leaves out", what)
	}
}

// Needs skips a test without these programs.
func Needs(t testing.TB, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			Missing(t, "%s, which is not on PATH", program)
		}
	}
}

// NeedsDocker skips a test without a Docker daemon.
func NeedsDocker(t testing.TB) {
	t.Helper()
	slow(t, "Docker")
	if err := Docker(); err != nil {
		Missing(t, "Docker: %v", err)
	}
}

// Docker is nil if a daemon answers this user.
func Docker() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "docker", "version", "--format", "{{.Server.Version}}").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(tail(out, 300))))
	}
	return nil
}

// NeedsEngine skips a test that has Pulumi's engine run, if only the quick ones
// were asked for.
func NeedsEngine(t testing.TB) {
	t.Helper()
	slow(t, "Pulumi's engine")
}
