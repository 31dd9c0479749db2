// Command bench measures a running gateway: route by route, cold and hot, and
// how many hot requests a second it answers in time. The limit must be off
// (RATE_LIMIT=0), and the products seeded.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type plan struct {
	target            string
	duration          time.Duration // of each measurement
	coldRate, hotRate int           // requests a second
	within            time.Duration // for the p99 of the hot requests
	maxRate           int           // at which the search for the limit ends
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var p plan
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&p.target, "target", "http://127.0.0.1:8000", "the gateway's `URL`")
	flags.DurationVar(&p.duration, "duration", 10*time.Second, "of each measurement")
	flags.IntVar(&p.coldRate, "cold", 50, "requests a second, each for something else")
	flags.IntVar(&p.hotRate, "hot", 500, "requests a second, for what the cache has")
	flags.DurationVar(&p.within, "within", 10*time.Millisecond, "what the p99 of hot searches may be")
	flags.IntVar(&p.maxRate, "max", 50_000, "highest rate tried, requests a second; 0 tries none")
	if err := flags.Parse(args); err != nil {
		return err
	}
	about, err := ask(ctx, p.target)
	if err != nil {
		return fmt.Errorf("look at %s: %w", p.target, err)
	}
	t := newTable(out)
	for _, route := range routes(about.products) {
		for _, m := range []measurement{{route, false, p.coldRate}, {route, true, p.hotRate}} {
			row, err := m.measure(ctx, p)
			if err != nil {
				return fmt.Errorf("measure %s: %w", route.name, err)
			}
			t.add(about.products, row)
		}
	}
	t.flush()
	if p.maxRate > 0 {
		rate, row, err := highest(ctx, p, routes(about.products)[0])
		if err != nil {
			return fmt.Errorf("find the highest rate: %w", err)
		}
		_, _ = fmt.Fprintf(out, "hot searches with a p99 of at most %s: %d a second (p99 %s)\n", p.within, rate, row.p99)
	}
	after, err := ask(ctx, p.target)
	if err != nil {
		return fmt.Errorf("look at %s: %w", p.target, err)
	}
	_, _ = fmt.Fprintf(out, "memory of the gateway: %d MB\n", after.residentBytes>>20)
	return nil
}
