package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"

	"speedscale/infra/mongoadmin"
)

// ShardedCollection shards a collection, and sets its zones and the state of the
// balancer.
type ShardedCollection struct {
	connect Connect
	run     *operation
}

// ShardedCollectionArgs are a ShardedCollection's inputs.
type ShardedCollectionArgs struct {
	Router           Endpoint   `pulumi:"router"`
	Database         string     `pulumi:"database" provider:"replaceOnChanges"`
	Collection       string     `pulumi:"collection" provider:"replaceOnChanges"`
	Key              []KeyField `pulumi:"key"`
	Unique           *bool      `pulumi:"unique,optional"`
	NumInitialChunks *int       `pulumi:"numInitialChunks,optional"`
	Zones            []Zone     `pulumi:"zones,optional"`
	Shards           []string   `pulumi:"shards,optional"`
	Balancer         *bool      `pulumi:"balancer,optional"`
	TimeoutSeconds   int        `pulumi:"timeoutSeconds,optional"`
}

// KeyField is the input type for a field of a shard key.
type KeyField struct {
	Field string `pulumi:"field"`
	Type  string `pulumi:"type"`
}

// ShardedCollectionState is a ShardedCollection's outputs.
type ShardedCollectionState struct {
	ShardedCollectionArgs
	Namespace string `pulumi:"namespace"`
}

// Annotate describes the resource.
func (s *ShardedCollection) Annotate(a infer.Annotator) {
	a.Describe(&s, "A collection that is sharded over all shards. Deleting the resource drops nothing.")
}

// Annotate describes the inputs.
func (args *ShardedCollectionArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.Router, "The mongos through which the cluster is administered.")
	a.Describe(&args.Database, "Name of the database; it is created if need be.")
	a.Describe(&args.Collection, "Name of the collection; it is created if need be.")
	a.Describe(&args.Key, "The shard key. It cannot be changed.")
	a.Describe(&args.Unique, "Whether the shard key is unique, across all shards.")
	a.Describe(&args.NumInitialChunks, "Number of chunks to create for a hashed key on an empty collection. Default: the server's choice. Servers from 7.2 on ignore it and create one chunk per shard.")
	a.Describe(&args.Zones, "Which ranges of the shard key are kept on which shards. Default: no zones, so the balancer may place every range on any shard.")
	a.Describe(&args.Shards, "Shards over which the collection is spread evenly, so that no other shard has a part of it. This applies to a hashed key of one field without zones. "+
		"Default: the balancer decides, and leaves small collections where they are.")
	a.Describe(&args.Balancer, "Whether the cluster's balancer is on.")
	a.Describe(&args.TimeoutSeconds, "How long sharding the collection may take, in seconds.")
	a.SetDefault(&args.Unique, false)
	a.SetDefault(&args.Balancer, true)
	a.SetDefault(&args.TimeoutSeconds, 120)
}

// Annotate describes the inputs.
func (k *KeyField) Annotate(a infer.Annotator) {
	a.Describe(&k.Field, `Path of the field, such as "_id".`)
	a.Describe(&k.Type, `"hashed", "1" (ascending) or "-1" (descending).`)
}

// Annotate describes the outputs.
func (s *ShardedCollectionState) Annotate(a infer.Annotator) {
	a.Describe(&s.Namespace, `Namespace of the collection, "database.collection".`)
}

func (args ShardedCollectionArgs) namespace() mongoadmin.Namespace {
	return mongoadmin.Namespace{Database: args.Database, Collection: args.Collection}
}

func (args ShardedCollectionArgs) key() mongoadmin.ShardKey {
	var key mongoadmin.ShardKey
	for _, f := range args.Key {
		key = append(key, mongoadmin.KeyField(f))
	}
	return key
}

// Check reports every mistake in the inputs.
func (s *ShardedCollection) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[ShardedCollectionArgs], error) {
	args, failures, err := infer.DefaultCheck[ShardedCollectionArgs](ctx, req.NewInputs)
	if err != nil || len(failures) > 0 {
		return infer.CheckResponse[ShardedCollectionArgs]{Inputs: args, Failures: failures}, err
	}
	var c checks
	c.timeout(args.TimeoutSeconds)
	c.host("router.host", args.Router.Host)
	if !req.NewInputs.Get("key").HasComputed() && !req.NewInputs.Get("zones").HasComputed() {
		args.checkKey(&c)
		args.Zones = canonicalZones(args.key(), args.Zones, &c)
	}
	slices.Sort(args.Shards)
	if slices.Contains([]string{"admin", "config", "local"}, args.Database) {
		c.add("database", "%q is one of MongoDB's own databases, whose collections cannot be sharded", args.Database)
	}
	if n := orDefault(args.NumInitialChunks, 1); n < 1 {
		c.add("numInitialChunks", "%d: must be at least 1", n)
	}
	return infer.CheckResponse[ShardedCollectionArgs]{Inputs: args, Failures: c}, nil
}

func (args ShardedCollectionArgs) checkKey(c *checks) {
	if len(args.Key) == 0 {
		c.add("key", "is empty, must name at least one field")
	}
	hashed := 0
	for i, f := range args.Key {
		switch f.Type {
		case "hashed":
			hashed++
		case "1", "-1":
		default:
			c.add(fmt.Sprintf("key[%d].type", i), `%q: must be "hashed", "1" or "-1"`, f.Type)
		}
	}
	if hashed > 1 {
		c.add("key", "has %d hashed fields, but at most one is allowed", hashed)
	}
	if hashed > 0 && orDefault(args.Unique, false) {
		c.add("unique", "is true, but a hashed key cannot be unique")
	}
}

// Create shards the collection, unless it is sharded already.
func (s *ShardedCollection) Create(ctx context.Context, req infer.CreateRequest[ShardedCollectionArgs]) (infer.CreateResponse[ShardedCollectionState], error) {
	resp := infer.CreateResponse[ShardedCollectionState]{
		ID:     req.Inputs.namespace().String(),
		Output: ShardedCollectionState{req.Inputs, req.Inputs.namespace().String()},
	}
	if req.DryRun {
		return resp, nil
	}
	return resp, s.ensure(ctx, req.Inputs, nil)
}

// Update does what Create does, and removes zones that are no longer declared. It fails
// if the key has changed.
func (s *ShardedCollection) Update(ctx context.Context, req infer.UpdateRequest[ShardedCollectionArgs, ShardedCollectionState]) (infer.UpdateResponse[ShardedCollectionState], error) {
	resp := infer.UpdateResponse[ShardedCollectionState]{Output: ShardedCollectionState{req.Inputs, req.Inputs.namespace().String()}}
	if has, wants := req.State.key(), req.Inputs.key(); !slices.Equal(has, wants) {
		return resp, keyMismatch(req.Inputs.namespace(), has, wants)
	}
	if req.DryRun {
		return resp, nil
	}
	return resp, s.ensure(ctx, req.Inputs, req.State.Zones)
}

func keyMismatch(name mongoadmin.Namespace, has, wants mongoadmin.ShardKey) error {
	return fmt.Errorf("%s is sharded by %s: its key cannot be changed to %s; reshard it by hand (reshardCollection) and refresh, "+
		"or declare the key that it has", name, has, wants)
}

func (s *ShardedCollection) ensure(ctx context.Context, args ShardedCollectionArgs, formerZones []Zone) error {
	clients, err := s.connect()
	if err != nil {
		return err
	}
	outer := ctx // without the deadline for sharding
	ctx, cancel := deadline(ctx, args.TimeoutSeconds)
	defer cancel()
	router, balancer := args.Router.admin(), orDefault(args.Balancer, true)
	err = wait(ctx, args.namespace().String(), pollInterval, clients.withContainerCheck(router, func(ctx context.Context) (string, error) {
		actual, err := clients.Admin.Collection(ctx, router, args.namespace())
		switch {
		case errors.Is(err, mongoadmin.ErrNotSharded):
			return "sharding the collection", clients.Admin.ShardCollection(ctx, router, args.spec())
		case err != nil:
			return "", err
		case !slices.Equal(actual.Key, args.key()):
			return "", keyMismatch(args.namespace(), actual.Key, args.key())
		}
		if on, err := clients.Admin.Balancing(ctx, router); err != nil || on != balancer {
			return "switching the balancer on or off", errors.Join(err, clients.Admin.SetBalancing(ctx, router, balancer))
		}
		return zoneWork{clients.Admin, router, args.namespace(), args.Zones, formerZones}.ensure(ctx)
	}))
	if err != nil || !args.spreadsEvenly() {
		return err
	}
	return (&spreadWork{Clients: clients, args: args}).ensure(outer)
}

func (args ShardedCollectionArgs) spec() mongoadmin.CollectionSpec {
	return mongoadmin.CollectionSpec{
		Collection:    mongoadmin.Collection{Name: args.namespace(), Key: args.key(), Unique: orDefault(args.Unique, false)},
		InitialChunks: orDefault(args.NumInitialChunks, 0),
	}
}

// Read reads the collection's shard key and zones, the shards that hold it, and whether
// the balancer is on.
func (s *ShardedCollection) Read(ctx context.Context, req infer.ReadRequest[ShardedCollectionArgs, ShardedCollectionState]) (infer.ReadResponse[ShardedCollectionArgs, ShardedCollectionState], error) {
	resp := infer.ReadResponse[ShardedCollectionArgs, ShardedCollectionState](req)
	clients, err := s.connect()
	if err != nil {
		return resp, err
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	router := req.Inputs.Router.admin()
	actual, err := clients.Admin.Collection(ctx, router, req.Inputs.namespace())
	if errors.Is(err, mongoadmin.ErrNotSharded) {
		resp.ID = ""
		return resp, nil
	}
	balancer, zones := false, []mongoadmin.Zone(nil)
	if err == nil {
		balancer, err = clients.Admin.Balancing(ctx, router)
	}
	if err == nil {
		zones, err = clients.Admin.Zones(ctx, router, req.Inputs.namespace())
	}
	if err != nil {
		return resp, initFailed("%s: cannot be read: %s", req.Inputs.namespace(), err)
	}
	if req.Inputs.spreadsEvenly() {
		chunks, err := clients.Admin.Chunks(ctx, router, req.Inputs.namespace())
		if err != nil {
			return resp, initFailed("%s: cannot be read: %s", req.Inputs.namespace(), err)
		}
		resp.Inputs.Shards = holders(req.Inputs.Shards, chunks)
	}
	resp.Inputs.Zones = nil
	for _, z := range managed(zones, req.Inputs.Zones) {
		resp.Inputs.Zones = append(resp.Inputs.Zones, zoneInput(z))
	}
	resp.Inputs.Key = nil
	for _, f := range actual.Key {
		resp.Inputs.Key = append(resp.Inputs.Key, KeyField(f))
	}
	resp.Inputs.Unique, resp.Inputs.Balancer = &actual.Unique, &balancer
	resp.State.ShardedCollectionArgs = resp.Inputs
	return resp, nil
}

// Delete drops nothing. In a run that declares nothing, it shows that the stack is being
// destroyed. The shards learn this in time, since the collection depends on them and is
// deleted before them.
func (s *ShardedCollection) Delete(context.Context, infer.DeleteRequest[ShardedCollectionState]) (infer.DeleteResponse, error) {
	s.run.collectionDeleted.Store(true)
	return infer.DeleteResponse{}, nil
}
