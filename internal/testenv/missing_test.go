package testenv

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// verdict notes how a test would have ended.
type verdict struct {
	testing.TB
	skipped, failed string
}

func (v *verdict) Helper() {}

func (v *verdict) Skipf(format string, args ...any) {
	v.skipped = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (v *verdict) Fatalf(format string, args ...any) {
	v.failed = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// verdictOn is how a test ends that does this.
func verdictOn(t *testing.T, do func(testing.TB)) *verdict {
	t.Helper()
	v, done := &verdict{TB: t}, make(chan struct{})
	go func() {
		defer close(done)
		do(v)
	}()
	<-done
	return v
}

func TestWhatIsMissingSkipsATestUnlessEverythingMustBeTested(t *testing.T) {
	for name, do := range map[string]func(testing.TB){
		"a program": func(t testing.TB) { Needs(t, "no-such-program") },
		"mongod":    func(t testing.TB) { release(t, "0.0.0") },
		"Redis":     func(t testing.TB) { Redis(t) },
		"Docker":    NeedsDocker,
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PATH", t.TempDir())
			t.Setenv(noSkip, "")
			v := verdictOn(t, do)
			require.Contains(t, v.skipped, "this test needs ")
			require.Empty(t, v.failed)
			t.Setenv(noSkip, "1")
			v = verdictOn(t, do)
			require.Contains(t, v.failed, "this test needs ")
			require.Empty(t, v.skipped)
		})
	}
}
