package stack

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/config"
	"speedscale/infra/containers"
	"speedscale/infra/dockerhost"
	"speedscale/infra/images"
	"speedscale/infra/preflight"
	"speedscale/infra/registry"
	"speedscale/infra/topology"
)

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

// Images is what a stack's containers run, ready to be declared.
type Images struct {
	Source images.Source
	ByName map[string]images.Image
}

// PrepareImages brings the images' build contexts on this host up to date, from
// the source that the settings choose. With auto a stack keeps the source that
// it was deployed from: a registry that comes and goes must not replace it.
func PrepareImages(ctx context.Context, root, stack string, cfg config.Config, progress func(string)) (Images, error) {
	refs := map[string]string{
		images.Mongo:          cfg.ImageRefs.Mongo,
		images.Mongos:         cfg.ImageRefs.Mongo,
		images.RedisStack:     cfg.ImageRefs.RedisStack,
		images.RedisCommander: cfg.ImageRefs.RedisCommander,
		images.Nginx:          cfg.ImageRefs.Nginx,
	}
	source := images.Source(cfg.Images)
	if cfg.Images == images.Auto {
		source = deployedSource(ctx, stack)
	}
	if source == "" {
		var why string
		var err error
		if source, why, err = images.Choose(ctx, cfg.Images, slices.Collect(maps.Values(refs))...); err != nil {
			return Images{}, err
		}
		progress(fmt.Sprintf("images from %s (%s)", source, why))
	}
	arch, err := engineArch(ctx)
	if err != nil {
		return Images{}, err
	}
	prepared, err := images.Prepare(ctx, images.Options{Root: root, Source: source, Refs: refs, Arch: arch, Progress: progress})
	return Images{source, prepared}, err
}

// officialRefs are the official images, by their settings.
func officialRefs(cfg config.Config) map[string]string {
	return map[string]string{
		"imageRefs.mongo":          cfg.ImageRefs.Mongo,
		"imageRefs.redisStack":     cfg.ImageRefs.RedisStack,
		"imageRefs.redisCommander": cfg.ImageRefs.RedisCommander,
		"imageRefs.nginx":          cfg.ImageRefs.Nginx,
	}
}

// FetchImages brings the official images onto the engine, if that is where the
// stack's come from: before anything is changed, and with what the docker command
// knows of logins. The Docker provider knows of none, and says little.
func FetchImages(ctx context.Context, source images.Source, cfg config.Config, say func(string)) error {
	if source != images.Registry {
		return nil
	}
	engine, err := dockerhost.Open()
	if err != nil {
		return err
	}
	defer func() { _ = engine.Close() }()
	if err := preflight.Kernel(ctx, engine, cfg.ImageRefs.Mongo); err != nil {
		return err
	}
	return registry.Fetch(ctx, engine, officialRefs(cfg), say)
}

// PinImages asks the registries for the official images' digests; the answer has
// references with digests, by setting.
func PinImages(ctx context.Context, cfg config.Config) (map[string]string, error) {
	engine, err := dockerhost.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = engine.Close() }()
	return registry.Pin(ctx, engine, officialRefs(cfg))
}

// engineArch is what the engine runs on, which need not be this machine's; ""
// if none answers, as may be in a preview.
func engineArch(ctx context.Context) (string, error) {
	daemon, err := dockerhost.Open()
	if err != nil {
		return "", nil //nolint:nilerr // a preview needs no daemon
	}
	defer func() { _ = daemon.Close() }()
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	info, err := daemon.Info(ctx)
	if err != nil {
		return "", nil //nolint:nilerr // likewise
	}
	return info.Arch()
}

// deployedSource is where the images of the stack's containers came from, or ""
// if it has none, or no daemon answers.
func deployedSource(ctx context.Context, stack string) images.Source {
	daemon, err := dockerhost.Open()
	if err != nil {
		return ""
	}
	defer func() { _ = daemon.Close() }()
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	found, err := daemon.Contents(ctx, LabelStack+"="+stack)
	if err != nil || len(found.Containers) == 0 {
		return ""
	}
	return images.Source(found.Containers[0].Labels[labelImages])
}

// images declares the images and remembers which role runs which.
func (d *deployment) images(prepared Images) error {
	d.source = prepared.Source
	under, err := d.layer("images")
	if err != nil {
		return err
	}
	declared := map[string]containers.Image{}
	for _, name := range images.Names() {
		resource, err := d.remoteImage(name, prepared.ByName[name], under)
		if err != nil {
			return err
		}
		declared[name] = containers.Image{ID: resource.ImageId, Health: prepared.ByName[name].Health, Needs: prepared.ByName[name].Needs}
	}
	d.image = map[topology.Role]containers.Image{}
	for role, name := range imageOf {
		d.image[role] = declared[name]
	}
	return nil
}

func (d *deployment) remoteImage(name string, img images.Image, under pulumi.ResourceOption) (*docker.RemoteImage, error) {
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
	return docker.NewRemoteImage(d.ctx, name, args, under)
}
