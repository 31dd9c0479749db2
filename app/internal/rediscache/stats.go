package rediscache

import (
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const latenciesKept = 512 // of each kind of read, for the percentiles

// Stats counts a cache's reads.
type Stats struct {
	since   time.Time
	classes map[Class]*classStats
}

type classStats struct {
	mu     sync.Mutex
	counts [4]int64 // by Origin
	failed int64
	took   [4]latencies
}

// latencies are the last ones, in a ring.
type latencies struct {
	ring []time.Duration
	next int
}

func newStats(ttls TTLs) *Stats {
	s := &Stats{since: time.Now(), classes: map[Class]*classStats{}}
	for class := range ttls {
		s.classes[class] = &classStats{}
	}
	return s
}

func (s *Stats) add(class Class, origin Origin, took time.Duration, err error) {
	c, ok := s.classes[class]
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.failed++
		return
	}
	c.counts[origin]++
	c.took[origin].add(took)
}

func (l *latencies) add(took time.Duration) {
	if len(l.ring) < latenciesKept {
		l.ring = append(l.ring, took)
		return
	}
	l.ring[l.next] = took
	l.next = (l.next + 1) % latenciesKept
}

// Latency is how long reads took, in milliseconds, over the last 512.
type Latency struct {
	P50 float64 `json:"p50Ms"`
	P95 float64 `json:"p95Ms"`
	P99 float64 `json:"p99Ms"`
}

func (l *latencies) summary() *Latency {
	if len(l.ring) == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(l.ring))
	at := func(part float64) float64 {
		return float64(sorted[int(part*float64(len(sorted)-1)+0.5)].Microseconds()) / 1000
	}
	return &Latency{P50: at(.5), P95: at(.95), P99: at(.99)}
}

// Counts are the reads of one class, or of all.
type Counts struct {
	Hits    int64   `json:"hits" doc:"answered from Redis"`
	Near    int64   `json:"near" doc:"answered from a copy of what Redis had less than a second before"`
	Misses  int64   `json:"misses" doc:"loaded from the database or the model"`
	Stale   int64   `json:"stale" doc:"answered from a spare copy while the database did not answer"`
	Errors  int64   `json:"errors" doc:"neither cached nor loaded"`
	HitRate float64 `json:"hitRate" minimum:"0" maximum:"1" doc:"hits, near and stale of all that was answered; 0 before the first"`
}

func (c *Counts) add(more Counts) {
	c.Hits, c.Near, c.Misses, c.Stale, c.Errors = c.Hits+more.Hits, c.Near+more.Near, c.Misses+more.Misses, c.Stale+more.Stale, c.Errors+more.Errors
}

func (c *Counts) rate() {
	found := c.Hits + c.Near + c.Stale
	if all := found + c.Misses; all > 0 {
		c.HitRate = float64(found) / float64(all)
	}
}

// ClassReport is one class of entries.
type ClassReport struct {
	Class      Class `json:"class" enum:"search,product,similar"`
	TTLSeconds int64 `json:"ttlSeconds"`
	Counts
	HitLatency  *Latency `json:"hitLatency,omitempty" doc:"missing before the first hit"`
	MissLatency *Latency `json:"missLatency,omitempty" doc:"missing before the first miss"`
}

// Report is what the gateway knows of its cache since it started.
type Report struct {
	Since time.Time
	Counts
	Classes []ClassReport
}

// Report is the reads so far.
func (c *Cache) Report() Report {
	r := Report{Since: c.stats.since}
	for _, class := range []Class{Search, Product, Similar} {
		stats, ok := c.stats.classes[class]
		if !ok {
			continue
		}
		one := stats.report(class, c.ttls[class])
		r.add(one.Counts)
		r.Classes = append(r.Classes, one)
	}
	r.rate()
	return r
}

func (c *classStats) report(class Class, ttl time.Duration) ClassReport {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := ClassReport{
		Class: class, TTLSeconds: int64(ttl.Seconds()),
		Counts:     Counts{Hits: c.counts[Cached], Near: c.counts[Copied], Misses: c.counts[Loaded], Stale: c.counts[Stale], Errors: c.failed},
		HitLatency: c.took[Cached].summary(), MissLatency: c.took[Loaded].summary(),
	}
	r.rate()
	return r
}

var readsDesc = prometheus.NewDesc("gateway_cache_reads_total", "Reads of the cache.", []string{"class", "result"}, nil)

// Describe and Collect give Prometheus the same figures.
func (c *Cache) Describe(descs chan<- *prometheus.Desc) { descs <- readsDesc }

// Collect is called when Prometheus reads.
func (c *Cache) Collect(metrics chan<- prometheus.Metric) {
	for _, class := range c.Report().Classes {
		for result, n := range map[string]int64{"hit": class.Hits, "near": class.Near, "miss": class.Misses, "stale": class.Stale, "error": class.Errors} {
			metrics <- prometheus.MustNewConstMetric(readsDesc, prometheus.CounterValue, float64(n), string(class.Class), result)
		}
	}
}
