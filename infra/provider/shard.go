package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi-go-provider/infer"

	"speedscale/infra/mongoadmin"
)

// Shard makes a replica set a shard of the cluster.
type Shard struct {
	connect Connect
	run     *operation
	// removing ensures that only one shard is drained at a time: two that drained
	// into each other would never become empty.
	removing sync.Mutex
}

// ShardArgs are a Shard's inputs.
type ShardArgs struct {
	Name           string     `pulumi:"name" provider:"replaceOnChanges"`
	Members        []Endpoint `pulumi:"members"`
	Router         Endpoint   `pulumi:"router"`
	TimeoutSeconds int        `pulumi:"timeoutSeconds,optional"`
}

// ShardState is a Shard's outputs.
type ShardState struct{ ShardArgs }

// Annotate describes the resource.
func (s *Shard) Annotate(a infer.Annotator) {
	a.Describe(&s, "A replica set that is a shard of the cluster. Deleting the resource drains the shard: the balancer moves its chunks to the other shards, "+
		"its databases are moved, and then it is removed from the cluster. Nothing is moved when the whole stack is destroyed.")
}

// Annotate describes the inputs.
func (args *ShardArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.Name, "Name of the shard and of its replica set.")
	a.Describe(&args.Members, "The members of the replica set.")
	a.Describe(&args.Router, "The mongos through which the cluster is administered.")
	a.Describe(&args.TimeoutSeconds, "How long draining may take when the shard is removed, in seconds. "+
		"What has not been moved by then stays on the shard, and the next run continues.")
	a.SetDefault(&args.TimeoutSeconds, 3600)
}

// addTimeout bounds adding a shard, which moves no data.
const addTimeout = 120 // seconds

// Check reports every mistake in the inputs.
func (s *Shard) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[ShardArgs], error) {
	args, failures, err := infer.DefaultCheck[ShardArgs](ctx, req.NewInputs)
	if err != nil || len(failures) > 0 {
		return infer.CheckResponse[ShardArgs]{Inputs: args, Failures: failures}, err
	}
	var c checks
	c.timeout(args.TimeoutSeconds)
	c.host("router.host", args.Router.Host)
	for i, m := range args.Members {
		c.host(fmt.Sprintf("members[%d].host", i), m.Host)
	}
	if len(args.Members) == 0 && !req.NewInputs.Get("members").HasComputed() {
		c.add("members", "is empty, must list the members of %s", args.Name)
	}
	return infer.CheckResponse[ShardArgs]{Inputs: args, Failures: c}, nil
}

// Create adds the replica set to the cluster, unless it already is a shard.
func (s *Shard) Create(ctx context.Context, req infer.CreateRequest[ShardArgs]) (infer.CreateResponse[ShardState], error) {
	resp := infer.CreateResponse[ShardState]{ID: req.Inputs.Name, Output: ShardState{req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	return resp, s.ensure(ctx, req.Inputs)
}

// Update adds the shard again if somebody removed it, and cancels its removal if it
// is draining.
func (s *Shard) Update(ctx context.Context, req infer.UpdateRequest[ShardArgs, ShardState]) (infer.UpdateResponse[ShardState], error) {
	resp := infer.UpdateResponse[ShardState]{Output: ShardState{req.Inputs}}
	if req.DryRun {
		return resp, nil
	}
	return resp, s.ensure(ctx, req.Inputs)
}

func (s *Shard) ensure(ctx context.Context, args ShardArgs) error {
	clients, err := s.connect()
	if err != nil {
		return err
	}
	ctx, cancel := deadline(ctx, addTimeout)
	defer cancel()
	router := args.Router.admin()
	return wait(ctx, args.Name, pollInterval, clients.withContainerCheck(router, func(ctx context.Context) (string, error) {
		shard, err := findShard(ctx, clients.Admin, router, args.Name)
		switch {
		case err != nil:
			return "", err
		case shard == nil:
			err := clients.Admin.AddShard(ctx, router, args.Name, hosts(args.Members))
			if errors.Is(err, mongoadmin.ErrRemains) {
				return "dropping the data that it still has from before it was removed", args.dropRemains(ctx, clients.Admin)
			}
			return "adding the shard", err
		case !overlap(shard.Hosts, hosts(args.Members)):
			return "", fmt.Errorf("the cluster already has a shard of this name, with other members: %s", strings.Join(shard.Hosts, ", "))
		case shard.Draining:
			return "cancelling its removal", clients.Admin.KeepShard(ctx, router, args.Name)
		}
		return "", nil
	}))
}

// dropRemains prepares a replica set that was a shard before to become one again, by
// dropping the data that it still has. The other shards have that data since the set
// was drained.
func (args ShardArgs) dropRemains(ctx context.Context, admin mongoadmin.Admin) error {
	for _, m := range args.Members {
		if hello, err := admin.Hello(ctx, m.admin()); err == nil && hello.Writable {
			return admin.DropRemains(ctx, args.Router.admin(), m.admin(), args.Name)
		}
	}
	return nil // it has no primary yet; the next poll tries again
}

// findShard returns the shard of that name, or nil if the cluster has none.
func findShard(ctx context.Context, admin mongoadmin.Admin, router mongoadmin.Endpoint, name string) (*mongoadmin.Shard, error) {
	shards, err := admin.Shards(ctx, router)
	if err != nil {
		return nil, err
	}
	for _, shard := range shards {
		if shard.Name == name {
			return &shard, nil
		}
	}
	return nil, nil
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(host string) bool { return slices.Contains(b, host) })
}

// Read checks whether the cluster has the shard. It does not compare the members,
// which belong to the ReplicaSet: the cluster tracks their changes by itself.
func (s *Shard) Read(ctx context.Context, req infer.ReadRequest[ShardArgs, ShardState]) (infer.ReadResponse[ShardArgs, ShardState], error) {
	resp := infer.ReadResponse[ShardArgs, ShardState](req)
	clients, err := s.connect()
	if err != nil {
		return resp, err
	}
	ctx, cancel := reading(ctx)
	defer cancel()
	shard, err := findShard(ctx, clients.Admin, req.Inputs.Router.admin(), req.Inputs.Name)
	switch {
	case err != nil:
		return resp, initFailed("%s: cannot be read: %s", req.Inputs.Name, err)
	case shard == nil:
		resp.ID = ""
	case shard.Draining:
		return resp, initFailed("%s: is being removed from the cluster", req.Inputs.Name)
	}
	return resp, nil
}
