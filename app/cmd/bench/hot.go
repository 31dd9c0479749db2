package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"speedscale/app/cmd/bench/internal/load"
	"speedscale/app/cmd/bench/internal/machine"
	"speedscale/app/cmd/bench/internal/results"
)

const cpuConnections = 32 // at which processes are told apart

var connections = []int{8, 32, 64}

// hot is the hot search by each way, and by the reference, in turns.
func (b *bench) hot(ctx context.Context) error {
	sites, counts := b.sites(), connections
	if !b.has(partHot) {
		sites, counts = []site{b.nearest()}, []int{cpuConnections}
	}
	found := map[string][]load.Result{}
	var shares []map[string]float64
	for round := range b.rounds {
		b.say("hot search, round %d of %d", round+1, b.rounds)
		for _, n := range counts {
			if err := b.warm(ctx, sites...); err != nil {
				return err
			}
			for _, s := range sites {
				before, watched := b.sample(n, s)
				r, err := load.Closed(ctx, s.base.Host, s.requests(b.search().hot()), load.Hot, n, b.duration)
				if err != nil {
					return err
				}
				if watched {
					if after, ok := b.sample(n, s); ok {
						shares = append(shares, after.Since(before))
					}
				}
				found[hotRow(s, n)] = append(found[hotRow(s, n)], r)
			}
		}
	}
	if b.has(partHot) {
		b.reportHot(sites, found)
	}
	if b.has(partCPU) {
		b.reportCPU(shares, median(found[hotRow(b.nearest(), cpuConnections)]))
	}
	return nil
}

// sites are all ways to a gateway.
func (b *bench) sites() (all []site) {
	for _, s := range []*site{b.direct, b.published, b.page, b.ref} {
		if s != nil {
			all = append(all, *s)
		}
	}
	return all
}

func hotRow(s site, connections int) string { return fmt.Sprintf("%s, c = %d", s.name, connections) }

func (b *bench) reportHot(sites []site, found map[string][]load.Result) {
	section := b.report.Section("Hot search, closed loop")
	for _, n := range connections {
		theirs := median(found[hotRow(*b.ref, n)])
		for _, s := range sites {
			r := median(found[hotRow(s, n)])
			section.Add(hotRow(s, n), results.Number("requests/s", r.Rate, ""), results.Number("× reference", ratio(r.Rate, theirs.Rate), ""),
				results.Ms("p50", r.P50), results.Ms("p95", r.P95), results.Ms("p99", r.P99), results.Number("failed", float64(r.Bad()), ""))
			if r.FirstBad != "" {
				section.Note("%s: %s", hotRow(s, n), r.FirstBad)
			}
		}
	}
	section.Note("medians; rounds: %d, of %s each", b.rounds, b.duration)
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// median is the median of each figure; what went wrong is counted in all of them.
func median(all []load.Result) (m load.Result) {
	if len(all) == 0 {
		return m
	}
	m.Rate = medianOf(all, func(r load.Result) float64 { return r.Rate })
	duration := func(of func(load.Result) time.Duration) time.Duration { return medianOf(all, of) }
	m.P50 = duration(func(r load.Result) time.Duration { return r.P50 })
	m.P95 = duration(func(r load.Result) time.Duration { return r.P95 })
	m.P99 = duration(func(r load.Result) time.Duration { return r.P99 })
	m.Max = duration(func(r load.Result) time.Duration { return r.Max })
	for _, r := range all {
		m.Answers += r.Answers
		m.Failed += r.Failed
		m.Other += r.Other
		m.Unsent += r.Unsent
		m.FirstBad = cmp.Or(m.FirstBad, r.FirstBad)
	}
	return m
}

// medianOf is the lower one in the middle, if there are two.
func medianOf[T any, V cmp.Ordered](all []T, of func(T) V) V {
	var values []V
	for _, one := range all {
		values = append(values, of(one))
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}

// sample is what the processes have had so far, where that is wanted.
func (b *bench) sample(connections int, s site) (machine.Sample, bool) {
	if !b.has(partCPU) || connections != cpuConnections || s != b.nearest() {
		return machine.Sample{}, false
	}
	names := map[int]string{os.Getpid(): "bench"}
	for _, c := range b.containers {
		names[c.Process] = c.Role
	}
	taken, err := machine.Take(names)
	if err != nil {
		b.cpuFailed = err
	}
	return taken, err == nil
}

func (b *bench) reportCPU(shares []map[string]float64, at load.Result) {
	section := b.report.Section("Processor, hot search, " + hotRow(b.nearest(), cpuConnections))
	if b.cpuFailed != nil {
		section.Note("not measured: %v", b.cpuFailed)
		return
	}
	names := map[string]bool{}
	for _, share := range shares {
		for name := range share {
			names[name] = true
		}
	}
	type row struct {
		name  string
		share float64
	}
	var rows []row
	for name := range names {
		rows = append(rows, row{name, medianOf(shares, func(s map[string]float64) float64 { return s[name] })})
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(b.share, a.share), cmp.Compare(a.name, b.name)) })
	for _, r := range rows {
		section.Add(r.name, results.Number("seconds a second", r.share, ""), results.Number("µs a request", ratio(r.share*1e6, at.Rate), ""))
	}
	section.Note("at %.0f requests a second; what began and ended meanwhile, such as health checks, is only in %s", at.Rate, machine.Everything)
}
