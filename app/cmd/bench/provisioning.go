package main

import (
	"context"
	"fmt"
	"time"

	"speedscale/app/cmd/bench/internal/results"
	"speedscale/app/cmd/bench/internal/stack"
)

const (
	healthyTimeout = 3 * time.Minute
	commands       = "The commands" // the section
)

// provision times the commands, for each number of shards; the first of the stacks is
// what the other parts measure. Then a stack grows through all the numbers.
func (b *bench) provision(ctx context.Context) error {
	for i, shards := range b.shards {
		took, err := b.up(ctx, shards)
		if err != nil {
			return err
		}
		b.time(shards, "up, from nothing", took)
		if i == 0 {
			if err := b.measure(ctx); err != nil {
				return err
			}
		}
		if err := b.again(ctx, shards); err != nil {
			return err
		}
		if err := b.destroy(ctx, shards); err != nil {
			return err
		}
	}
	if len(b.shards) == 1 {
		return nil
	}
	return b.grow(ctx)
}

// again times what changes nothing.
func (b *bench) again(ctx context.Context, shards int) error {
	if err := b.healthy(ctx); err != nil {
		return err
	}
	for _, command := range []struct{ name, verb string }{{"up, nothing to do", "up"}, {"preview", "preview"}, {"status", "status"}} {
		var all []time.Duration
		for round := range b.rounds {
			b.say("%s of %d shards, round %d of %d", command.name, shards, round+1, b.rounds)
			took, err := b.timed(ctx, command.verb)
			if err != nil {
				return err
			}
			all = append(all, took)
		}
		b.time(shards, command.name, medianOf(all, func(d time.Duration) time.Duration { return d }))
	}
	return nil
}

// grow adds shards to a stack that has products.
func (b *bench) grow(ctx context.Context) error {
	if _, err := b.up(ctx, b.shards[0]); err != nil {
		return err
	}
	if _, err := seeded(ctx, stack.Gateway); err != nil {
		return err
	}
	for i, shards := range b.shards[1:] {
		took, err := b.up(ctx, shards)
		if err != nil {
			return err
		}
		b.time(shards, fmt.Sprintf("up, from %d shards", b.shards[i]), took)
	}
	return nil // whoever called destroys it
}

func (b *bench) up(ctx context.Context, shards int) (time.Duration, error) {
	b.say("up, %d shards", shards)
	if err := b.stack.Configure(shards); err != nil {
		return 0, err
	}
	return b.timed(ctx, "up")
}

func (b *bench) destroy(ctx context.Context, shards int) error {
	b.say("destroy, %d shards", shards)
	start := time.Now()
	if err := b.stack.Destroy(ctx); err != nil {
		return err
	}
	b.time(shards, "destroy", time.Since(start))
	return nil
}

func (b *bench) timed(ctx context.Context, verb string) (time.Duration, error) {
	start := time.Now()
	_, err := b.stack.Run(ctx, verb)
	return time.Since(start), err
}

func (b *bench) time(shards int, what string, took time.Duration) {
	b.report.Section(commands).Add(fmt.Sprintf("%d shards: %s", shards, what), results.Number("took", took.Seconds(), "s"))
}

// healthy waits until `status` succeeds: a container is only called healthy some time
// after it serves.
func (b *bench) healthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, healthyTimeout)
	defer cancel()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		_, err := b.stack.Run(ctx, "status")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the stack is not healthy within %s: %w", healthyTimeout, err)
		case <-tick.C:
		}
	}
}
