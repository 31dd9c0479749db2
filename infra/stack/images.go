package stack

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/config"
	"speedscale/infra/images"
	"speedscale/infra/topology"
)

// image is what the containers of a role run.
type image struct {
	id     pulumi.StringOutput
	health images.Health
}

func (i image) healthcheck() docker.ContainerHealthcheckArgs {
	return docker.ContainerHealthcheckArgs{
		Tests:       pulumi.ToStringArray(i.health.Test),
		Interval:    pulumi.String(i.health.Interval),
		Timeout:     pulumi.String(i.health.Timeout),
		StartPeriod: pulumi.String(i.health.StartPeriod),
		Retries:     pulumi.Int(i.health.Retries),
	}
}

// mainDir is Pulumi.yaml's main, where the engine and its plugins run.
const mainDir = "infra"

// imageOf says which image a role runs.
var imageOf = map[topology.Role]string{
	topology.ConfigServer: images.Mongo,
	topology.ShardMember:  images.Mongo,
	topology.Router:       images.Mongos,
	topology.RedisStack:   images.RedisStack,
	topology.RedisUI:      images.RedisCommander,
	topology.Gateway:      images.Gateway,
	topology.Init:         images.Gateway,
	topology.Frontend:     images.Nginx,
}

// PrepareImages brings the images' build contexts on this host up to date, from
// the source that the settings choose.
func PrepareImages(ctx context.Context, root string, cfg config.Config, progress func(string)) (map[string]images.Image, error) {
	refs := map[string]string{
		images.Mongo:          cfg.ImageRefs.Mongo,
		images.Mongos:         cfg.ImageRefs.Mongo,
		images.RedisStack:     cfg.ImageRefs.RedisStack,
		images.RedisCommander: cfg.ImageRefs.RedisCommander,
		images.Nginx:          cfg.ImageRefs.Nginx,
	}
	source, why, err := images.Choose(ctx, cfg.Images, slices.Collect(maps.Values(refs))...)
	if err != nil {
		return nil, err
	}
	if cfg.Images == images.Auto {
		progress(fmt.Sprintf("images from %s (%s)", source, why))
	}
	return images.Prepare(ctx, images.Options{Root: root, Source: source, Refs: refs, Progress: progress})
}

// images declares the images and remembers which role runs which.
func (d *deployment) images(prepared map[string]images.Image) error {
	declared := map[string]image{}
	for _, name := range images.Names() {
		resource, err := d.remoteImage(name, prepared[name])
		if err != nil {
			return err
		}
		declared[name] = image{id: resource.ImageId, health: prepared[name].Health}
	}
	d.image = map[topology.Role]image{}
	for role, name := range imageOf {
		d.image[role] = declared[name]
	}
	return nil
}

func (d *deployment) remoteImage(name string, img images.Image) (*docker.RemoteImage, error) {
	args := &docker.RemoteImageArgs{
		Name: pulumi.String(img.Ref),
		// Removing an image that a container still runs fails.
		KeepLocally: pulumi.Bool(true),
	}
	if build := img.Build; build != nil {
		context, err := filepath.Rel(filepath.Join(d.root, mainDir), build.Dir)
		if err != nil {
			return nil, fmt.Errorf("build image %s: %w", name, err)
		}
		args.Build = docker.RemoteImageBuildArgs{
			// An absolute path would be a change in every other checkout.
			Context:    pulumi.String(context),
			Dockerfile: pulumi.String(build.Dockerfile),
			BuildArgs:  pulumi.ToStringMap(build.Args),
		}
		// A changed context is no change to the provider.
		args.Triggers = pulumi.StringMap{"hash": pulumi.String(build.Hash)}
	}
	return docker.NewRemoteImage(d.ctx, name, args)
}
