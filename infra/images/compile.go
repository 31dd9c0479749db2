package images

import (
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const module = "speedscale/"

// goBinary compiles a command of this module into one static file. Asking the
// compiler whether anything changed takes a second; the key is the hash of the
// sources, so that an unchanged binary is not even asked about.
func (p *preparer) goBinary(name, pkg string) input {
	key, err := p.sourceKey(pkg)
	s := step{
		dir: filepath.Join(p.Root, ".speedscale", "build", name+"-"+p.Arch), // an engine of each kind may take turns
		key: key,
		err: err,
		fill: func(ctx context.Context, tmp string) error {
			p.Progress("compiling " + pkg)
			cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=",
				"-o", filepath.Join(tmp, name), "./"+pkg)
			cmd.Dir = p.Root
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+p.Arch, "GOFLAGS=-mod=readonly")
			return run(cmd, "install Go, see docs/operations.md")
		},
	}
	return input{step: s, file: name, as: name}
}

// sourceKey hashes all that a command is compiled from.
func (p *preparer) sourceKey(pkg string) (string, error) {
	dirs, err := p.localPackages(pkg)
	if err != nil {
		return "", err
	}
	parts := []string{"go 1", p.Arch}
	for _, file := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(p.Root, file))
		if err != nil {
			return "", err
		}
		parts = append(parts, string(data))
	}
	for _, dir := range dirs {
		// Below a package may lie what it embeds.
		sum, err := hashTree(filepath.Join(p.Root, dir), func(path string, d fs.DirEntry) bool {
			return strings.HasSuffix(path, "_test.go") || d.IsDir() && d.Name() == "testdata"
		})
		if err != nil {
			return "", err
		}
		parts = append(parts, dir, sum)
	}
	return keyOf(parts...), nil
}

// localPackages follows the imports of a package within this module.
func (p *preparer) localPackages(pkg string) ([]string, error) {
	seen := map[string]bool{pkg: true}
	queue := []string{pkg}
	for len(queue) > 0 {
		imports, err := localImports(filepath.Join(p.Root, queue[0]))
		if err != nil {
			return nil, fmt.Errorf("read the sources of %s: %w", pkg, err)
		}
		queue = queue[1:]
		for _, dir := range imports {
			if !seen[dir] {
				seen[dir] = true
				queue = append(queue, dir)
			}
		}
	}
	dirs := make([]string, 0, len(seen))
	for dir := range seen {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	return dirs, nil
}

func localImports(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var imports []string
	found := false
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		found = true
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return nil, err
		}
		for _, spec := range parsed.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, err
			}
			if rel, ok := strings.CutPrefix(path, module); ok {
				imports = append(imports, rel)
			}
		}
	}
	if !found {
		return nil, fmt.Errorf("no Go file in %s", dir)
	}
	return imports, nil
}
