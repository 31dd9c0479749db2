package images

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

const installNode = "install Node and npm, see docs/operations.md"

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
		key: keyOf("page 2", key),
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
			return linkTree(filepath.Join(frontend, "nginx"), filepath.Join(tmp, "nginx"))
		},
	}
	return input{step: s, as: "page"}
}

// installPage brings node_modules up to the lock file, unless it is: somebody
// may be working in there.
func (p *preparer) installPage(ctx context.Context, frontend string) error {
	current, err := installed(frontend)
	if err != nil || current {
		return err
	}
	p.Progress("installing the page's packages")
	return p.npm(ctx, frontend, "ci")
}

// lockFile is what npm's lock file says of each package, by its folder.
type lockFile struct {
	Packages map[string]struct {
		Integrity string `json:"integrity"`
		Optional  bool   `json:"optional"`
	} `json:"packages"`
}

// installed compares the lock file with the one that npm leaves in node_modules,
// which lacks only the project itself and optional packages for other systems.
func installed(dir string) (bool, error) {
	want, err := readLock(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return false, err
	}
	have, err := readLock(filepath.Join(dir, "node_modules", ".package-lock.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	delete(want.Packages, "")
	for path, locked := range want.Packages {
		there, ok := have.Packages[path]
		if !ok && !locked.Optional || ok && there.Integrity != locked.Integrity {
			return false, nil
		}
		delete(have.Packages, path)
	}
	return len(have.Packages) == 0, nil
}

func readLock(path string) (lockFile, error) {
	var l lockFile
	data, err := os.ReadFile(path)
	if err != nil {
		return l, err
	}
	if err := json.Unmarshal(data, &l); err != nil {
		return l, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
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
