package router

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// leftOut are the tests that are not run, by reason.
type leftOut []*reason

type reason struct {
	why   string
	names []string
	tests int // how many those are
}

// parseLeftOut reads a list: a reason a line, and below it, indented, the tests
// that are left out for it. A name stands for all below it, as a file's or a
// class's does, and may hold a *.
func parseLeftOut(text string) (list leftOut, err error) {
	for line := range strings.Lines(text) {
		name := strings.TrimSpace(line)
		switch indented := strings.HasPrefix(line, "\t"); {
		case name == "" || strings.HasPrefix(name, "#"):
		case !indented:
			list = append(list, &reason{why: name})
		case len(list) == 0:
			return nil, fmt.Errorf("%s is left out without a reason", name)
		default:
			last := list[len(list)-1]
			last.names = append(last.names, name)
		}
	}
	for _, r := range list {
		if len(r.names) == 0 {
			err = errors.Join(err, fmt.Errorf("no test is left out because: %s", r.why))
		}
	}
	return list, err
}

// sift returns the tests that are not left out. Each name of the list must leave
// out some that no name before it does.
func (l leftOut) sift(tests []string) (chosen []string, err error) {
	out := map[string]bool{}
	for _, r := range l {
		for _, name := range r.names {
			before, pattern := len(out), covering(name)
			for _, id := range tests {
				if pattern.MatchString(id) {
					out[id] = true
				}
			}
			if len(out) == before {
				err = errors.Join(err, fmt.Errorf("%s is on the list of tests left out, but no test fits it, or those before it leave none", name))
			}
			r.tests += len(out) - before
		}
	}
	for _, id := range tests {
		if !out[id] {
			chosen = append(chosen, id)
		}
	}
	return chosen, err
}

// covering matches the name of a test, or of something that tests are in, and
// all below it. A * is any part of a file's, a class's or a test's name.
func covering(name string) *regexp.Regexp {
	parts := strings.Split(name, "*")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile("^" + strings.Join(parts, "[^:]*") + "(::|$)")
}

func (l leftOut) total() (n int) {
	for _, r := range l {
		n += r.tests
	}
	return n
}

func (l leftOut) String() string {
	var b strings.Builder
	for _, r := range l {
		fmt.Fprintf(&b, "\n%6d  %s", r.tests, r.why)
	}
	return b.String()
}

func TestLeftOut(t *testing.T) {
	tests := []string{"test/a.py::A::test_x", "test/a.py::A::test_x_y", "test/a.py::B::test_x", "test/ab.py::A::test_z"}
	for name, c := range map[string]struct {
		text string
		want []string
		err  string
	}{
		"nothing":             {"# only words\n\n", tests, ""},
		"a test":              {"why\n\ttest/a.py::A::test_x\n", []string{tests[1], tests[2], tests[3]}, ""},
		"a class":             {"why\n\ttest/a.py::A\n", []string{tests[2], tests[3]}, ""},
		"a file":              {"why\n\ttest/a.py\n", []string{tests[3]}, ""},
		"a star":              {"why\n\ttest/a.py::*::test_x\n", []string{tests[1], tests[3]}, ""},
		"a class's star":      {"why\n\ttest/*.py::A\n", []string{tests[2]}, ""},
		"a star in one name":  {"why\n\ttest/a.py::*_x\n", tests, "no test fits it"},
		"two reasons":         {"why\n\ttest/a.py\n# more\nwhy else\n\ttest/ab.py\n", nil, ""},
		"no such test":        {"why\n\ttest/a.py::A::test\n", tests, "test/a.py::A::test is on the list of tests left out, but no test fits it"},
		"no test with a star": {"why\n\ttest/c*\n", tests, "test/c* is on the list"},
		"no reason":           {"\ttest/a.py\n", nil, "test/a.py is left out without a reason"},
		"a blank reason":      {"\n  \n\ttest/a.py\n", nil, "test/a.py is left out without a reason"},
		"a reason for none":   {"why\nwhy else\n\ttest/a.py\n", nil, "no test is left out because: why"},
		"twice":               {"why\n\ttest/a.py\nwhy else\n\ttest/a.py::B\n", []string{tests[3]}, "test/a.py::B is on the list"},
		"twice, and more":     {"why\n\ttest/a.py::B\nwhy else\n\ttest/a.py\n", []string{tests[3]}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := parseLeftOut(c.text)
			var got []string
			if err == nil {
				got, err = list.sift(tests)
				require.Equal(t, c.want, got)
				require.Equal(t, len(tests)-len(c.want), list.total())
			}
			if c.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.err)
			}
		})
	}
}
