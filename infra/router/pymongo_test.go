package router

import (
	"context"
	"encoding/xml"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/internal/testenv"
)

// fewestPassed must pass. pymongo skips what it takes a server to lack, so a
// router that says less of itself would else pass with fewer tests.
const fewestPassed = 1100

// mostAgain is how many tests that failed are run again, alone.
const mostAgain = 10

// TestIntegrationPymongo runs the tests that others wrote, those of pymongo's
// source package, through the router. What is left out of them, and why, is in
// testdata/pymongo-left-out.txt; all the others must pass.
func TestIntegrationPymongo(t *testing.T) {
	t.Parallel()
	testenv.Default(t) // before anything is downloaded
	s := suiteOf(t)
	text, err := os.ReadFile("testdata/pymongo-left-out.txt")
	require.NoError(t, err)
	list, err := parseLeftOut(string(text))
	require.NoError(t, err)
	chosen, err := list.sift(s.tests(t))
	require.NoError(t, err)

	g := startCluster(t, 1, 2, 1)
	g.addShards(t)
	begin := time.Now()
	address := neighbours(t, g)
	v := judge(chosen, s.run(t, address, chosen))
	passed, again := v.passed, slices.Sorted(maps.Keys(v.failed))
	if len(again) > 0 && len(again) <= mostAgain {
		// Many of pymongo's tests give a server a second or two. On a busy machine
		// some take longer; the same ones do not do so twice.
		v = judge(again, s.run(t, address, again))
		passed += v.passed
	}
	for id, reason := range v.failed {
		t.Errorf("%s failed:\n%s", id, reason)
	}
	t.Logf("%s: %d tests run in %s: %d passed, %d skipped by pymongo itself; run twice: %v; %d left out: %s",
		s.name, len(chosen), time.Since(begin).Round(time.Second), passed, len(chosen)-passed-len(v.failed), again, list.total(), list)
	require.GreaterOrEqual(t, passed, fewestPassed, "passed")
}

// neighbours returns the address of a router that has a second one on the next
// port. pymongo's tests look for one there, and then use both.
func neighbours(t *testing.T, g *genuine) string {
	t.Helper()
	for range 100 {
		_, address := startRouter(t, "configReplSet", addresses(g.config))
		host, port, err := net.SplitHostPort(address)
		require.NoError(t, err)
		number, err := strconv.Atoi(port)
		require.NoError(t, err)
		next, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(number+1)))
		if err != nil {
			continue // somebody has it already
		}
		ctx, cancel := context.WithCancel(context.Background())
		served := make(chan error, 1)
		go func() { served <- g.router.Serve(ctx, []net.Listener{next}) }()
		t.Cleanup(func() {
			cancel()
			require.NoError(t, <-served)
		})
		return address
	}
	t.Fatal("no two ports in a row are free")
	return ""
}

// result is what became of one test, as pytest reports it for JUnit.
type result struct {
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Failure *problem `xml:"failure"`
	Error   *problem `xml:"error"` // before or after the test itself
	Skipped *problem `xml:"skipped"`
}

type problem struct {
	Kind string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// run runs tests through the router at address.
func (s suite) run(t *testing.T, address string, tests []string) map[string][]result {
	t.Helper()
	dir := t.TempDir()
	ids, report := filepath.Join(dir, "ids"), filepath.Join(dir, "report.xml")
	require.NoError(t, os.WriteFile(ids, []byte(strings.Join(tests, "\n")+"\n"), 0o600))
	ctx, cancel := beforeTheDeadline(t)
	defer cancel()
	cmd := s.pytest(ctx, t, "-v", "--tb=native", "--disable-warnings", "-o", "xfail_strict=true", "--junitxml", report, "@"+ids)
	host, port, _ := net.SplitHostPort(address)
	cmd.Env = append(cmd.Env, "DB_IP="+host, "DB_PORT="+port)
	out, err := cmd.CombinedOutput()
	require.NoError(t, ctx.Err(), "pymongo's tests did not end; the last lines:\n%s", lastOf(out))
	text, missing := os.ReadFile(report)
	require.NoError(t, missing, "pytest wrote no report (%v); its last lines:\n%s", err, lastOf(out))
	results, err := parseReport(text)
	require.NoError(t, err)
	return results
}

// beforeTheDeadline ends before go test ends all tests, so that what was going on
// can be told.
func beforeTheDeadline(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	end, limited := t.Deadline()
	if !limited {
		return context.WithCancel(context.Background())
	}
	return context.WithDeadline(context.Background(), end.Add(-15*time.Second))
}

func parseReport(text []byte) (map[string][]result, error) {
	var report struct {
		Cases []result `xml:"testsuite>testcase"`
	}
	if err := xml.Unmarshal(text, &report); err != nil {
		return nil, fmt.Errorf("pytest's report: %w", err)
	}
	results := map[string][]result{}
	for _, r := range report.Cases {
		key := r.Class + " " + r.Name
		results[key] = append(results[key], r)
	}
	return results, nil
}

// reported is what the report calls a test.
func reported(id string) string {
	names := strings.Split(id, "::")
	names[0] = strings.ReplaceAll(strings.TrimSuffix(names[0], ".py"), "/", ".")
	last := len(names) - 1
	return strings.Join(names[:last], ".") + " " + names[last]
}

// verdict is what became of some tests.
type verdict struct {
	passed int
	failed map[string]string // by id: why
}

func judge(tests []string, results map[string][]result) verdict {
	v := verdict{failed: map[string]string{}}
	for _, id := range tests {
		all := results[reported(id)]
		if len(all) == 0 {
			v.failed[id] = "it was not run"
			continue
		}
		for _, r := range all {
			for _, p := range []*problem{r.Failure, r.Error} {
				if p != nil {
					v.failed[id] += lastOf([]byte(p.Text))
				}
			}
		}
		was := all[0].Skipped
		skipped := was != nil && was.Kind != "pytest.xfail" // an expected failure is a pass
		if _, failed := v.failed[id]; !failed && !skipped {
			v.passed++
		}
	}
	return v
}

// lastOf is the end of what a program wrote.
func lastOf(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-30):], "\n")
}
