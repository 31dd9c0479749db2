package provider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"speedscale/infra/dockerhost"
	"speedscale/infra/mongoadmin"
)

// drainEvery is how often the removal of a shard is asked for and reported.
const drainEvery = 500 * time.Millisecond

// DestroyEnv is an environment variable. Set to anything, it says that the stack
// is being destroyed: no data is moved. It counts only in a run that declares nothing, so one that is
// left set by mistake cannot cost data when a shard is removed from the program.
const DestroyEnv = "SPEEDSCALE_DESTROY"

// destroying says whether this run takes the whole stack down; see
// docs/decisions: a shard that is removed from the program must be drained.
func (o *operation) destroying() bool {
	return !o.declared.Load() && (o.dismissed.Load() || os.Getenv(DestroyEnv) != "")
}

// Delete drains the shard and removes it, unless the stack is being destroyed.
func (s *Shard) Delete(ctx context.Context, req infer.DeleteRequest[ShardState]) (infer.DeleteResponse, error) {
	if s.run.destroying() {
		p.GetLogger(ctx).InfoStatusf("%s: the stack is being destroyed, nothing is moved", req.State.Name)
		return infer.DeleteResponse{}, nil
	}
	clients, err := s.connect()
	if err != nil {
		return infer.DeleteResponse{}, err
	}
	s.removing.Lock()
	defer s.removing.Unlock()
	ctx, cancel := deadline(ctx, req.State.TimeoutSeconds)
	defer cancel()
	r := removal{Clients: clients, shard: req.State.ShardArgs, run: s.run}
	return infer.DeleteResponse{}, r.remove(ctx)
}

// removal is the removal of one shard.
type removal struct {
	Clients
	shard ShardArgs
	run   *operation
}

// errLastShard: the data has nowhere to go.
var errLastShard = errors.New("it is the last shard, its data has nowhere to go; a cluster needs at least one (`pulumi destroy` takes all down)")

func (r removal) remove(ctx context.Context) error {
	router := r.shard.Router.admin()
	_, err := r.state(ctx, router.Container)
	if errors.Is(err, dockerhost.ErrNoContainer) && !r.run.declared.Load() {
		return nil // a destroy that is carried on: the cluster is gone already
	}
	return r.whileShardsServe(ctx, router, func(ctx context.Context) error {
		return wait(ctx, r.shard.Name, drainEvery, r.through(router, r.step))
	})
}

// step asks how things stand, and brings the removal one step on.
func (r removal) step(ctx context.Context) (string, error) {
	router := r.shard.Router.admin()
	shards, err := r.Admin.Shards(ctx, router)
	if err != nil {
		return "", err
	}
	var others []string
	found := false
	for _, shard := range shards {
		if shard.Name == r.shard.Name {
			found = true
		} else if !shard.Draining {
			others = append(others, shard.Name)
		}
	}
	switch {
	case !found:
		return "", nil
	case len(others) == 0 && !r.run.declared.Load():
		return "", nil // the last of a stack that is being destroyed
	case len(others) == 0:
		return "", errLastShard
	}
	return r.drain(ctx, router, others)
}

// drain asks for the removal once more, and does what the balancer does not.
func (r removal) drain(ctx context.Context, router mongoadmin.Endpoint, others []string) (string, error) {
	balancing, err := r.Admin.Balancing(ctx, router)
	if err != nil {
		return "", err
	}
	if !balancing {
		// Nothing is moved without it. It stays on: a drain that is cut short
		// has to go on.
		return "switching the balancer on", r.Admin.SetBalancing(ctx, router, true)
	}
	left, err := r.Admin.RemoveShard(ctx, router, r.shard.Name)
	if err != nil || left.Done {
		return "", err
	}
	if left.Chunks == 0 {
		for i, database := range left.Databases {
			p.GetLogger(ctx).InfoStatusf("%s: moving database %s", r.shard.Name, database)
			if err := r.Admin.MovePrimary(ctx, router, database, others[i%len(others)]); err != nil {
				return "", fmt.Errorf("move database %s: %w", database, err)
			}
		}
	}
	return fmt.Sprintf("draining, %d chunks and %d databases left", left.Chunks, len(left.Databases)), nil
}
