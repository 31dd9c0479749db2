// Package stack declares a plan as Pulumi resources, a file a layer.
package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/config"
	"speedscale/infra/containers"
	"speedscale/infra/dockerhost"
	"speedscale/infra/images"
	"speedscale/infra/preflight"
	"speedscale/infra/sdk"
	"speedscale/infra/topology"
)

// Program is the Pulumi program of the project in the folder root: settings →
// plan → resources. The CLI tells the folder itself; an inline program has to
// be told.
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
			if err := LookAhead(ctx.Context(), cfg, ctx.Stack()); err != nil {
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
		return deploy(ctx, cfg, root, prepared)
	}
}

// LookAhead says before anything is changed what would stop the deployment.
func LookAhead(ctx context.Context, cfg config.Config, stack string) error {
	daemon, err := dockerhost.Open()
	if err != nil {
		return err
	}
	defer func() { _ = daemon.Close() }()
	return preflight.Check(ctx, daemon, topology.New(cfg), LabelStack, stack)
}

// deploy declares every resource of the stack, from the network up to the page.
func deploy(ctx *pulumi.Context, cfg config.Config, root string, prepared Images) error {
	d := &deployment{ctx: ctx, cfg: cfg, root: root, plan: topology.New(cfg)}
	d.outputs() // first, so that a run that fails does not show them as gone
	for _, layer := range []func() error{
		func() error { return d.images(prepared) },
		d.network,
		d.cache,
		d.data,
		d.application,
		d.presentation,
	} {
		if err := layer(); err != nil {
			return err
		}
	}
	return nil
}

// deployment is a program run: what the layers share.
type deployment struct {
	ctx  *pulumi.Context
	cfg  config.Config
	root string // the project's folder
	plan topology.Plan

	source   images.Source
	image    map[topology.Role]containers.Image
	net      *containers.Network
	router   sdk.Endpoint
	redis    *sdk.Service           // once it is there, the cache serves
	products *sdk.ShardedCollection // once it is there, the data layer serves
}

// outputs are what `pulumi stack output` answers.
func (d *deployment) outputs() {
	at := func(scheme string, port int) pulumi.String {
		return pulumi.String(fmt.Sprintf("%s://%s:%d", scheme, d.plan.BindAddress, port))
	}
	d.ctx.Export("page", at("http", d.cfg.Ports.Frontend))
	d.ctx.Export("gateway", at("http", d.cfg.Ports.Gateway))
	d.ctx.Export("mongodb", at("mongodb", d.cfg.Ports.Mongos))
	d.ctx.Export("redis", at("redis", d.cfg.Ports.Redis))
	d.ctx.Export("redisInsight", at("http", d.cfg.Ports.Insight))
	d.ctx.Export("redisCommander", at("http", d.cfg.Ports.RedisUI))
}

// settings collects the stack's settings. The engine hands all of them to a
// program of its own process in PULUMI_CONFIG, which shows misspelt ones too;
// an inline program can only ask for names it knows, so there the front end
// checks the rest.
func settings(ctx *pulumi.Context) map[string]string {
	values := map[string]string{}
	all := map[string]string{}
	_ = json.Unmarshal([]byte(os.Getenv(pulumi.EnvConfig)), &all) // absent: nothing to add
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
