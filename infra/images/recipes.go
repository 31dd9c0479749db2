package images

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"speedscale/internal/mongods"
)

// The Debian packages that each base holds, besides what they depend on. bash
// is in all of them: health checks and provisioning dial through it.
var (
	// mongod and Redis Stack's server are linked to OpenSSL 1.1, which bookworm no
	// longer has.
	baseMongo = base{suite: "bullseye", packages: []string{"bash", "coreutils", "grep", "libcurl4", "libgcc-s1", "liblzma5", "libssl1.1", "openssl"}}
	baseRedis = base{suite: "bullseye", packages: []string{"bash", "coreutils", "libgomp1", "libssl1.1", "libstdc++6"}}
	baseNode  = base{suite: "bookworm", packages: []string{"bash", "coreutils", "dumb-init", "jq", "nodejs", "sed"}}
	baseNginx = base{suite: "trixie", packages: []string{"bash", "coreutils", "libnginx-mod-stream", "nginx"}}
)

// recipe says what an image is built from: a Dockerfile in the folder of the
// image's name, and what it adds.
type recipe struct {
	dockerfile string
	args       map[string]string
	inputs     []input
}

// input is a step's folder, or one file of it, under a name in the context.
type input struct {
	step step
	file string // empty: the whole folder
	as   string
}

// recipe is how an image is built, or false if it comes from the registry.
func (p *preparer) recipe(name string) (recipe, bool) {
	r := recipe{dockerfile: "Dockerfile"}
	switch {
	case name == Gateway:
		r.inputs = []input{p.goBinary("gateway", "app/cmd/gateway")}
	case name == Nginx && p.Source == Registry:
		r.dockerfile = "Dockerfile.registry"
		r.args = map[string]string{"BASE": p.Refs[Nginx]}
		r.inputs = []input{p.page()}
	case p.Source == Registry:
		return recipe{}, false
	case name == Mongo:
		r.inputs = []input{p.rootfs(baseMongo), p.mongod()}
	case name == Mongos:
		r.inputs = []input{p.rootfs(baseMongo), p.goBinary("mongos", "infra/cmd/mongos")}
	case name == RedisStack:
		r.inputs = []input{p.rootfs(baseRedis), p.redisStack(), p.goBinary("entrypoint", "infra/cmd/redis-stack")}
	case name == RedisCommander:
		r.inputs = []input{p.rootfs(baseNode), p.redisCommander()}
	case name == Nginx:
		r.inputs = []input{p.rootfs(baseNginx), p.page()}
	}
	return r, true
}

// preparer is one run of Prepare.
type preparer struct {
	Options
	cache string // the user's, shared by all checkouts
	slots chan struct{}

	mu    sync.Mutex
	steps map[string]func() (string, error) // by folder: several images share a base
}

func newPreparer(opts Options) (*preparer, error) {
	if !filepath.IsAbs(opts.Root) {
		return nil, fmt.Errorf("prepare images: the checkout's path must be absolute, not %q", opts.Root)
	}
	switch opts.Source {
	case Registry, Packages:
	default:
		return nil, fmt.Errorf("prepare images: source must be %q or %q, not %q", Registry, Packages, opts.Source)
	}
	for _, name := range []string{Mongo, Mongos, RedisStack, RedisCommander, Nginx} {
		if opts.Source == Registry && opts.Refs[name] == "" {
			return nil, fmt.Errorf("prepare images: no registry reference for %s", name)
		}
	}
	if opts.Arch == "" {
		opts.Arch = runtime.GOARCH
	}
	if opts.Source == Packages && opts.Arch != "amd64" {
		return nil, fmt.Errorf("prepare images: speedscale:images: %s is for amd64 (its mongod and Redis Stack are), and Docker runs on %s: set %s", Packages, opts.Arch, Registry)
	}
	if opts.Progress == nil {
		opts.Progress = func(string) {}
	}
	cache, err := mongods.Cache()
	if err != nil {
		return nil, fmt.Errorf("prepare images: find the user cache: %w", err)
	}
	return &preparer{
		Options: opts,
		cache:   cache,
		slots:   make(chan struct{}, max(2, runtime.NumCPU())),
		steps:   map[string]func() (string, error){},
	}, nil
}

// once runs a step at most once in this preparation, in a free slot.
func (p *preparer) once(ctx context.Context, s step) (string, error) {
	p.mu.Lock()
	run, ok := p.steps[s.dir]
	if !ok {
		run = sync.OnceValues(func() (string, error) {
			p.slots <- struct{}{}
			defer func() { <-p.slots }()
			return s.run(ctx)
		})
		p.steps[s.dir] = run
	}
	p.mu.Unlock()
	return run()
}

// context brings an image's inputs and then its context up to date.
func (p *preparer) context(ctx context.Context, name string, r recipe) (*Build, error) {
	own := filepath.Join(p.Root, "infra", "images", name)
	dockerfile, err := hashFiles(own, r.dockerfile)
	if err != nil {
		return nil, err
	}
	parts := []string{"context 1", name, dockerfile}
	for _, arg := range slices.Sorted(maps.Keys(r.args)) {
		parts = append(parts, arg, r.args[arg])
	}
	for _, in := range r.inputs {
		sum, err := p.once(ctx, in.step)
		if err != nil {
			return nil, err
		}
		parts = append(parts, in.file, in.as, sum)
	}
	s := step{
		// Apart for each source: two stacks of one checkout may differ in it.
		dir: filepath.Join(p.Root, ".speedscale", "images", name+strings.TrimPrefix(r.dockerfile, "Dockerfile")),
		key: keyOf(parts...),
		fill: func(_ context.Context, tmp string) error {
			// Dockerfiles make folders that a user owns by copying this one.
			if err := os.Mkdir(filepath.Join(tmp, "empty"), 0o755); err != nil {
				return err
			}
			for _, in := range r.inputs {
				if err := linkTree(filepath.Join(in.step.dir, in.file), filepath.Join(tmp, in.as)); err != nil {
					return err
				}
			}
			return copyFile(filepath.Join(own, r.dockerfile), filepath.Join(tmp, r.dockerfile))
		},
	}
	if _, err := p.once(ctx, s); err != nil {
		return nil, err
	}
	return &Build{Dir: s.dir, Dockerfile: r.dockerfile, Args: r.args, Hash: s.key}, nil
}

// linkTree copies a file or a folder by hard links where the file system lets
// it: contexts hold hundreds of megabytes that are in the cache already.
func linkTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case d.IsDir():
			return os.MkdirAll(target, 0o755)
		case d.Type()&fs.ModeSymlink != 0:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		}
		if err := os.Link(path, target); err == nil {
			return nil
		}
		return copyFile(path, target)
	})
}

func copyFile(from, to string) (err error) {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, info.Mode().Perm())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return copyFileTo(f, from)
}
