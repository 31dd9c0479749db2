package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// table is the result, as people and Markdown read it.
type table struct{ w *tabwriter.Writer }

func newTable(out io.Writer) table {
	t := table{tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)}
	t.line("route", "cache", "products", "asked/s", "answers", "p50", "p95", "p99", "max", "answers/s", "failed")
	t.line("---", "---", "---", "---", "---", "---", "---", "---", "---", "---", "---")
	return t
}

func (t table) add(products int, r row) {
	cache := "cold"
	if r.hot {
		cache = "hot"
	}
	t.line(r.route.name, cache, products, r.rate, r.requests, ms(r.p50), ms(r.p95), ms(r.p99), ms(r.max), fmt.Sprintf("%.0f", r.throughput), r.failed)
}

func (t table) line(cells ...any) {
	for _, cell := range cells {
		_, _ = fmt.Fprintf(t.w, "| %v\t", cell) // a closed output shows when it is flushed
	}
	_, _ = fmt.Fprintln(t.w, "|")
}

func (t table) flush() { _ = t.w.Flush() }

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
