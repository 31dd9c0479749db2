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

// spreadTimeout bounds the spreading of a collection, like the draining of a
// shard; what is not moved by then is moved by the next run.
const spreadTimeout = 3600 // seconds

// spread says whether the collection is to be spread evenly over its shards.
func (args ShardedCollectionArgs) spread() bool {
	key := args.key()
	return len(args.Shards) > 0 && len(args.Zones) == 0 && len(key) == 1 && key.Hashed()
}

// holders are the shards of the declaration that have a part of the collection,
// and the others that have one too.
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

// spreadWork moves a collection's documents until each shard has an equal part.
type spreadWork struct {
	Clients
	args ShardedCollectionArgs
	made int // moves so far
}

func (w *spreadWork) ensure(ctx context.Context) error {
	ctx, cancel := deadline(ctx, spreadTimeout)
	defer cancel()
	router := w.args.Router.admin()
	return w.whileShardsServe(ctx, router, func(ctx context.Context) error {
		return wait(ctx, w.args.name().String(), pollEvery, w.through(router, w.move))
	})
}

// move makes the next move that is due.
func (w *spreadWork) move(ctx context.Context) (string, error) {
	router, name := w.args.Router.admin(), w.args.name()
	chunks, err := w.Admin.ChunkList(ctx, router, name)
	if err != nil {
		return "", err
	}
	moves, err := mongoadmin.PlanLevel(w.args.key(), chunks, w.args.Shards)
	if err != nil || len(moves) == 0 {
		return "", err
	}
	m := moves[0]
	what := fmt.Sprintf("moving %.1f %% of it from %s to %s, move %d of %d", 100*m.Part, m.From, m.To, w.made+1, w.made+len(moves))
	p.GetLogger(ctx).InfoStatusf("%s: %s", name, what)
	err = w.Admin.MoveRange(ctx, router, name, m.Range, m.To)
	if errors.Is(err, mongoadmin.ErrTooBig) {
		p.GetLogger(ctx).Infof("%s: %d moves are left to the balancer: each is of more than a chunk's size", name, len(moves))
		return "", nil
	}
	if err == nil {
		w.made++
	}
	return what, err
}
