// Command bench measures the whole of it: it deploys a stack of its own, puts its
// gateway under load beside a reference, times the commands, and destroys the stack.
// With -target it measures a gateway that runs: its limit must be off (RATE_LIMIT=0),
// and its products seeded.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends it at once, and leaves the stack
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// plan is what the flags say.
type plan struct {
	duration           time.Duration // of each measurement
	coldRate, hotRate  int           // requests a second
	openRate           int           // of the hot search in an open loop
	within             time.Duration // for the p99 of the hot requests
	maxRate            int           // at which the search for the limit ends
	rounds             int
	parts              []string
	shards             []int
	short              bool
	json, before, plot string // files
}

func (p plan) has(part string) bool { return slices.Contains(p.parts, part) }

// The parts of a run, in their order.
const (
	partHot          = "hot"
	partOpen         = "open"
	partCold         = "cold"
	partCPU          = "cpu"
	partRouter       = "router"
	partProvisioning = "provisioning"
)

var parts = []string{partHot, partOpen, partCold, partCPU, partRouter, partProvisioning}

func run(ctx context.Context, args []string, out, log io.Writer) error {
	var p plan
	var target, only, shards string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&target, "target", "", "only measure the gateway at this `URL`")
	flags.DurationVar(&p.duration, "duration", 5*time.Second, "of each measurement")
	flags.IntVar(&p.coldRate, "cold", 50, "requests a second, each for something else")
	flags.IntVar(&p.hotRate, "hot", 500, "with -target: requests a second, for what the cache has")
	flags.DurationVar(&p.within, "within", 10*time.Millisecond, "with -target: what the p99 of hot searches may be")
	flags.IntVar(&p.maxRate, "max", 50_000, "with -target: highest rate tried, requests a second; 0 tries none")
	flags.IntVar(&p.openRate, "hot-rate", 5000, "hot searches a second in the open loop")
	flags.IntVar(&p.rounds, "rounds", 3, "of what is measured in turns, and of commands that change nothing; medians are reported")
	flags.StringVar(&shards, "shards", "2,4,8", "the `numbers` of shards that are deployed, rising; what is not provisioning runs on the first")
	flags.StringVar(&only, "only", strings.Join(parts, ","), "the `parts` that run")
	flags.BoolVar(&p.short, "short", false, "a quick look: one round of a second each, the first number of shards")
	flags.StringVar(&p.json, "json", "", "the `file` that is written for -compare (default .speedscale/bench/<time>.json)")
	flags.StringVar(&p.before, "compare", "", "the `file` of an earlier run, which is shown beside this one")
	flags.StringVar(&p.plot, "plot", "", "the `file` of the picture (default docs/latency.svg, after a run that is not short)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if p.rounds < 1 || p.duration <= 0 || p.coldRate < 1 || p.hotRate < 1 || p.openRate < 1 {
		return fmt.Errorf("-rounds, -duration, -cold, -hot and -hot-rate must be positive")
	}
	if target != "" {
		return alone(ctx, target, p, out)
	}
	var err error
	if p.parts, err = partsOf(only); err != nil {
		return err
	}
	if p.shards, err = numbers(shards); err != nil {
		return err
	}
	if p.short {
		p.duration, p.rounds, p.shards = time.Second, 1, p.shards[:1]
	}
	return whole(ctx, p, out, log)
}

func partsOf(list string) (chosen []string, err error) {
	for part := range strings.SplitSeq(list, ",") {
		if !slices.Contains(parts, part) {
			return nil, fmt.Errorf("-only: there is no part %q: there are %s", part, strings.Join(parts, ", "))
		}
		chosen = append(chosen, part)
	}
	return chosen, nil
}

func numbers(list string) (all []int, err error) {
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-shards: %q is no number of shards", text)
		}
		if len(all) > 0 && n <= all[len(all)-1] {
			return nil, fmt.Errorf("-shards: %s does not rise", list)
		}
		all = append(all, n)
	}
	return all, nil
}
