// Package metrics holds what Prometheus reads of the gateway.
package metrics

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// buckets suit answers from a cache (below 1 ms) as well as time-outs.
var buckets = []float64{.0005, .001, .0025, .005, .01, .015, .025, .05, .1, .25, .5, 1, 2.5, 5}

// Metrics is a registry of its own, so that tests can have many.
type Metrics struct {
	registry     *prometheus.Registry
	requests     *prometheus.HistogramVec
	dependencies *prometheus.HistogramVec
	limited      prometheus.Counter
}

// New makes the metrics and those of the process.
func New() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_duration_seconds", Help: "Time to answer a request.", Buckets: buckets,
		}, []string{"route", "method", "code"}),
		dependencies: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "gateway_dependency_duration_seconds", Help: "Time that a dependency took for an operation.", Buckets: buckets,
		}, []string{"dependency", "operation", "outcome"}),
		limited: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "gateway_rate_limited_total", Help: "Requests refused by the rate limit.",
		}),
	}
	m.Register(m.requests, m.dependencies, m.limited,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Register adds the metrics of another part.
func (m *Metrics) Register(parts ...prometheus.Collector) { m.registry.MustRegister(parts...) }

// Gauge adds a figure that is asked for when Prometheus reads.
func (m *Metrics) Gauge(name, help string, value func() float64) {
	m.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

// Handler answers Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Request counts an answer.
func (m *Metrics) Request(route, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Observe(took.Seconds())
}

// Limited counts a refusal by the rate limit.
func (m *Metrics) Limited() { m.limited.Inc() }

// Dependency is an observer of what name does, for whichever request.
func (m *Metrics) Dependency(name string) func(ctx context.Context, operation string, took time.Duration, ok bool) {
	return func(ctx context.Context, operation string, took time.Duration, ok bool) {
		worked(ctx, name, took)
		outcome := "ok"
		if !ok {
			outcome = "error"
		}
		m.dependencies.WithLabelValues(name, operation, outcome).Observe(took.Seconds())
	}
}
