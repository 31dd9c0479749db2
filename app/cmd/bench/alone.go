package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"speedscale/app/cmd/bench/internal/load"
	"speedscale/app/cmd/bench/internal/machine"
	"speedscale/app/cmd/bench/internal/results"
)

var errLimited = errors.New("the rate limit is on: start the gateway with RATE_LIMIT=0 (a stack: speedscale:rateLimit: \"0\")")

// alone measures a gateway that runs: route by route, cold and hot, and how many hot
// searches a second it answers in time.
func alone(ctx context.Context, target string, p plan, out io.Writer) error {
	base, err := url.Parse(target)
	if err != nil || base.Scheme != "http" || base.Host == "" {
		return fmt.Errorf("-target: want a URL such as http://127.0.0.1:8000, not %q", target)
	}
	about, err := ask(ctx, target)
	if err != nil {
		return fmt.Errorf("look at %s: %w", target, err)
	}
	if about.products == 0 {
		return fmt.Errorf("look at %s: no products are seeded yet", target)
	}
	report := results.Report{Time: time.Now(), Machine: machine.String()}
	section := report.Section(fmt.Sprintf("The gateway at %s, %d products", target, about.products))
	at := site{"", base}
	all := routes(about.products)
	for _, route := range all {
		for _, m := range []measurement{{route, load.Cold, p.coldRate}, {route, load.Hot, p.hotRate}} {
			r, err := m.measure(ctx, at, p.duration)
			if err != nil {
				return fmt.Errorf("measure %s: %w", route.name, err)
			}
			section.Add(fmt.Sprintf("%s, %s, %d/s", route.name, m.want, m.rate), figures(r)...)
		}
	}
	if p.maxRate > 0 {
		rate, r, err := highest(ctx, p, at, all[0])
		if err != nil {
			return fmt.Errorf("find the highest rate: %w", err)
		}
		section.Note("hot searches with a p99 of at most %s: %d a second (p99 %s)", p.within, rate, results.Ms("", r.P99))
	}
	if about, err = ask(ctx, target); err != nil {
		return fmt.Errorf("look at %s: %w", target, err)
	}
	section.Note("memory of the gateway: %d MB", about.residentBytes>>20)
	return report.Write(out, nil)
}

// highest raises the rate of hot requests until they are too slow.
func highest(ctx context.Context, p plan, at site, route route) (best int, bestResult load.Result, err error) {
	for rate := p.hotRate; rate <= p.maxRate; rate += max(p.hotRate, rate/4) {
		r, err := measurement{route, load.Hot, rate}.measure(ctx, at, p.duration)
		if err != nil {
			return best, bestResult, err
		}
		if r.P99 > p.within || r.Failed > 0 || r.Rate < keepsUp*float64(rate) {
			break
		}
		best, bestResult = rate, r
	}
	return best, bestResult, nil
}

// measurement is a route, asked for new things or the same again, at a rate.
type measurement struct {
	route route
	want  load.Cache
	rate  int // requests a second
}

func (m measurement) measure(ctx context.Context, at site, duration time.Duration) (load.Result, error) {
	paths := m.route.cold(int(float64(m.rate)*duration.Seconds()) + 1)
	if m.want == load.Hot {
		paths = m.route.hot()
	}
	requests := at.requests(paths)
	if m.want == load.Hot {
		if err := load.Warm(ctx, at.base.Host, requests); err != nil {
			return load.Result{}, limited(err.Error(), err)
		}
	}
	r, err := load.Open(ctx, at.base.Host, requests, m.want, m.rate, duration)
	if err == nil && r.Failed > 0 {
		err = limited(r.FirstBad, nil)
	}
	return r, err
}

// limited names the setting where that is what is wrong.
func limited(said string, otherwise error) error {
	if strings.Contains(said, "status 429") {
		return errLimited
	}
	return otherwise
}

// figures are those of a load.
func figures(r load.Result) []results.Figure {
	return []results.Figure{
		results.Number("answers/s", r.Rate, ""), results.Ms("p50", r.P50), results.Ms("p95", r.P95), results.Ms("p99", r.P99),
		results.Ms("max", r.Max), results.Number("failed", float64(r.Failed+r.Unsent), ""), results.Number("not as meant", float64(r.Other), ""),
	}
}
