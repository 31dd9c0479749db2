// Package provider is the Pulumi provider of what Docker cannot know: that a
// mongod serves, that mongods form a replica set, that a set is a shard, that a
// collection is sharded; and of why a container does not get to serve.
//
// Every verb reads the real state first and can be repeated; it waits on the
// real state, says what it waits for, and ends at a deadline with the last
// reason. A preview touches nothing.
package provider

import (
	"context"
	"fmt"
	"sync/atomic"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"speedscale/infra/mongoadmin"
)

// The provider's name and version, as sdk asks for them.
const (
	Name    = "speedscale"
	Version = "0.1.0"
)

// Clients is what the resources work with.
type Clients struct {
	Admin      mongoadmin.Admin
	Containers Containers
}

// Connect gives the Clients. It is called when a resource first has something
// to do: a preview of a new stack needs no Docker.
type Connect func() (Clients, error)

// New is the provider, working with the clients that connect gives.
func New(connect Connect) (p.Provider, error) {
	run := &operation{}
	provider, err := infer.NewProviderBuilder().
		WithDisplayName("SpeedScale").
		WithDescription("Replica sets, shards and sharded collections on MongoDB containers.").
		WithResources(
			infer.Resource(&Node{connect: connect}),
			infer.Resource(&Service{connect: connect}),
			infer.Resource(&ReplicaSet{connect: connect}),
			infer.Resource(&Shard{connect: connect, run: run}),
			infer.Resource(&ShardedCollection{connect: connect, run: run}),
			infer.Resource(&Job{connect: connect}),
		).
		WithModuleMap(map[tokens.ModuleName]tokens.ModuleName{"provider": "index"}).
		Build()
	if err != nil {
		return p.Provider{}, fmt.Errorf("build the provider: %w", err)
	}
	return ignoreStateless(run.watch(provider)), nil
}

// operation is what this process has seen of the engine's current run; the
// engine starts a process for each.
type operation struct {
	declared  atomic.Bool // the program was run: it declared a resource of ours
	dismissed atomic.Bool // a sharded collection was deleted from the stack
}

// watch notes whether the program is run: only then the engine checks inputs.
func (o *operation) watch(provider p.Provider) p.Provider {
	check := provider.Check
	provider.Check = func(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
		o.declared.Store(true)
		return check(ctx, req)
	}
	return provider
}

// timeoutInput is how long a verb may take.
const timeoutInput = "timeoutSeconds"

// stateless are the inputs that describe no state, so that a change of them
// changes nothing: they are how long a verb may take, and which settings a
// container's values come from.
var stateless = []string{timeoutInput, "origins"}

func ignoreStateless(provider p.Provider) p.Provider {
	diff := provider.Diff
	provider.Diff = func(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
		for _, m := range []*property.Map{&req.OldInputs, &req.Inputs, &req.State} {
			*m = m.Delete(stateless...)
		}
		return diff(ctx, req)
	}
	return provider
}
