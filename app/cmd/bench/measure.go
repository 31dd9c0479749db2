package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

const (
	workers = 64 // requests under way at once, at most
	hotSet  = 20 // different requests that are hot
	warmFor = time.Second
)

// measurement is one row: a route, asked for new things or the same again.
type measurement struct {
	route route
	hot   bool
	rate  int // requests a second
}

// row is how it went; times are the client's.
type row struct {
	measurement
	requests           uint64
	p50, p95, p99, max time.Duration
	throughput         float64 // answers a second
	failed             uint64
}

// measure asks at the rate, whatever the answers take (an open loop: a slow
// gateway gets no easier load). Only answers that were as hot or cold as
// meant count.
func (m measurement) measure(ctx context.Context, p plan) (row, error) {
	if m.hot {
		if _, err := m.attack(ctx, p.target, warmFor, nil); err != nil {
			return row{}, err
		}
	}
	var metrics vegeta.Metrics
	r, err := m.attack(ctx, p.target, p.duration, &metrics)
	if err != nil {
		return row{}, err
	}
	metrics.Close()
	l := metrics.Latencies
	r.requests, r.throughput = metrics.Requests, metrics.Throughput
	r.p50, r.p95, r.p99, r.max = l.P50, l.P95, l.P99, l.Max
	return r, nil
}

func (m measurement) attack(ctx context.Context, target string, duration time.Duration, metrics *vegeta.Metrics) (row, error) {
	r := row{measurement: m}
	attacker := vegeta.NewAttacker(vegeta.MaxWorkers(workers), vegeta.Connections(workers), vegeta.Timeout(10*time.Second))
	results := attacker.Attack(m.targets(target), vegeta.Rate{Freq: m.rate, Per: time.Second}, duration, m.route.name)
	for {
		select {
		case <-ctx.Done():
			attacker.Stop()
			drain(results)
			return r, ctx.Err()
		case result, more := <-results:
			if !more {
				return r, nil
			}
			switch {
			case result.Code == http.StatusTooManyRequests:
				attacker.Stop()
				drain(results)
				return r, fmt.Errorf("the rate limit is on: start the gateway with RATE_LIMIT=0")
			case result.Code != http.StatusOK:
				r.failed++
			case metrics != nil && bytes.Contains(result.Body, []byte(`"cached":true`)) == m.hot:
				metrics.Add(result)
			}
		}
	}
}

// drain waits for what is under way.
func drain(results <-chan *vegeta.Result) {
	for more := true; more; {
		_, more = <-results
	}
}

// targets are new each time, or always the same few.
func (m measurement) targets(target string) vegeta.Targeter {
	var next atomic.Int64
	if !m.hot {
		next.Store(time.Now().UnixNano() % 1_000_000_007) // another place each time, so that nothing is cached
	}
	return func(t *vegeta.Target) error {
		n := next.Add(1)
		if m.hot {
			n %= hotSet
		}
		t.Method, t.URL = http.MethodGet, target+m.route.path(n)
		return nil
	}
}

// highest raises the rate of hot requests until they are too slow.
func highest(ctx context.Context, p plan, route route) (int, row, error) {
	best, bestRow := 0, row{}
	for rate := p.hotRate; rate <= p.maxRate; rate += max(p.hotRate, rate/4) {
		r, err := measurement{route, true, rate}.measure(ctx, p)
		if err != nil {
			return best, bestRow, err
		}
		if r.p99 > p.within || r.failed > 0 || r.throughput < 0.95*float64(rate) {
			break
		}
		best, bestRow = rate, r
	}
	return best, bestRow, nil
}
