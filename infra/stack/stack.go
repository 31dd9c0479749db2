// Package stack declares a plan as Pulumi resources. Each layer has its own file.
package stack

import (
	"context"
	"encoding/json"
	"os"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/cluster"
	"speedscale/infra/config"
	"speedscale/infra/containers"
	"speedscale/infra/dockerhost"
	"speedscale/infra/images"
	"speedscale/infra/preflight"
	"speedscale/infra/sdk"
	"speedscale/infra/topology"
)

// Program returns the Pulumi program of the project in the folder root: it turns
// settings into a plan, and the plan into resources. root may be "" when the
// Pulumi CLI runs the program, since the engine then knows the folder; an inline
// program must pass it.
func Program(root string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		if root == "" {
			root = ctx.RootDirectory()
		}
		if _, err := config.CheckFile(config.File(root, ctx.Stack())); err != nil {
			return err
		}
		cfg, err := config.Load(ctx.Stack(), settings(ctx))
		if err != nil {
			return err
		}
		// A preview must work without a daemon.
		if !ctx.DryRun() {
			if err := Preflight(ctx.Context(), cfg, ctx.Stack()); err != nil {
				return err
			}
		}
		say := func(line string) { _ = ctx.Log.Info(line, nil) } // a lost progress line is no failure
		prepared, err := PrepareImages(ctx.Context(), root, ctx.Stack(), cfg, say)
		if err != nil {
			return err
		}
		if !ctx.DryRun() {
			if err := FetchImages(ctx.Context(), prepared.Source, cfg, say); err != nil {
				return err
			}
		}
		steps := NextSteps(ctx.Context(), cfg, ctx.Stack())
		for _, note := range steps.Notes(cfg) {
			say(note)
		}
		_, err = deploy(ctx, cfg, root, prepared, steps)
		return err
	}
}

// Preflight reports what would make the deployment fail, before anything is
// changed.
func Preflight(ctx context.Context, cfg config.Config, stack string) error {
	daemon, err := dockerhost.Open()
	if err != nil {
		return err
	}
	defer func() { _ = daemon.Close() }()
	return preflight.Check(ctx, daemon, topology.New(cfg), LabelStack, stack)
}

// deploy declares every resource of the stack, from the network up to the page.
func deploy(ctx *pulumi.Context, cfg config.Config, root string, prepared Images, steps Steps) (*deployment, error) {
	d := &deployment{ctx: ctx, cfg: cfg, root: root, plan: topology.New(cfg), logins: steps.Logins, keyfile: steps.Keyfile, tls: steps.TLS}
	// RedisInsight asks nobody for a login; the page in its place does.
	d.cachePage = !steps.Logins.Clients || !prepared.ByName[images.RedisStack].Needs.Beside
	d.exportOutputs() // first, so that they are not shown as deleted when a run fails
	for _, layer := range []func() error{
		func() error { return d.images(prepared) },
		d.network,
		d.secrets,
		d.certificates,
		d.cache,
		d.data,
		d.application,
		d.presentation,
	} {
		if err := layer(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// deployment is what the layers share during one run of the program.
type deployment struct {
	ctx       *pulumi.Context
	cfg       config.Config
	root      string // the project's folder
	plan      topology.Plan
	logins    Logins
	keyfile   Keyfile
	tls       TLS
	cachePage bool // port 8001 is published

	source      images.Source
	image       map[topology.Role]containers.Image
	net         *containers.Network
	secret      map[string]pulumi.StringInput // by name; those that the stack needs
	authority   *sdk.CertificateAuthority     // nil without TLS
	certificate map[string]*sdk.Certificate   // by container
	cluster     *cluster.Cluster
	gatewayUser *sdk.User // of MongoDB; nil without logins
	router      sdk.Endpoint
	redis       *sdk.Service           // created once the cache serves
	products    *sdk.ShardedCollection // created once the data layer serves
}

// exportOutputs exports what `pulumi stack output` shows: the URLs of the servers.
func (d *deployment) exportOutputs() {
	export := func(name string, of Server) {
		address := of.URL(d.cfg, d.tls.Clients())
		d.ctx.Export(name, pulumi.String(address.Scheme+"://"+address.Host))
	}
	export("page", Page)
	export("gateway", Gateway)
	export("mongodb", Mongo)
	export("redis", Redis)
	if d.cachePage {
		export("redisInsight", Insight)
	}
	export("redisCommander", Commander)
}

// settings collects the stack's settings. If the program runs in its own process,
// the engine passes all of them in PULUMI_CONFIG, including misspelt ones. An
// inline program can only ask for names that it knows; there the speedscale command
// checks the rest.
func settings(ctx *pulumi.Context) map[string]string {
	values := map[string]string{}
	all := map[string]string{}
	_ = json.Unmarshal([]byte(os.Getenv(pulumi.EnvConfig)), &all) // not set for an inline program
	for key, value := range all {
		if name, ours := strings.CutPrefix(key, config.Namespace+":"); ours {
			values[name] = value
		}
	}
	for _, name := range config.Names() {
		if value, ok := ctx.GetConfig(config.Namespace + ":" + name); ok {
			values[name] = value
		}
	}
	return values
}
