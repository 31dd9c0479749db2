package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"speedscale/app/cmd/bench/internal/load"
	"speedscale/app/cmd/bench/internal/machine"
	"speedscale/app/cmd/bench/internal/plot"
	"speedscale/app/cmd/bench/internal/reference"
	"speedscale/app/cmd/bench/internal/results"
	"speedscale/app/cmd/bench/internal/stack"
)

const (
	project        = "." // the folder in which the bench runs
	destroyTimeout = 10 * time.Minute
)

// bench is a run of the whole.
type bench struct {
	plan
	stack  stack.Stack
	log    io.Writer // how far it is
	report *results.Report

	// Of the stack that is measured:
	containers                   []stack.Container
	products                     int
	routes                       []route
	redis                        *redis.Client
	direct, published, page, ref *site // nil: not to be measured
	cpuFailed                    error // why processes could not be told apart
	curves                       []plot.Series
}

// whole deploys, measures and destroys. What was measured until something failed is
// reported, too.
func whole(ctx context.Context, p plan, out, log io.Writer) (err error) {
	var before *results.Report
	if p.before != "" {
		if before, err = results.Load(p.before); err != nil {
			return err
		}
	}
	s, err := stack.In(project)
	if err != nil {
		return err
	}
	b := &bench{plan: p, stack: s, log: log, report: &results.Report{Time: time.Now(), Machine: machine.String()}}
	return errors.Join(b.run(ctx), b.finish(out, before))
}

// run leaves no stack behind, whatever happens.
func (b *bench) run(ctx context.Context) (err error) {
	if b.compares() {
		b.say("preparing the reference")
		if err := reference.Prepare(ctx, b.referenceDir(), b.venv()); err != nil {
			return err
		}
	}
	defer func() {
		if err != nil {
			b.say("destroying the stack")
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), destroyTimeout)
		defer cancel()
		err = errors.Join(err, b.stack.Destroy(ctx))
	}()
	if err := b.clear(ctx); err != nil {
		return err
	}
	if b.has(partProvisioning) {
		return b.provision(ctx)
	}
	if _, err := b.up(ctx, b.shards[0]); err != nil {
		return err
	}
	return b.measure(ctx)
}

// clear removes what an earlier run left, so that the first `up` begins with nothing.
func (b *bench) clear(ctx context.Context) error {
	remains, err := b.stack.Remains(ctx)
	if err != nil {
		return err
	}
	if err := b.stack.Configure(b.shards[0]); err != nil || !remains {
		return err
	}
	b.say("destroying what an earlier run left")
	return b.stack.Destroy(ctx)
}

// measure does all that is not provisioning, on the stack that is up.
func (b *bench) measure(ctx context.Context) error {
	if !slices.ContainsFunc(b.parts, func(part string) bool { return part != partProvisioning }) {
		return nil
	}
	about, err := seeded(ctx, stack.Gateway)
	if err != nil {
		return err
	}
	b.products, b.routes = about.products, routes(about.products)
	if b.containers, err = b.stack.Containers(ctx); err != nil {
		return err
	}
	closeCache, err := b.openCache(ctx)
	if err != nil {
		return err
	}
	defer closeCache()
	if err := b.findSites(ctx); err != nil {
		return err
	}
	if b.compares() {
		server, err := b.startReference(ctx)
		if err != nil {
			return err
		}
		defer server.Stop()
		b.ref = &site{"reference", server.URL}
	}
	for _, part := range []struct {
		wanted bool
		run    func(context.Context) error
	}{
		{b.has(partHot) || b.has(partCPU), b.hot},
		{b.has(partOpen), b.open},
		{b.has(partCold), b.cold},
		{b.has(partRouter), b.router},
	} {
		if !part.wanted {
			continue
		}
		if err := part.run(ctx); err != nil {
			return err
		}
	}
	if about, err = ask(ctx, stack.Gateway); err != nil {
		return err
	}
	b.report.Section("Memory").Add("gateway, at the end", results.Number("resident", float64(about.residentBytes)/(1<<20), "MiB"))
	return nil
}

// compares tells whether the reference is measured.
func (b *bench) compares() bool { return b.has(partHot) || b.has(partOpen) }

func (b *bench) referenceDir() string { return b.stack.Path("tests", "reference") }
func (b *bench) venv() string         { return b.stack.Path(".speedscale", "reference-venv") }

func (b *bench) startReference(ctx context.Context) (*reference.Server, error) {
	mongo, err := b.stack.URI(ctx, "mongo")
	if err != nil {
		return nil, err
	}
	cache, err := b.stack.URI(ctx, "redis")
	if err != nil {
		return nil, err
	}
	return reference.Start(ctx, b.referenceDir(), b.venv(), mongo, cache)
}

func (b *bench) openCache(ctx context.Context) (closeIt func(), err error) {
	address, err := b.stack.URI(ctx, "redis")
	if err != nil {
		return nil, err
	}
	opts, err := redis.ParseURL(address)
	if err != nil {
		return nil, fmt.Errorf("read the address of Redis: %w", errors.Unwrap(err)) // without its password
	}
	b.redis = redis.NewClient(opts)
	return func() { _ = b.redis.Close() }, nil
}

// findSites finds the ways to the gateway. The direct one is there where containers are
// on a bridge of this machine.
func (b *bench) findSites(ctx context.Context) error {
	at := func(name, address string) (*site, error) {
		base, err := url.Parse(address)
		return &site{name, base}, err
	}
	var err error
	if b.published, err = at("published", stack.Gateway); err != nil {
		return err
	}
	if b.page, err = at("nginx", stack.Page+"/backend"); err != nil {
		return err
	}
	gateway, err := b.only("gateway")
	if err != nil {
		return err
	}
	direct, err := at("direct", "http://"+gateway.At("8000"))
	if err != nil {
		return err
	}
	if _, err := ask(ctx, direct.base.String()); err != nil {
		b.report.Section("Hot search, closed loop").Note("the gateway's container is not reached directly: %v", err)
		return nil
	}
	b.direct = direct
	return nil
}

// nearest is the gateway with as little as possible in between.
func (b *bench) nearest() site {
	if b.direct != nil {
		return *b.direct
	}
	return *b.published
}

func (b *bench) search() route { return b.routes[0] }

func (b *bench) only(role string) (stack.Container, error) {
	i := slices.IndexFunc(b.containers, func(c stack.Container) bool { return c.Role == role })
	if i < 0 {
		return stack.Container{}, fmt.Errorf("no container with the role %s runs", role)
	}
	return b.containers[i], nil
}

// empty leaves nothing in the cache, so that what is asked for next lives for as long as
// a measurement takes.
func (b *bench) empty(ctx context.Context) error {
	if err := b.redis.FlushDB(ctx).Err(); err != nil {
		return fmt.Errorf("empty the cache: %w", err)
	}
	return nil
}

// warm empties the cache and asks each site for what will be hot.
func (b *bench) warm(ctx context.Context, sites ...site) error {
	if err := b.empty(ctx); err != nil {
		return err
	}
	for _, s := range sites {
		if err := load.Warm(ctx, s.base.Host, s.requests(b.search().hot())); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// finish shows and keeps what was measured.
func (b *bench) finish(out io.Writer, before *results.Report) error {
	if len(b.report.Sections) == 0 {
		return nil
	}
	b.report.Last(commands) // though they began first
	file := b.json
	if file == "" {
		file = results.FileFor(b.stack.Path(".speedscale", "bench"), b.report.Time)
	}
	err := errors.Join(b.report.Write(out, before), b.report.Save(file), b.draw())
	b.say("kept in %s", file)
	return err
}

func (b *bench) say(format string, args ...any) {
	_, _ = fmt.Fprintf(b.log, format+"\n", args...) // nobody reads it if it fails
}
