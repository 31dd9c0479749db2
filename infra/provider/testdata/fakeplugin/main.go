// Command fakeplugin is the provider over a fake cluster that already is as the
// test's program declares it. It writes what it is ordered to a file.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"

	dockerfake "speedscale/infra/dockerhost/fake"
	"speedscale/infra/mongoadmin"
	"speedscale/infra/mongoadmin/fake"
	"speedscale/infra/provider"
)

func main() {
	if err := run(context.Background(), os.Getenv("FAKE_JOURNAL")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, journal string) error {
	cluster := fake.New()
	if err := build(ctx, cluster); err != nil {
		return err
	}
	plugin, err := provider.New(func() (provider.Clients, error) {
		return provider.Clients{Admin: cluster, Containers: &dockerfake.Engine{AllRun: true}}, nil
	})
	if err != nil {
		return err
	}
	remove := plugin.Delete
	plugin.Delete = func(ctx context.Context, req p.DeleteRequest) error {
		if err := remove(ctx, req); err != nil {
			return err
		}
		return record(journal, "delete "+req.Urn.Name(), cluster.Journal())
	}
	return plugin.Run(ctx, provider.Name, provider.Version)
}

func record(path, what string, orders []string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(file, "%s: %s\n", what, strings.Join(orders, ", ")); err != nil {
		return err
	}
	return file.Close()
}

// build makes the shards s1 and s2 and the collection.
func build(ctx context.Context, cluster *fake.Cluster) error {
	router := mongoadmin.Endpoint{Host: "mongos:27017", Container: "cluster-mongos"}
	for _, name := range []string{"s1", "s2"} {
		at := mongoadmin.Endpoint{Host: name + "-a:27017"}
		err := cluster.Initiate(ctx, at, mongoadmin.SetConfig{Name: name, Members: []mongoadmin.Member{{Host: at.Host, Priority: 1, Votes: 1}}})
		if err != nil {
			return err
		}
		if err := cluster.AddShard(ctx, router, name, []string{at.Host}); err != nil {
			return err
		}
	}
	err := cluster.ShardCollection(ctx, router, mongoadmin.CollectionSpec{Collection: mongoadmin.Collection{
		Name: mongoadmin.Namespace{Database: "speedscale", Collection: "products"},
		Key:  mongoadmin.ShardKey{{Field: "_id", Type: "hashed"}},
	}})
	cluster.Journal()
	return err
}
