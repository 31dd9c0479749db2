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

// drainInterval is the time between two removeShard commands, each of which starts
// or continues the draining and reports its progress.
const drainInterval = 500 * time.Millisecond

// DestroyEnv is an environment variable. Set to any value, it says that the stack is
// being destroyed, so that shards are not drained. It has an effect only in a run
// that declares no resources. If it is left set by mistake, a shard that is removed
// from the program is therefore still drained, and no data is lost.
const DestroyEnv = "SPEEDSCALE_DESTROY"

// destroying reports whether this run destroys the whole stack. Only then may a
// shard be deleted without being drained (docs/decisions/0003).
func (o *operation) destroying() bool {
	return !o.declared.Load() && (o.collectionDeleted.Load() || os.Getenv(DestroyEnv) != "")
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

// removal removes one shard from the cluster.
type removal struct {
	Clients
	shard ShardArgs
	run   *operation
}

// errLastShard is returned because the data of the last shard has nowhere to go.
var errLastShard = errors.New("it is the last shard, its data has nowhere to go; a cluster needs at least one (`pulumi destroy` takes all down)")

func (r removal) remove(ctx context.Context) error {
	router := r.shard.Router.admin()
	_, err := r.state(ctx, router.Container)
	if errors.Is(err, dockerhost.ErrNoContainer) && !r.run.declared.Load() {
		return nil // an interrupted destroy continues: the router is already gone
	}
	return r.whileShardsServe(ctx, router, func(ctx context.Context) error {
		return wait(ctx, r.shard.Name, drainInterval, r.withContainerCheck(router, r.step))
	})
}

// step reads the list of shards and takes the next step of the removal. It returns
// the progress, "" once the shard is removed.
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
		return "", nil // the last shard of a stack that is being destroyed
	case len(others) == 0:
		return "", errLastShard
	}
	return r.drain(ctx, router, others)
}

// drain issues removeShard again, and moves the databases, which the balancer does
// not do.
func (r removal) drain(ctx context.Context, router mongoadmin.Endpoint, others []string) (string, error) {
	balancerOn, err := r.Admin.Balancing(ctx, router)
	if err != nil {
		return "", err
	}
	if !balancerOn {
		// Only the balancer moves chunks. It is not switched off again afterwards,
		// so that an interrupted drain continues.
		return "switching the balancer on", r.Admin.SetBalancing(ctx, router, true)
	}
	remaining, err := r.Admin.RemoveShard(ctx, router, r.shard.Name)
	if err != nil || remaining.Done {
		return "", err
	}
	if remaining.Chunks == 0 {
		for i, database := range remaining.Databases {
			p.GetLogger(ctx).InfoStatusf("%s: moving database %s", r.shard.Name, database)
			if err := r.Admin.MovePrimary(ctx, router, database, others[i%len(others)]); err != nil {
				return "", fmt.Errorf("move database %s: %w", database, err)
			}
		}
	}
	return fmt.Sprintf("draining, %d chunks and %d databases left", remaining.Chunks, len(remaining.Databases)), nil
}
