// Package provider is the Pulumi provider for what the Docker provider cannot see:
// whether a mongod serves, whether mongods form a replica set, whether the set is a
// shard, whether a collection is sharded, and why a container does not start
// serving.
//
// Every operation on a resource (Create, Read, Update, Delete) starts from the
// actual state and is idempotent. It polls until the actual state matches, shows what
// it is waiting for, and fails at a deadline with the last reason. A preview contacts
// neither Docker nor MongoDB.
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

// The provider's name and version, which the package sdk refers to.
const (
	Name    = "speedscale"
	Version = "0.1.0"
)

// Clients give the resources access to MongoDB and Docker.
type Clients struct {
	Admin      mongoadmin.Admin
	Containers Containers
	// RotateRedis has a Redis use its certificate and its authorities as their files
	// are now. It enters by these authorities (PEM), and as admin. The error is
	// mongoadmin.ErrUnreachable if Redis does not answer.
	RotateRedis func(ctx context.Context, s Server, authorities, password string) error
}

// Connect returns the Clients. It is called only when a resource has work to do, so
// that a preview of a new stack needs no Docker.
type Connect func() (Clients, error)

// New returns the provider. Its resources get their clients from connect.
func New(connect Connect) (p.Provider, error) {
	run := &operation{}
	provider, err := infer.NewProviderBuilder().
		WithDisplayName("SpeedScale").
		WithDescription("Replica sets, shards, sharded collections and users on MongoDB containers, secrets and certificates.").
		WithResources(
			infer.Resource(&Node{connect: connect}),
			infer.Resource(&Service{connect: connect}),
			infer.Resource(&ReplicaSet{connect: connect}),
			infer.Resource(&Shard{connect: connect, run: run}),
			infer.Resource(&ShardedCollection{connect: connect, run: run}),
			infer.Resource(&Job{connect: connect}),
			infer.Resource(&User{connect: connect}),
			infer.Resource(&Secret{}),
			infer.Resource(&CertificateAuthority{connect: connect}),
			infer.Resource(&Certificate{connect: connect}),
		).
		WithModuleMap(map[tokens.ModuleName]tokens.ModuleName{"provider": "index"}).
		Build()
	if err != nil {
		return p.Provider{}, fmt.Errorf("build the provider: %w", err)
	}
	return withoutDiffs(run.watch(provider), notState), nil
}

// operation is what the provider has seen of the current Pulumi operation. The engine
// starts a provider process for each.
type operation struct {
	declared          atomic.Bool // the program ran and declared a resource of this provider
	collectionDeleted atomic.Bool // a sharded collection was deleted
}

// watch sets declared when the engine calls Check, which it does only for resources
// that the program declares.
func (o *operation) watch(provider p.Provider) p.Provider {
	check := provider.Check
	provider.Check = func(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
		o.declared.Store(true)
		return check(ctx, req)
	}
	return provider
}

// timeoutInput is the input that says how long an operation may take, in seconds.
const timeoutInput = "timeoutSeconds"

// notState lists the inputs that do not describe the state of a resource: how long an
// operation may take, and from which settings a container's configuration comes.
var notState = []string{timeoutInput, "origins"}

// withoutDiffs makes the provider ignore changes of some inputs.
func withoutDiffs(provider p.Provider, ignored []string) p.Provider {
	diff := provider.Diff
	provider.Diff = func(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
		for _, m := range []*property.Map{&req.OldInputs, &req.Inputs, &req.State} {
			*m = m.Delete(ignored...)
		}
		return diff(ctx, req)
	}
	return provider
}
