// Package metrics holds what Prometheus reads of the gateway.
package metrics

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"speedscale/app/internal/dependency"
)

// buckets suit answers from a cache (below 1 ms) as well as time-outs.
var buckets = []float64{.0005, .001, .0025, .005, .01, .015, .025, .05, .1, .25, .5, 1, 2.5, 5}

// Metrics is a registry of its own, so that tests can have many.
type Metrics struct {
	registry     *prometheus.Registry
	requests     *prometheus.HistogramVec
	dependencies *prometheus.HistogramVec
	limited      prometheus.Counter
	breakers     *prometheus.GaugeVec
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
	m.breakers = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "gateway_breaker_open", Help: "1 while a dependency is not asked, since it did not answer.",
	}, []string{"dependency"})
	m.Register(m.requests, m.dependencies, m.limited, m.breakers, buildInfo(),
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

// Dependency observes what name does, for whichever request.
func (m *Metrics) Dependency(name string, log *slog.Logger) dependency.Observer {
	open := m.breakers.WithLabelValues(name)
	return dependency.Observer{
		Command: func(ctx context.Context, operation string, took time.Duration, ok bool) {
			worked(ctx, name, took)
			outcome := "ok"
			if !ok {
				outcome = "error"
			}
			m.dependencies.WithLabelValues(name, operation, outcome).Observe(took.Seconds())
		},
		Away: func(away bool, reason string) {
			if away {
				open.Set(1)
				log.Warn(name+" does not answer, and is asked once a moment until it does", "reason", reason)
				return
			}
			open.Set(0)
			log.Info(name + " answers again")
		},
	}
}

// upTimeout bounds the look at a dependency when Prometheus reads.
const upTimeout = time.Second

// Up looks whether name answers, each time that Prometheus reads.
func (m *Metrics) Up(name string, ping func(context.Context) error) {
	m.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "gateway_dependency_up", Help: "1 if the dependency answers.", ConstLabels: prometheus.Labels{"dependency": name},
	}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), upTimeout)
		defer cancel()
		if ping(ctx) != nil {
			return 0
		}
		return 1
	}))
}

// buildInfo is always 1: its labels say what runs.
func buildInfo() prometheus.Collector {
	revision, modified := "unknown", "unknown"
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				revision = s.Value
			case "vcs.modified":
				modified = s.Value
			}
		}
	}
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "gateway_build_info", Help: "1; what was built, with which Go.",
		ConstLabels: prometheus.Labels{"revision": revision, "modified": modified, "goversion": runtime.Version()},
	})
	gauge.Set(1)
	return gauge
}
