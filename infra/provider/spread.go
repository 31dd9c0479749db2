package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	p "github.com/pulumi/pulumi-go-provider"

	"speedscale/infra/mongoadmin"
)

// spreadTimeout bounds the spreading of a collection. It is the same as the default for
// draining a shard. What has not been moved by then is moved by the next run.
const spreadTimeout = 3600 // seconds

// spreadsEvenly reports whether the provider spreads the collection evenly over its
// shards.
func (args ShardedCollectionArgs) spreadsEvenly() bool {
	key := args.key()
	return len(args.Shards) > 0 && len(args.Zones) == 0 && len(key) == 1 && key.Hashed()
}

// holders returns the sorted names of the shards that have chunks of the collection,
// declared or not. chunks has the number of chunks by shard.
func holders(declared []string, chunks map[string]int) []string {
	list := slices.DeleteFunc(slices.Clone(declared), func(shard string) bool { return chunks[shard] == 0 })
	for shard := range maps.Keys(chunks) {
		if !slices.Contains(list, shard) {
			list = append(list, shard)
		}
	}
	slices.Sort(list)
	return list
}

// spreadWork moves ranges of a collection until each shard has an equal part.
type spreadWork struct {
	Clients
	args  ShardedCollectionArgs
	moved int // ranges moved so far
}

func (w *spreadWork) ensure(ctx context.Context) error {
	ctx, cancel := deadline(ctx, spreadTimeout)
	defer cancel()
	router := w.args.Router.admin()
	return w.whileShardsServe(ctx, router, func(ctx context.Context) error {
		return wait(ctx, w.args.namespace().String(), pollInterval, w.withContainerCheck(router, w.move))
	})
}

// move moves the next range, if there is one left to move.
func (w *spreadWork) move(ctx context.Context) (string, error) {
	router, name := w.args.Router.admin(), w.args.namespace()
	chunks, err := w.Admin.ChunkList(ctx, router, name)
	if err != nil {
		return "", err
	}
	moves, err := mongoadmin.PlanLevel(w.args.key(), chunks, w.args.Shards)
	if err != nil || len(moves) == 0 {
		return "", err
	}
	m := moves[0]
	status := fmt.Sprintf("moving %.1f %% of it from %s to %s, move %d of %d", 100*m.Part, m.From, m.To, w.moved+1, w.moved+len(moves))
	p.GetLogger(ctx).InfoStatusf("%s: %s", name, status)
	err = w.Admin.MoveRange(ctx, router, name, m.Range, m.To)
	if errors.Is(err, mongoadmin.ErrTooBig) {
		p.GetLogger(ctx).Infof("%s: %d moves are left to the balancer: each is larger than a chunk", name, len(moves))
		return "", nil
	}
	if err == nil {
		w.moved++
	}
	return status, err
}
