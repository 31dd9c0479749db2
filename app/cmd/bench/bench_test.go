package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"speedscale/app/cmd/bench/internal/load"
	"speedscale/app/cmd/bench/internal/plot"
	"speedscale/app/cmd/bench/internal/results"
	"speedscale/app/internal/catalog"
	"speedscale/app/internal/seed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is a gateway that has cached what was asked before.
func server(t *testing.T, limit bool) string {
	t.Helper()
	var asked sync.Map
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/health":
			_, _ = fmt.Fprint(w, `{"seeding":{"seeded":2000}}`)
		case r.URL.Path == "/metrics":
			_, _ = fmt.Fprint(w, "go_goroutines 7\nprocess_resident_memory_bytes 5.24288e+07\n")
		case limit:
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			_, cached := asked.LoadOrStore(r.URL.String(), true)
			_, _ = fmt.Fprintf(w, `{"source":"x","time":"1ms","cached":%t,"data":[]}`, cached)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestTheTableHasEveryRouteColdAndHot(t *testing.T) {
	var out bytes.Buffer
	err := run(t.Context(), []string{"-target", server(t, false), "-duration", "300ms", "-cold", "100", "-hot", "200", "-max", "400", "-within", "1s"}, &out, io.Discard)
	require.NoError(t, err)
	require.Contains(t, out.String(), "2000 products")
	for _, route := range []string{"search", "product", "similar"} {
		require.Regexp(t, `\| `+route+`, cold, 100/s +\| \d+`, out.String())
		require.Regexp(t, `\| `+route+`, hot, 200/s +\| \d+`, out.String())
	}
	require.Regexp(t, `hot searches with a p99 of at most 1s: \d+ a second`, out.String())
	require.Contains(t, out.String(), "memory of the gateway: 50 MB")
}

func TestALimitThatIsOnIsNamed(t *testing.T) {
	err := run(t.Context(), []string{"-target", server(t, true), "-duration", "100ms"}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "RATE_LIMIT=0")
}

func TestItCanBeInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	url := server(t, false)
	cancel()
	require.ErrorIs(t, run(ctx, []string{"-target", url}, io.Discard, io.Discard), context.Canceled)
}

func TestQueriesAreOfSeededProducts(t *testing.T) {
	several := 0
	for n := range int64(200) {
		q := query(n, 1000)
		require.Equal(t, q, query(n, 1000), "the same each time")
		words := catalog.ParseQuery(q).Words()
		require.NotEmpty(t, words)
		if strings.Contains(q, " ") {
			several++
		}
	}
	require.Greater(t, several, 80)
}

func TestWrongFlagsAreNamed(t *testing.T) {
	for want, args := range map[string][]string{
		`-only: there is no part "warm": there are hot, open`: {"-only", "hot,warm"},
		`-shards: "none" is no number`:                        {"-shards", "2,none"},
		`-shards: 4,2 does not rise`:                          {"-shards", "4,2"},
		"must be positive":                                    {"-rounds", "0"},
		"-target: want a URL":                                 {"-target", "localhost"},
		"-compare":                                            {"-compare", filepath.Join(t.TempDir(), "none")},
		"make bench":                                          nil, // the test runs in no project's folder
	} {
		require.ErrorContains(t, run(t.Context(), args, io.Discard, io.Discard), want, args)
	}
}

func TestHotSearchesAreOfManyProducts(t *testing.T) {
	words := frequent(2000)[:hotSet]
	for _, word := range words {
		found := 0
		for n := range 2000 {
			if slices.ContainsFunc(seed.Product(n).Terms(), func(term string) bool { return catalog.Unsigned(term) == word }) {
				found++
			}
		}
		require.GreaterOrEqual(t, found, pageSize, word)
	}
	require.Len(t, hotSearches(2000), hotSet)
}

func TestColdPathsDiffer(t *testing.T) {
	for _, route := range routes(500) {
		paths := route.cold(400)
		require.Len(t, paths, 400, route.name)
		slices.Sort(paths)
		require.Len(t, slices.Compact(paths), 400, route.name)
	}
	require.Len(t, routes(10)[1].cold(400), 10, "there are no more")
}

func TestMedians(t *testing.T) {
	m := median([]load.Result{
		{Rate: 3, P99: 10, Failed: 1}, {Rate: 1, P99: 30, Failed: 2, FirstBad: "why"}, {Rate: 2, P99: 20, Unsent: 4},
	})
	require.Equal(t, load.Result{Rate: 2, P99: 20, Failed: 3, Unsent: 4, FirstBad: "why"}, m)
	require.Zero(t, median(nil))
	require.Equal(t, 2, medianOf([]int{3, 2}, func(n int) int { return n }), "the lower one")
}

func TestACurveEndsWithWhatIsTooMuch(t *testing.T) {
	for name, last := range map[string]load.Result{
		"too slow":         {Rate: 300, P50: 1, P99: 2 * tooSlow},
		"does not keep up": {Rate: 200, P50: 1, P99: 1},
	} {
		t.Run(name, func(t *testing.T) {
			b, tried := &bench{log: io.Discard, report: &results.Report{}}, 0
			series, err := b.curve(t.Context(), "hot", []int{100, 300, 500}, func(_ context.Context, rate int) (load.Result, error) {
				if rate == 300 {
					tried++
					return last, nil
				}
				return load.Result{Rate: float64(rate), P50: 1, P99: 1}, nil
			})
			require.NoError(t, err)
			require.Len(t, series.Points, 2)
			require.Len(t, b.report.Sections[0].Rows, 2)
			require.Equal(t, 2, tried, "it could have been something else")
		})
	}
}

func TestEachIsAskedFirstAsOften(t *testing.T) {
	var order []string
	asks := func(name string) *asked {
		return &asked{name: name, find: func(_ context.Context, word string) error {
			order = append(order, name+word)
			return nil
		}}
	}
	all := []*asked{asks("a"), asks("b")}
	require.NoError(t, inTurns(t.Context(), all, []string{"1", "2"}, 2))
	require.Equal(t, []string{"a1", "b1", "b2", "a2", "a1", "b1", "b2", "a2"}, order)
	require.Len(t, all[0].times, 2, "the first words only warm")
}

func TestThePictureIsDrawnOfAWholeRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "docs", "p.svg")
	point := []plot.Point{{Rate: 100, P50: time.Millisecond, P99: 2 * time.Millisecond}}
	b := &bench{plan: plan{plot: file, shards: []int{2}}, report: &results.Report{Machine: "2 cores"}, curves: []plot.Series{{Name: "hot", Points: point}}}
	require.NoError(t, b.draw())
	require.NoFileExists(t, file)
	b.curves = append(b.curves, b.curves[0], b.curves[0])
	require.NoError(t, b.draw())
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), "2 cores")
}
