package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// event is a line of what go test -json says.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64 // seconds
}

const (
	mostRepeated = 100 // lines about failures that are said again at the end
	mostTold     = 16  // of them, what one assertion says
	slow         = 30 * time.Second
	mostSlow     = 10 // tests that are named for it
)

var (
	reason = regexp.MustCompile(`^\s*\S+\.go:\d+: (.*)`)
	// telling are the lines of a failed test that say what was wrong.
	telling = regexp.MustCompile(`_test\.go:\d+: |^\s+(Error|Messages):|^panic|\.go:\d+:\d+: `)
	// further lines belong to the assertion's line before them.
	further = regexp.MustCompile(`^\s+\t {6,}\t`)
)

// report follows a run of go test.
type report struct {
	out     io.Writer
	written map[string]map[string][]string // by package and test, of those that have not ended
	skipped map[string]int                 // tests, by reason
	failed  []string                       // lines to say again
	slow    []event                        // tests that took long
}

func newReport(out io.Writer) *report {
	return &report{out: out, written: map[string]map[string][]string{}, skipped: map[string]int{}}
}

// read follows the events to their end. Lines that are no events are printed.
func (r *report) read(events io.Reader) error {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		switch {
		case len(line) == 0:
		case json.Unmarshal(line, &e) != nil:
			r.print(string(line))
		default:
			r.follow(e)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) follow(e event) {
	switch e.Action {
	case "build-output":
		r.print(e.Output)
		r.repeat([]string{e.Output})
	case "output":
		if strings.HasPrefix(e.Output, "=== ") { // which test speaks
			return
		}
		if r.written[e.Package] == nil {
			r.written[e.Package] = map[string][]string{}
		}
		r.written[e.Package][e.Test] = append(r.written[e.Package][e.Test], e.Output)
	case "pass", "fail", "skip":
		if e.Test != "" {
			r.testEnded(e)
			return
		}
		r.packageEnded(e)
	}
}

func (r *report) testEnded(e event) {
	lines := r.written[e.Package][e.Test]
	delete(r.written[e.Package], e.Test)
	if e.Elapsed >= slow.Seconds() && !strings.Contains(e.Test, "/") {
		r.slow = append(r.slow, e)
	}
	switch e.Action {
	case "fail":
		r.print(lines...)
		r.repeat(append([]string{fmt.Sprintf("--- FAIL: %s %s\n", e.Package, e.Test)}, lines...))
	case "skip":
		for _, line := range lines {
			if m := reason.FindStringSubmatch(line); m != nil {
				r.skipped[m[1]]++
				return
			}
		}
	}
}

func (r *report) packageEnded(e event) {
	own := r.written[e.Package][""]
	delete(r.written[e.Package], "")
	switch e.Action {
	case "fail":
		for _, test := range slices.Sorted(maps.Keys(r.written[e.Package])) { // that the package's end cut off
			r.print(r.written[e.Package][test]...)
			r.repeat(append([]string{fmt.Sprintf("--- not ended: %s %s\n", e.Package, test)}, r.written[e.Package][test]...))
		}
		r.print(own...)
		r.repeat(append([]string{"FAIL " + e.Package + "\n"}, own...))
	default:
		for _, line := range own {
			switch {
			case strings.HasPrefix(line, "ok "), strings.HasPrefix(line, "?"):
				r.print(line)
			case strings.HasPrefix(line, "skipped: "):
				r.skipped[strings.TrimSpace(strings.TrimPrefix(line, "skipped: "))]++
			}
		}
	}
	delete(r.written, e.Package)
}

// repeat keeps of a failure's lines what tells most, the first line in any case. What an
// assertion says runs over several lines, of which the last ones say why.
func (r *report) repeat(lines []string) {
	var told []string // the further lines of the one before
	end := func() {
		if cut := len(told) - mostTold; cut > 0 {
			told = append(slices.Clone(told[:mostTold/4]), told[cut+mostTold/4:]...)
		}
		r.failed = append(r.failed, told...)
		told = nil
	}
	within := false
	for i, line := range lines {
		if len(line) > 300 {
			line = line[:300] + "\n"
		}
		switch {
		case i == 0 || telling.MatchString(line):
			end()
			r.failed = append(r.failed, line)
			within = true
		case within && further.MatchString(line):
			if strings.TrimSpace(line) != "" {
				told = append(told, line)
			}
		default:
			within = false
		}
	}
	end()
}

// end says what took long, what was skipped and what failed.
func (r *report) end() {
	if len(r.slow) > 0 {
		slices.SortStableFunc(r.slow, func(a, b event) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
		r.print("\nWhat took longest:\n")
		for _, e := range r.slow[:min(len(r.slow), mostSlow)] {
			r.print(fmt.Sprintf("  %5.0f s  %s %s\n", e.Elapsed, e.Package, e.Test))
		}
	}
	if len(r.skipped) > 0 {
		r.print("\nSkipped:\n")
		for _, why := range slices.Sorted(maps.Keys(r.skipped)) {
			r.print(fmt.Sprintf("  %d × %s\n", r.skipped[why], why))
		}
	}
	if len(r.failed) > 0 {
		r.print("\nWhat failed, from the output above:\n")
		r.print(r.failed[max(0, len(r.failed)-mostRepeated):]...)
	}
}

func (r *report) print(lines ...string) {
	for _, line := range lines {
		_, _ = io.WriteString(r.out, line)
	}
}
