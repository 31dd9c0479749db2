// Package images prepares, on the host, what the stack's images are made of.
//
// There are two ways. With [Registry] the official images are pulled, and only
// the gateway and the page are built. With [Packages], for a machine that
// reaches no image registry, all are built from Dockerfiles in this folder out
// of Debian, PyPI and npm packages, and of programs of our own, which live in
// infra/cmd and app/cmd.
//
// Nothing here talks to the Docker daemon: [Prepare] leaves build contexts in
// folders, and the stack's program hands those to the daemon. What was
// downloaded is kept in the user's cache, so that another checkout or a
// rebuild needs no network.
package images

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"
)

// The images' names, by which Prepare's answer and the overriding settings are
// keyed.
const (
	Mongo          = "mongo"
	Mongos         = "mongos"
	RedisStack     = "redis-stack"
	RedisCommander = "redis-commander"
	Nginx          = "nginx"
	Gateway        = "gateway"
)

// Names lists the images in the order in which they are reported.
func Names() []string {
	return []string{Mongo, Mongos, RedisStack, RedisCommander, Nginx, Gateway}
}

// Source says where images come from.
type Source string

// The two sources.
const (
	Registry Source = "registry"
	Packages Source = "packages"
)

// Image is what one kind of container runs.
type Image struct {
	Name string
	// Ref is what to pull, or the tag of what Build makes.
	Ref string
	// Build is nil when Ref is pulled.
	Build *Build
	// Health tells the daemon how to see that the server answers.
	Health Health
	// Needs is what its containers have to be given.
	Needs Needs
}

// Build is a prepared context: everything the daemon needs to make the image.
type Build struct {
	Dir        string            // the context, absolute
	Dockerfile string            // its Dockerfile, relative to Dir
	Args       map[string]string // build arguments
	Hash       string            // of all that goes into the image: changes if and only if one of them does
}

// Options are Prepare's inputs.
type Options struct {
	Root   string // the checkout, absolute
	Source Source
	// Refs are the registry's images by name, of all but the gateway, which is
	// always built.
	Refs map[string]string
	// Arch is what the engine runs on, as in GOARCH: amd64 or arm64. Empty stands
	// for this machine's, and so for an engine on it.
	Arch string
	// Progress, if set, is told what takes long; a warm run says nothing.
	Progress func(string)
}

// Prepare makes every image's context, or brings it up to date, and returns the
// images by name. With nothing changed it takes some tens of milliseconds; the
// first time it downloads and compiles for minutes.
func Prepare(ctx context.Context, opts Options) (map[string]Image, error) {
	p, err := newPreparer(opts)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	done := make(map[string]Image, len(Names()))
	group, ctx := errgroup.WithContext(ctx)
	for _, name := range Names() {
		group.Go(func() error {
			image, err := p.image(ctx, name)
			if err != nil {
				return fmt.Errorf("prepare image %s: %w", name, err)
			}
			mu.Lock()
			defer mu.Unlock()
			done[name] = image
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return done, nil
}

// Of is an image as far as a container of it must know: how its health is seen,
// and what it needs. Where to have it from is left open.
func Of(name string, source Source) Image {
	return Image{Name: name, Health: healthOf(name, source), Needs: needsOf(name, source)}
}

func (p *preparer) image(ctx context.Context, name string) (Image, error) {
	image := Of(name, p.Source)
	recipe, built := p.recipe(name)
	if !built {
		image.Ref = p.Refs[name]
		return image, nil
	}
	build, err := p.context(ctx, name, recipe)
	if err != nil {
		return Image{}, err
	}
	image.Build = build
	image.Ref = "speedscale/" + name + ":" + build.Hash[:12]
	return image, nil
}
