package images

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

const installNode = "install Node and npm, see the README"

// redisCommander installs what its lock file pins, without the optional native
// module and without running anybody's install script.
func (p *preparer) redisCommander() input {
	own := filepath.Join(p.Root, "infra", "images", RedisCommander)
	key, err := hashFiles(own, "package.json", "package-lock.json")
	s := step{
		dir: filepath.Join(p.cache, "redis-commander-0.9.0"),
		key: keyOf("npm 2", key),
		err: err,
		fill: func(ctx context.Context, tmp string) error {
			p.Progress("downloading Redis Commander")
			for _, file := range []string{"package.json", "package-lock.json"} {
				if err := copyFile(filepath.Join(own, file), filepath.Join(tmp, file)); err != nil {
					return err
				}
			}
			if err := p.npm(ctx, tmp, "ci", "--omit=dev", "--omit=optional", "--ignore-scripts"); err != nil {
				return err
			}
			return officialLayout(tmp)
		},
	}
	return input{step: s, as: "redis-commander"}
}

// officialLayout puts the program beside its modules, where its own image has it
// and its start script looks for it, and apart from the configuration, which
// that script writes.
func officialLayout(dir string) error {
	for _, move := range [][2]string{
		{"node_modules/redis-commander", "app"},
		{"node_modules", "app/node_modules"},
		{"app/config", "config"},
	} {
		if err := os.Rename(filepath.Join(dir, move[0]), filepath.Join(dir, move[1])); err != nil {
			return err
		}
	}
	return nil
}

// page builds the frontend: its files and the nginx configuration that serves
// them.
func (p *preparer) page() input {
	frontend := filepath.Join(p.Root, "frontend")
	key, err := hashTree(frontend, func(path string, _ fs.DirEntry) bool {
		rel, err := filepath.Rel(frontend, path)
		return err == nil && slices.Contains([]string{"node_modules", "dist", "coverage", "e2e"}, rel)
	})
	s := step{
		dir: filepath.Join(p.Root, ".speedscale", "build", "page"),
		key: keyOf("page 1", key),
		err: err,
		fill: func(ctx context.Context, tmp string) error {
			if err := p.installPage(ctx, frontend); err != nil {
				return err
			}
			p.Progress("building the page")
			if err := p.npm(ctx, frontend, "run", "build"); err != nil {
				return err
			}
			if err := linkTree(filepath.Join(frontend, "dist"), filepath.Join(tmp, "html")); err != nil {
				return err
			}
			return copyFile(filepath.Join(frontend, "nginx.conf"), filepath.Join(tmp, "nginx.conf"))
		},
	}
	return input{step: s, as: "page"}
}

// installPage brings node_modules up to the lock file, unless it is.
func (p *preparer) installPage(ctx context.Context, frontend string) error {
	want, err := hashFiles(frontend, "package-lock.json")
	if err != nil {
		return err
	}
	mark := filepath.Join(frontend, "node_modules", ".speedscale")
	if have, err := os.ReadFile(mark); err == nil && string(have) == want {
		return nil
	}
	p.Progress("installing the page's packages")
	if err := p.npm(ctx, frontend, "ci"); err != nil {
		return err
	}
	return os.WriteFile(mark, []byte(want), 0o644)
}

func (p *preparer) npm(ctx context.Context, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, "npm", append(args, "--no-audit", "--no-fund", "--loglevel=error")...)
	cmd.Dir = dir
	return run(cmd, installNode)
}

func hashFiles(dir string, names ...string) (string, error) {
	parts := make([]string, 0, len(names))
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		parts = append(parts, name, string(data))
	}
	return keyOf(parts...), nil
}
