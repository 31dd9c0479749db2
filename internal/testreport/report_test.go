package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// told is what a report says of events.
func told(t *testing.T, events ...event) string {
	t.Helper()
	var in, out strings.Builder
	for _, e := range events {
		require.NoError(t, json.NewEncoder(&in).Encode(e))
	}
	r := newReport(&out)
	require.NoError(t, r.read(strings.NewReader(in.String())))
	r.end()
	return out.String()
}

func TestWhatPassesIsALine(t *testing.T) {
	require.Equal(t, "ok  \tp\t0.1s\n", told(t,
		event{Action: "run", Package: "p", Test: "TestA"},
		event{Action: "output", Package: "p", Test: "TestA", Output: "--- PASS: TestA (0.00s)\n"},
		event{Action: "output", Package: "p", Test: "TestA", Output: "    a_test.go:1: a word\n"},
		event{Action: "pass", Package: "p", Test: "TestA"},
		event{Action: "output", Package: "p", Output: "PASS\n"},
		event{Action: "output", Package: "p", Output: "ok  \tp\t0.1s\n"},
		event{Action: "pass", Package: "p"}))
}

func TestReasonsOfSkippedTestsAreCounted(t *testing.T) {
	const why = "    a_test.go:7: this test needs Docker: there is none\n"
	require.Equal(t, "ok  \tp\t0.1s\n\nSkipped:\n  1 × these tests need a stack\n  2 × this test needs Docker: there is none\n", told(t,
		event{Action: "output", Package: "p", Test: "TestA", Output: why},
		event{Action: "skip", Package: "p", Test: "TestA"},
		event{Action: "output", Package: "p", Test: "TestB", Output: why},
		event{Action: "skip", Package: "p", Test: "TestB"},
		event{Action: "output", Package: "p", Output: "skipped: these tests need a stack\n"},
		event{Action: "output", Package: "p", Output: "ok  \tp\t0.1s\n"},
		event{Action: "pass", Package: "p"}))
}

func TestSlowTestsAreNamedTheSlowestFirst(t *testing.T) {
	require.Equal(t, "\nWhat took longest:\n    440 s  p TestC\n     31 s  p TestA\n", told(t,
		event{Action: "pass", Package: "p", Test: "TestA", Elapsed: 31},
		event{Action: "pass", Package: "p", Test: "TestB", Elapsed: 29},
		event{Action: "pass", Package: "p", Test: "TestC/part", Elapsed: 439},
		event{Action: "pass", Package: "p", Test: "TestC", Elapsed: 440}))
}

func TestFailuresAreShownAndSaidAgainAtTheEnd(t *testing.T) {
	out := told(t,
		event{Action: "output", Package: "p", Test: "TestA", Output: "    a_test.go:7: wrong\n"},
		event{Action: "output", Package: "p", Test: "TestA", Output: "a server's log\n"},
		event{Action: "fail", Package: "p", Test: "TestA"},
		event{Action: "output", Package: "p", Test: "TestB", Output: "panic: test timed out\n"},
		event{Action: "output", Package: "p", Output: "FAIL\tp\t0.1s\n"},
		event{Action: "fail", Package: "p"},
		event{Action: "build-output", Output: "q/q.go:1:2: undefined: x\n"})
	above, again, found := strings.Cut(out, "What failed, from the output above:\n")
	require.True(t, found, out)
	require.Equal(t, "    a_test.go:7: wrong\na server's log\npanic: test timed out\nFAIL\tp\t0.1s\nq/q.go:1:2: undefined: x\n\n", above)
	require.Equal(t, "--- FAIL: p TestA\n    a_test.go:7: wrong\n--- not ended: p TestB\npanic: test timed out\nFAIL p\nq/q.go:1:2: undefined: x\n", again)
}

// What an assertion says last is the reason, so that is said again, too.
func TestAnAssertionsReasonIsSaidAgain(t *testing.T) {
	lines := []string{"    a_test.go:7: \n", "        \tError Trace:\t/a_test.go:7\n", "        \t            \t/b_test.go:9\n", "        \tError:      \tReceived unexpected error:\n"}
	for i := range 100 {
		lines = append(lines, fmt.Sprintf("        \t            \tline %d\n", i))
	}
	events := []event{}
	for _, line := range append(lines, "        \tTest:       \tTestA\n") {
		events = append(events, event{Action: "output", Package: "p", Test: "TestA", Output: line})
	}
	_, again, _ := strings.Cut(told(t, append(events, event{Action: "fail", Package: "p", Test: "TestA"})...), "What failed, from the output above:\n")
	require.Contains(t, again, "Received unexpected error:\n        \t            \tline 0\n")
	require.Contains(t, again, "line 3\n        \t            \tline 88\n")
	require.Contains(t, again, "line 99\n")
	require.NotContains(t, again, "b_test.go")
	require.NotContains(t, again, "TestA\n        ")
}

// What go test says, and not what we think that it says.
func TestARunOfGoTest(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":    "module m\n",
		"a_test.go": "package m\nimport \"testing\"\nfunc TestA(t *testing.T) { t.Skip(\"no reason\") }\nfunc TestB(t *testing.T) { t.Run(\"c\", func(t *testing.T) { t.Error(\"wrong\") }) }\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	t.Chdir(dir)
	var out strings.Builder
	require.Equal(t, 1, run([]string{"./..."}, &out))
	for _, want := range []string{"Skipped:\n  1 × no reason\n", "--- FAIL: m TestB/c\n    a_test.go:4: wrong\n"} {
		require.Contains(t, out.String(), want)
	}
}
