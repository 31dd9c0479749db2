package mongoadmin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// DropRemains is described at ShardAdmin.
func (m *Mongo) DropRemains(ctx context.Context, router, primary Endpoint, name string) error {
	var sharded []wireCollection
	var owned []bson.Raw
	err := errors.Join(
		m.findConfig(ctx, router, "collections", bson.D{}, &sharded),
		m.findConfig(ctx, router, "chunks", bson.D{{Key: "shard", Value: name}}, &owned),
	)
	if err != nil {
		return err
	}
	if len(owned) > 0 {
		return fmt.Errorf("the cluster has no shard %s, but %d chunks of it: its data must not be dropped; repair config.shards by hand", name, len(owned))
	}
	n, err := m.client(primary)
	if err != nil {
		return err
	}
	databases, err := n.ListDatabaseNames(ctx, bson.D{})
	if err != nil {
		return n.explain(primary, err)
	}
	databases = slices.DeleteFunc(databases, func(name string) bool { return slices.Contains([]string{"admin", "config", "local"}, name) })
	for _, database := range databases {
		specs, err := n.Database(database).ListCollectionSpecifications(ctx, bson.D{})
		if err != nil {
			return n.explain(primary, err)
		}
		for _, spec := range specs {
			ns := database + "." + spec.Name
			if !slices.ContainsFunc(sharded, func(c wireCollection) bool { return c.ID == ns && spec.UUID != nil && c.UUID.Equal(*spec.UUID) }) {
				return fmt.Errorf("%s has a collection %s that is not the cluster's: move it elsewhere or drop it, if the set is to be the shard %s",
					primary.Host, ns, name)
			}
		}
	}
	for _, database := range databases {
		if err := n.Database(database).Drop(ctx); err != nil {
			return n.explain(primary, err)
		}
	}
	return nil
}
