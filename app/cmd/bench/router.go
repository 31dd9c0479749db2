package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"speedscale/app/cmd/bench/internal/load"
	"speedscale/app/cmd/bench/internal/results"
	"speedscale/app/cmd/bench/internal/stack"
)

const (
	findTimeout  = 10 * time.Second
	findsPerTime = 100 // for each second of a measurement
)

// asked is who answers a find.
type asked struct {
	name  string
	find  func(ctx context.Context, word string) error
	times []time.Duration
}

// router is what the router adds to a search: the same find through it, and straight at
// the shards.
func (b *bench) router(ctx context.Context) error {
	b.say("the router and the shards")
	address, err := b.stack.URI(ctx, "mongo")
	if err != nil {
		return err
	}
	router, err := connect(address, nil)
	if err != nil {
		return err
	}
	defer disconnect(router)
	primaries, err := b.primaries(ctx)
	if err != nil {
		return err
	}
	for _, p := range primaries {
		defer disconnect(p)
	}
	section := b.report.Section("A find by a word, one after the other")
	if len(primaries) == 0 {
		section.Note("not measured: the shards' containers cannot be reached directly")
		return nil
	}
	all := []*asked{
		{name: "through the router", find: func(ctx context.Context, word string) error { return find(ctx, router, word) }},
		{name: "straight to one shard", find: func(ctx context.Context, word string) error { return find(ctx, primaries[0], word) }},
		{name: "straight to every shard at once", find: func(ctx context.Context, word string) error {
			every, ctx := errgroup.WithContext(ctx)
			for _, p := range primaries {
				every.Go(func() error { return find(ctx, p, word) })
			}
			return every.Wait()
		}},
	}
	if err := inTurns(ctx, all, frequent(b.products), int(findsPerTime*b.duration.Seconds())); err != nil {
		return err
	}
	for _, a := range all {
		slices.Sort(a.times)
		section.Add(a.name, results.Ms("p50", load.Percentile(a.times, 0.50)), results.Ms("p95", load.Percentile(a.times, 0.95)), results.Number("finds", float64(len(a.times)), ""))
	}
	section.Note("20 products, sorted and hinted as searches are; the router waits for all %d shards", len(primaries))
	return nil
}

// inTurns asks all of them for one word after the other, each of them first as often.
func inTurns(ctx context.Context, all []*asked, words []string, count int) error {
	for n := -len(words); n < count; n++ { // at first so that all know the words
		for i := range all {
			a := all[(n+len(words)+i)%len(all)]
			start := time.Now()
			if err := a.find(ctx, words[(n+len(words))%len(words)]); err != nil {
				return fmt.Errorf("%s: %w", a.name, err)
			}
			if n >= 0 {
				a.times = append(a.times, time.Since(start))
			}
		}
	}
	return nil
}

// find is what a search for a word sends.
func find(ctx context.Context, client *mongo.Client, word string) error {
	ctx, cancel := context.WithTimeout(ctx, findTimeout)
	defer cancel()
	var terms bson.A
	for _, sign := range []string{"^", "^^", "~", "="} {
		terms = append(terms, word+sign)
	}
	fields := bson.D{}
	for _, name := range []string{"name", "price", "description", "category", "brand", "inStock", "rating", "imageUrl", "createdAt"} {
		fields = append(fields, bson.E{Key: name, Value: 1})
	}
	opts := options.Find().SetHint("search").SetSort(bson.D{{Key: "rank", Value: -1}, {Key: "_id", Value: 1}}).
		SetProjection(fields).SetLimit(-pageSize).SetBatchSize(pageSize)
	cursor, err := client.Database("speedscale").Collection("products").Find(ctx, bson.D{{Key: "terms", Value: bson.D{{Key: "$in", Value: terms}}}}, opts)
	if err != nil {
		return err
	}
	var found []bson.Raw
	return cursor.All(ctx, &found)
}

// primaries are clients of the shards' own, logged in as members are to each other. There
// are none where containers cannot be reached.
func (b *bench) primaries(ctx context.Context) (all []*mongo.Client, err error) {
	if b.direct == nil {
		return nil, nil
	}
	for _, c := range b.containers {
		if c.Role != "shard" {
			continue
		}
		client, err := member(ctx, c)
		if err != nil {
			return all, err
		}
		leads, err := leads(ctx, client)
		if err != nil {
			disconnect(client)
			return all, fmt.Errorf("ask %s: %w", c.Name, err)
		}
		if !leads {
			disconnect(client)
			continue
		}
		all = append(all, client)
	}
	if len(all) != b.shards[0] {
		return all, fmt.Errorf("%d members of %d shards are primaries", len(all), b.shards[0])
	}
	return all, nil
}

func member(ctx context.Context, c stack.Container) (*mongo.Client, error) {
	key, err := c.Read(ctx, "/run/secrets/keyfile")
	if err != nil {
		return nil, err
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(key, "- "), "\n")
	return connect("mongodb://"+c.At("27017")+"/?directConnection=true", &options.Credential{
		AuthMechanism: "SCRAM-SHA-256", AuthSource: "local", Username: "__system", Password: first,
	})
}

func leads(ctx context.Context, client *mongo.Client) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, findTimeout)
	defer cancel()
	var hello struct{ IsWritablePrimary bool }
	err := client.Database("admin").RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello)
	return hello.IsWritablePrimary, err
}

func connect(address string, login *options.Credential) (*mongo.Client, error) {
	opts := options.Client().ApplyURI(address)
	if login != nil {
		opts.SetAuth(*login)
	}
	client, err := mongo.Connect(opts)
	if err != nil {
		return nil, errors.New("the address of MongoDB cannot be used") // an error would have its password
	}
	return client, nil
}

func disconnect(client *mongo.Client) {
	ctx, cancel := context.WithTimeout(context.Background(), findTimeout)
	defer cancel()
	_ = client.Disconnect(ctx) // its server may be gone
}
