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

// mainDir is the value of main in Pulumi.yaml: the working directory of Pulumi's
// engine and its plugins.
const mainDir = "infra"

// imageOf maps each role to the image that its containers run.
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

// Images are the images of a stack's containers, ready to be declared.
type Images struct {
	Source images.Source
	ByName map[string]images.Image
}

// PrepareImages updates the images' build contexts on this host, from the source
// that the settings choose. With the source "auto", a stack keeps the source that
// it was deployed from, so that a registry that is only sometimes reachable does
// not replace its containers.
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

// officialRefs returns the references of the official images, by setting.
func officialRefs(cfg config.Config) map[string]string {
	return map[string]string{
		"imageRefs.mongo":          cfg.ImageRefs.Mongo,
		"imageRefs.redisStack":     cfg.ImageRefs.RedisStack,
		"imageRefs.redisCommander": cfg.ImageRefs.RedisCommander,
		"imageRefs.nginx":          cfg.ImageRefs.Nginx,
	}
}

// FetchImages has the Docker engine pull the official images, if the stack uses
// them. This happens before anything is changed, and with the docker command's
// registry logins: the Docker provider knows no logins, and reports little when a
// pull fails.
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

// PinImages asks the registries for the digests of the official images. It returns
// the references with digests, by setting.
func PinImages(ctx context.Context, cfg config.Config) (map[string]string, error) {
	engine, err := dockerhost.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = engine.Close() }()
	return registry.Pin(ctx, engine, officialRefs(cfg))
}

// engineArch returns the architecture of the Docker engine, as in GOARCH. It may
// differ from this machine's. It is "" if no engine answers, since a preview must
// work without one.
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
		return "", nil //nolint:nilerr // a preview needs no daemon
	}
	return info.Arch()
}

// deployedSource returns the source of the images that the stack's containers run.
// It is "" if there are no containers, or no daemon answers.
func deployedSource(ctx context.Context, stack string) images.Source {
	found := deployedContainers(ctx, stack)
	if len(found) == 0 {
		return ""
	}
	return images.Source(found[0].Labels[labelImages])
}

// deployedContainers returns the stack's containers; none if no daemon answers.
func deployedContainers(ctx context.Context, stack string) []dockerhost.Container {
	daemon, err := dockerhost.Open()
	if err != nil {
		return nil
	}
	defer func() { _ = daemon.Close() }()
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	found, err := daemon.Containers(ctx, LabelStack+"="+stack)
	if err != nil {
		return nil
	}
	return found
}

// images declares the images and sets d.image, the image of each role.
func (d *deployment) images(prepared Images) error {
	d.source = prepared.Source
	parent, err := d.layer("images")
	if err != nil {
		return err
	}
	declared := map[string]containers.Image{}
	for _, name := range images.Names() {
		resource, err := d.remoteImage(name, prepared.ByName[name], parent)
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

func (d *deployment) remoteImage(name string, img images.Image, parent pulumi.ResourceOption) (*docker.RemoteImage, error) {
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
			// An absolute path would differ in every checkout, and show up as a change.
			Context:    pulumi.String(context),
			Dockerfile: pulumi.String(build.Dockerfile),
			BuildArgs:  pulumi.ToStringMap(build.Args),
		}
		// The provider does not notice a changed build context.
		args.Triggers = pulumi.StringMap{"hash": pulumi.String(build.Hash)}
	}
	return docker.NewRemoteImage(d.ctx, name, args, parent)
}
