// A program of its own that has a sharded MongoDB cluster: one shard of one
// member, one config server, one mongos.
package main

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"speedscale/infra/cluster"
	"speedscale/infra/containers"
	"speedscale/infra/images"
	"speedscale/infra/sdk"
	"speedscale/infra/topology"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	settings := config.New(ctx, "")
	network, err := containers.NewNetwork(ctx, containers.NetworkArgs{Name: "orders", BindAddress: "127.0.0.1"})
	if err != nil {
		return err
	}
	mongod, err := image(ctx, images.Mongo, settings.Get("mongod"))
	if err != nil {
		return err
	}
	mongos, err := image(ctx, images.Mongos, settings.Get("mongos"))
	if err != nil {
		return err
	}
	port := settings.GetInt("port")
	if port == 0 {
		port = 27117
	}
	orders, err := cluster.New(ctx, "orders", cluster.Args{
		Network: network,
		Topology: topology.ClusterSpec{
			ContainerPrefix: "orders-", VolumePrefix: "orders_",
			Shards: 1, MembersPerShard: 1, ConfigServers: 1,
			ShardMemory: 1024, ConfigServerMemory: 512, RouterMemory: 512,
			Port: port,
		}.Cluster(),
		Mongod: mongod,
		Mongos: mongos,
	})
	if err != nil {
		return err
	}
	_, err = orders.Collection(ctx, "orders", sdk.ShardedCollectionArgs{
		Database: "shop", Collection: "orders", Key: []sdk.KeyField{{Field: "customer", Type: "hashed"}},
	})
	ctx.Export("mongodb", pulumi.Sprintf("mongodb://127.0.0.1:%d", port))
	return err
}

// image is an official one; a setting may name another.
func image(ctx *pulumi.Context, kind, name string) (containers.Image, error) {
	if name == "" {
		name = "mongo:7.0.43"
	}
	is := images.Of(kind, images.Registry)
	resource, err := docker.NewRemoteImage(ctx, kind, &docker.RemoteImageArgs{Name: pulumi.String(name), KeepLocally: pulumi.Bool(true)})
	if err != nil {
		return containers.Image{}, err
	}
	return containers.Image{ID: resource.ImageId, Health: is.Health, Needs: is.Needs}, nil
}
