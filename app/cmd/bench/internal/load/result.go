package load

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"
)

// Result is how a load went. Latencies are of the answers that were as they should be,
// and of what was not sent in time.
type Result struct {
	Rate     float64       `json:"answersPerSecond"` // of those
	Answers  int           `json:"answers"`
	P50      time.Duration `json:"p50"`
	P95      time.Duration `json:"p95"`
	P99      time.Duration `json:"p99"`
	Max      time.Duration `json:"max"`
	Failed   int           `json:"failed"`             // no answer, or another status than 200
	Other    int           `json:"other"`              // 200, but from the cache where it should not be, or the reverse
	Unsent   int           `json:"unsent"`             // were still due at the end
	FirstBad string        `json:"firstBad,omitempty"` // what the first that was not as it should be was
}

// Bad is the number of requests without an answer as it should be.
func (r Result) Bad() int { return r.Failed + r.Other + r.Unsent }

// Percentile is the smallest value that at least that part of them does not exceed;
// sorted is in order.
func Percentile(sorted []time.Duration, part float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(part*float64(len(sorted)))) - 1
	return sorted[min(max(rank, 0), len(sorted)-1)]
}

// Cache says where answers should come from.
type Cache string

// Hot answers come from the cache, cold ones do not.
const (
	Hot  Cache = "hot"
	Cold Cache = "cold"
)

// tally is what one connection has seen.
type tally struct {
	want      Cache
	latencies []time.Duration
	unsent    []time.Duration // for how long these were due
	failed    int
	other     int
	firstBad  string
}

var (
	fromCache  = []byte(`"cached":true`)
	notInCache = []byte(`"cached":false`)
)

// markWithin is where the mark stands: in front of the products.
const markWithin = 256

func (t *tally) add(latency time.Duration, status int, body []byte, err error) {
	switch {
	case err != nil:
		t.fail(err.Error())
	case status != http.StatusOK:
		t.fail(fmt.Sprintf("status %d: %.200s", status, body))
	case bytes.Contains(body[:min(len(body), markWithin)], mark(t.want)):
		t.latencies = append(t.latencies, latency)
	default:
		t.other++
		t.bad(fmt.Sprintf("not %s: %.100s", t.want, body))
	}
}

func mark(c Cache) []byte {
	if c == Hot {
		return fromCache
	}
	return notInCache
}

func (t *tally) fail(why string) {
	t.failed++
	t.bad(why)
}

func (t *tally) bad(why string) {
	if t.firstBad == "" {
		t.firstBad = why
	}
}

// sum is what all connections have seen in the time that they took.
func sum(tallies []*tally, took time.Duration) Result {
	var r Result
	var all []time.Duration
	for _, t := range tallies {
		all = append(all, t.latencies...)
		r.Failed += t.failed
		r.Other += t.other
		if r.FirstBad == "" {
			r.FirstBad = t.firstBad
		}
	}
	r.Answers = len(all)
	r.Rate = float64(r.Answers) / took.Seconds()
	for _, t := range tallies {
		all = append(all, t.unsent...)
	}
	r.Unsent = len(all) - r.Answers
	slices.Sort(all)
	r.P50, r.P95, r.P99, r.Max = Percentile(all, 0.50), Percentile(all, 0.95), Percentile(all, 0.99), Percentile(all, 1)
	return r
}
