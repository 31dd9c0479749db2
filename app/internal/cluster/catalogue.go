package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"golang.org/x/sync/errgroup"
)

const collection = "products"

// catalogue is what mongos tells.
type catalogue struct {
	answered bool
	sets     []Set // config servers first, then the shards by id
	problems []string
}

// askMongos asks for the sets and what each shard holds. Only the list of
// shards is needed; the rest may fail.
func (r *Reader) askMongos(ctx context.Context) catalogue {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var shards []Set
	var config *Set
	var chunks map[string]int64
	var held map[string]holding
	var problems [3]error
	asked, ctx := errgroup.WithContext(ctx)
	asked.Go(func() (err error) { shards, err = r.listShards(ctx); return err })
	asked.Go(func() error { config, problems[0] = r.configServers(ctx); return nil })
	asked.Go(func() error { chunks, problems[1] = r.chunks(ctx); return nil })
	asked.Go(func() error { held, problems[2] = r.holdings(ctx); return nil })
	if err := asked.Wait(); err != nil {
		return catalogue{problems: []string{err.Error()}}
	}
	c := catalogue{answered: true}
	for _, problem := range problems {
		if problem != nil {
			c.problems = append(c.problems, problem.Error())
		}
	}
	if config != nil {
		c.sets = append(c.sets, *config)
	}
	for _, shard := range shards {
		if h, ok := held[*shard.Shard]; ok {
			shard.Documents, shard.Bytes = &h.documents, &h.bytes
		}
		if chunks != nil {
			shard.Chunks = new(chunks[*shard.Shard])
		}
		c.sets = append(c.sets, shard)
	}
	return c
}

func (r *Reader) listShards(ctx context.Context) ([]Set, error) {
	var reply struct {
		Shards []struct {
			ID       string `bson:"_id"`
			Host     string `bson:"host"`
			Draining bool   `bson:"draining"`
		} `bson:"shards"`
	}
	if err := r.mongos.Database("admin").RunCommand(ctx, bson.D{{Key: "listShards", Value: 1}}).Decode(&reply); err != nil {
		return nil, fmt.Errorf("list shards: %w", err)
	}
	var sets []Set
	for _, shard := range reply.Shards {
		set := newSet(shard.Host, "shard")
		set.Shard, set.Draining = &shard.ID, shard.Draining
		sets = append(sets, set)
	}
	slices.SortFunc(sets, func(a, b Set) int { return strings.Compare(*a.Shard, *b.Shard) })
	return sets, nil
}

func (r *Reader) configServers(ctx context.Context) (*Set, error) {
	var reply struct {
		Map struct {
			Config string `bson:"config"`
		} `bson:"map"`
	}
	if err := r.mongos.Database("admin").RunCommand(ctx, bson.D{{Key: "getShardMap", Value: 1}}).Decode(&reply); err != nil {
		return nil, fmt.Errorf("find the config servers: %w", err)
	}
	if reply.Map.Config == "" {
		return nil, nil
	}
	set := newSet(reply.Map.Config, "config")
	return &set, nil
}

// newSet reads "name/host:port,host:port".
func newSet(text, kind string) Set {
	name, hosts, ok := strings.Cut(text, "/")
	if !ok {
		name, hosts = text, text // a shard that is no replica set
	}
	members := strings.Split(hosts, ",")
	slices.Sort(members)
	return Set{Name: name, Kind: kind, members: members}
}

// chunks counts the products' chunks by shard.
func (r *Reader) chunks(ctx context.Context) (map[string]int64, error) {
	config := r.mongos.Database("config")
	var about struct {
		UUID bson.Binary `bson:"uuid"`
	}
	if err := config.Collection("collections").FindOne(ctx, bson.D{{Key: "_id", Value: r.database + "." + collection}}).Decode(&about); err != nil {
		return nil, fmt.Errorf("find the sharded collection: %w", err)
	}
	rows, err := aggregate[struct {
		Shard string `bson:"_id"`
		N     int64  `bson:"n"`
	}](ctx, config.Collection("chunks"), mongo.Pipeline{
		{{Key: "$match", Value: bson.D{{Key: "uuid", Value: about.UUID}}}},
		{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$shard"}, {Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}}}}},
	})
	if err != nil {
		return nil, fmt.Errorf("count chunks: %w", err)
	}
	counts := map[string]int64{}
	for _, row := range rows {
		counts[row.Shard] = row.N
	}
	return counts, nil
}

type holding struct{ documents, bytes int64 }

// holdings is what each shard holds of the products, by its metadata.
func (r *Reader) holdings(ctx context.Context) (map[string]holding, error) {
	rows, err := aggregate[struct {
		Shard   string `bson:"shard"`
		Storage struct {
			Count int64 `bson:"count"`
			Size  int64 `bson:"size"`
		} `bson:"storageStats"`
	}](ctx, r.mongos.Database(r.database).Collection(collection), mongo.Pipeline{
		{{Key: "$collStats", Value: bson.D{{Key: "storageStats", Value: bson.D{}}}}},
		{{Key: "$project", Value: bson.D{{Key: "shard", Value: 1}, {Key: "storageStats.count", Value: 1}, {Key: "storageStats.size", Value: 1}}}},
	})
	if err != nil {
		return nil, fmt.Errorf("count documents by shard: %w", err)
	}
	held := map[string]holding{}
	for _, row := range rows {
		held[row.Shard] = holding{row.Storage.Count, row.Storage.Size}
	}
	return held, nil
}

func aggregate[T any](ctx context.Context, c *mongo.Collection, pipeline mongo.Pipeline) ([]T, error) {
	cursor, err := c.Aggregate(ctx, pipeline)
	if err != nil {
		return nil, err
	}
	var rows []T
	return rows, cursor.All(ctx, &rows)
}
