package mongoadmin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// ChunkList is described at CollectionAdmin.
func (m *Mongo) ChunkList(ctx context.Context, router Endpoint, name Namespace) ([]Chunk, error) {
	collection, err := m.wireCollection(ctx, router, name)
	if err != nil {
		return nil, err
	}
	var docs []struct {
		Min   bson.D `bson:"min"`
		Max   bson.D `bson:"max"`
		Shard string `bson:"shard"`
	}
	if err := m.findConfig(ctx, router, "chunks", bson.D{{Key: "uuid", Value: collection.UUID}}, &docs); err != nil {
		return nil, err
	}
	var chunks []Chunk
	for _, doc := range docs {
		from, minErr := canonical(doc.Min)
		to, maxErr := canonical(doc.Max)
		if err := errors.Join(minErr, maxErr); err != nil {
			return nil, fmt.Errorf("chunks of %s: %w", name, err)
		}
		chunks = append(chunks, Chunk{Range{from, to}, doc.Shard})
	}
	SortChunks(collection.collection().Key, chunks)
	return chunks, nil
}

// SortChunks puts chunks of a hashed key into the order of their ranges.
func SortChunks(key ShardKey, chunks []Chunk) {
	slices.SortFunc(chunks, func(a, b Chunk) int {
		from, _ := hashOf(key, a.Min)
		to, _ := hashOf(key, b.Min)
		return cmp.Compare(from, to)
	})
}

// MoveRange is described at CollectionAdmin.
func (m *Mongo) MoveRange(ctx context.Context, router Endpoint, name Namespace, r Range, shard string) error {
	var from, to bson.D
	err := errors.Join(bson.UnmarshalExtJSON([]byte(r.Min), true, &from), bson.UnmarshalExtJSON([]byte(r.Max), true, &to))
	if err != nil {
		return fmt.Errorf("range of %s: %w", name, err)
	}
	err = m.admin(ctx, router, 0, bson.D{
		{Key: "moveRange", Value: name.String()}, {Key: "min", Value: from}, {Key: "max", Value: to}, {Key: "toShard", Value: shard},
	}, nil)
	if hasName(err, tooBig...) {
		return fmt.Errorf("%w (%w)", ErrTooBig, err)
	}
	return err
}

// Indexes is described at CollectionAdmin.
func (m *Mongo) Indexes(ctx context.Context, router Endpoint, name Namespace) ([]string, error) {
	n, err := m.client(router)
	if err != nil {
		return nil, err
	}
	var specs []mongo.IndexSpecification
	err = inTime(ctx, func(ctx context.Context) (err error) {
		specs, err = n.Database(name.Database).Collection(name.Collection).Indexes().ListSpecifications(ctx)
		return n.explain(router, err)
	})
	if hasName(err, "NamespaceNotFound") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, spec := range specs {
		names = append(names, spec.Name)
	}
	slices.Sort(names)
	return names, nil
}
