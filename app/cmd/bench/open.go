package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"speedscale/app/cmd/bench/internal/load"
	"speedscale/app/cmd/bench/internal/plot"
)

const (
	keepsUp  = 0.95                   // of a load, else it is too much
	tooSlow  = 100 * time.Millisecond // a p99 above it ends a curve
	mostLoad = 64_000
	picture  = "latency.svg"
)

var coldLoads = []int{25, 50, 100, 200, 400}

// hotLoads double at first.
func hotLoads() (all []int) {
	for rate := 250; rate < 8000; rate *= 2 {
		all = append(all, rate)
	}
	for rate := 8000; rate <= mostLoad; rate += 4000 {
		all = append(all, rate)
	}
	return all
}

// open is the hot search at a rate, and the latency by load.
func (b *bench) open(ctx context.Context) error {
	ours := b.nearest()
	var rounds []load.Result
	for round := range b.rounds {
		b.say("hot search at %d a second, round %d of %d", b.openRate, round+1, b.rounds)
		r, err := b.openHot(ctx, ours, b.openRate)
		if err != nil {
			return err
		}
		rounds = append(rounds, r)
	}
	section := b.report.Section("Hot search, open loop")
	at := median(rounds)
	section.Add(fmt.Sprintf("%s, %d/s", ours.name, b.openRate), figures(at)...)
	if at.FirstBad != "" {
		section.Note("%s", at.FirstBad)
	}

	for _, c := range []struct {
		name  string
		loads []int
		run   func(context.Context, int) (load.Result, error)
	}{
		{"SpeedScale, hot", hotLoads(), func(ctx context.Context, rate int) (load.Result, error) { return b.openHot(ctx, ours, rate) }},
		{"SpeedScale, cold", coldLoads, func(ctx context.Context, rate int) (load.Result, error) {
			return b.openCold(ctx, ours, b.search(), rate)
		}},
		{"FastAPI, hot", hotLoads(), func(ctx context.Context, rate int) (load.Result, error) { return b.openHot(ctx, *b.ref, rate) }},
	} {
		series, err := b.curve(ctx, c.name, c.loads, c.run)
		if err != nil {
			return err
		}
		b.curves = append(b.curves, series)
	}
	return nil
}

func (b *bench) openHot(ctx context.Context, s site, rate int) (load.Result, error) {
	if err := b.warm(ctx, s); err != nil {
		return load.Result{}, err
	}
	return load.Open(ctx, s.base.Host, s.requests(b.search().hot()), load.Hot, rate, b.duration)
}

func (b *bench) openCold(ctx context.Context, s site, of route, rate int) (load.Result, error) {
	requests := s.requests(of.cold(int(float64(rate) * b.duration.Seconds())))
	if err := b.empty(ctx); err != nil {
		return load.Result{}, err
	}
	return load.Open(ctx, s.base.Host, requests, load.Cold, rate, b.duration)
}

// curve raises the load until it is too much twice; that point belongs to it, too.
func (b *bench) curve(ctx context.Context, name string, loads []int, at func(context.Context, int) (load.Result, error)) (plot.Series, error) {
	series, section := plot.Series{Name: name}, b.report.Section("Search by load, open loop")
	for _, rate := range loads {
		b.say("%s, %d a second", name, rate)
		r, err := at(ctx, rate)
		if err == nil && tooMuch(r, rate) {
			b.say("%s, %d a second, again", name, rate) // something else may have run meanwhile
			r, err = at(ctx, rate)
		}
		if err != nil {
			return series, err
		}
		section.Add(fmt.Sprintf("%s, %d/s", name, rate), figures(r)...)
		if r.P50 > 0 {
			series.Points = append(series.Points, plot.Point{Rate: float64(rate), P50: r.P50, P99: r.P99})
		}
		if tooMuch(r, rate) {
			break
		}
	}
	return series, nil
}

func tooMuch(r load.Result, rate int) bool {
	return r.P99 > tooSlow || r.Rate < keepsUp*float64(rate)-1 // one is left over at the end of a short one
}

// cold are the routes at a rate that people cause, each request for something else.
func (b *bench) cold(ctx context.Context) error {
	section := b.report.Section("Cold, open loop")
	for _, route := range b.routes {
		b.say("cold %s", route.name)
		r, err := b.openCold(ctx, b.nearest(), route, b.coldRate)
		if err != nil {
			return err
		}
		section.Add(fmt.Sprintf("%s, %d/s", route.name, b.coldRate), figures(r)...)
		if r.FirstBad != "" {
			section.Note("%s: %s", route.name, r.FirstBad)
		}
	}
	return nil
}

// draw draws the curves, if all of them are there.
func (b *bench) draw() error {
	file := b.plot
	if file == "" && !b.short {
		file = b.stack.Path("docs", picture)
	}
	if file == "" || len(b.curves) < 3 {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return fmt.Errorf("draw the picture (-plot): %w", err)
	}
	out, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("draw the picture (-plot): %w", err)
	}
	defer func() { _ = out.Close() }()
	p := plot.Plot{
		Title: "Latency of a search by load", Series: b.curves,
		Caption: []string{
			b.report.Machine + ", " + b.report.Time.UTC().Format("2006-01-02"),
			fmt.Sprintf("The load, the reference and the stack's %d containers share the cores. %d products, %d shards; %d connections.", len(b.containers), b.products, b.shards[0], load.Connections),
		},
	}
	if err := p.Write(out); err != nil {
		return err
	}
	return out.Close()
}
