package images

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/internal/mongods"
)

func prepare(t *testing.T, root string, source Source) map[string]Image {
	t.Helper()
	prepared, err := Prepare(t.Context(), Options{Root: root, Source: source, Refs: refs()})
	require.NoError(t, err)
	return prepared
}

func hashes(prepared map[string]Image) map[string]string {
	hashes := map[string]string{}
	for name, image := range prepared {
		if image.Build != nil {
			hashes[name] = image.Build.Hash
		}
	}
	return hashes
}

func TestPrepareFromPackages(t *testing.T) {
	root, _ := checkout(t)
	prepared := prepare(t, root, Packages)
	require.Len(t, prepared, len(Names()))
	for _, c := range []struct {
		name  string
		files []string
	}{
		{Mongo, []string{"rootfs.tar", "mongod"}},
		{Mongos, []string{"rootfs.tar", "mongos"}},
		{RedisStack, []string{"rootfs.tar", "entrypoint", "redis-stack/bin/redis-server"}},
		{RedisCommander, []string{"rootfs.tar", "redis-commander/app/node_modules/.package-lock.json", "redis-commander/config"}},
		{Nginx, []string{"rootfs.tar", "page/html/index.html", "page/nginx/nginx.conf", "page/nginx/tls.conf"}},
		{Gateway, []string{"gateway"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			image := prepared[c.name]
			require.Equal(t, "speedscale/"+c.name+":"+image.Build.Hash[:12], image.Ref)
			require.NotEmpty(t, image.Health.Test)
			for _, file := range append(c.files, image.Build.Dockerfile, "empty") {
				_, err := os.Stat(filepath.Join(image.Build.Dir, file))
				require.NoError(t, err)
			}
		})
	}
	require.NoFileExists(t, filepath.Join(prepared[RedisStack].Build.Dir, "redis-stack/lib/redisgears.so"))
}

func TestPrepareFromRegistry(t *testing.T) {
	root, called := checkout(t)
	prepared := prepare(t, root, Registry)
	for name, ref := range refs() {
		if name != Nginx {
			require.Nil(t, prepared[name].Build)
			require.Equal(t, ref, prepared[name].Ref)
		}
	}
	require.NotNil(t, prepared[Gateway].Build)
	require.Equal(t, map[string]string{"BASE": "nginx:1.30"}, prepared[Nginx].Build.Args)
	require.Equal(t, "Dockerfile.registry", prepared[Nginx].Build.Dockerfile)
	require.NotContains(t, called(), "mmdebstrap")
}

// The hash follows every input of an image, and nothing else.
func TestHashesFollowTheirInputs(t *testing.T) {
	all := Names()
	based := []string{Mongo, Mongos, RedisStack, RedisCommander, Nginx}
	compiled := []string{Gateway, Mongos, RedisStack}
	root, _ := checkout(t)
	before := hashes(prepare(t, root, Packages))
	for _, c := range []struct {
		file string
		want []string
	}{
		{"infra/images/etc/passwd", based},
		{"infra/images/etc/group", based},
		{"infra/images/mongo/Dockerfile", []string{Mongo}},
		{"infra/images/mongo/requirements.txt", []string{Mongo}},
		{"infra/images/mongos/Dockerfile", []string{Mongos}},
		{"infra/cmd/mongos/main.go", []string{Mongos}},
		{"infra/images/redis-stack/Dockerfile", []string{RedisStack}},
		{"infra/images/redis-stack/requirements.txt", []string{RedisStack}},
		{"infra/cmd/redis-stack/main.go", []string{RedisStack}},
		{"infra/images/redis-commander/Dockerfile", []string{RedisCommander}},
		{"infra/images/redis-commander/package-lock.json", []string{RedisCommander}},
		{"infra/images/nginx/Dockerfile", []string{Nginx}},
		{"frontend/src/main.tsx", []string{Nginx}},
		{"frontend/index.html", []string{Nginx}},
		{"frontend/nginx/nginx.conf", []string{Nginx}},
		{"frontend/nginx/tls.conf", []string{Nginx}},
		{"infra/images/gateway/Dockerfile", []string{Gateway}},
		{"app/cmd/gateway/main.go", []string{Gateway}},
		{"internal/shared/shared.go", []string{Gateway}},
		{"go.sum", compiled},
		{"infra/images/nginx/Dockerfile.registry", nil},
		{"internal/unrelated/unrelated.go", nil},
		{"internal/shared/shared_test.go", nil},
		{"frontend/e2e/page.spec.ts", nil},
		{"README.md", nil},
	} {
		t.Run(c.file, func(t *testing.T) {
			path := filepath.Join(root, c.file)
			content, err := os.ReadFile(path)
			if !os.IsNotExist(err) {
				require.NoError(t, err)
			}
			write(t, path, string(content)+" ")
			after := hashes(prepare(t, root, Packages))
			var changed []string
			for _, name := range all {
				if before[name] != after[name] {
					changed = append(changed, name)
				}
			}
			before = after
			require.ElementsMatch(t, c.want, changed)
		})
	}
}

func TestHashFollowsTheBaseReference(t *testing.T) {
	root, _ := checkout(t)
	before := hashes(prepare(t, root, Registry))
	other := refs()
	other[Nginx] = "nginx@sha256:" + strings.Repeat("0", 64)
	prepared, err := Prepare(t.Context(), Options{Root: root, Source: Registry, Refs: other})
	require.NoError(t, err)
	require.NotEqual(t, before[Nginx], prepared[Nginx].Build.Hash)
	require.Equal(t, before[Gateway], prepared[Gateway].Build.Hash)
}

// Binaries are the engine's, whatever this machine is, and two engines that
// take turns do not undo each other's.
func TestBinariesAreForTheEnginesArchitecture(t *testing.T) {
	root, called := checkout(t)
	prepareFor := func(arch string) map[string]Image {
		prepared, err := Prepare(t.Context(), Options{Root: root, Source: Registry, Refs: refs(), Arch: arch})
		require.NoError(t, err)
		return prepared
	}
	binary := func(image Image) string {
		content, err := os.ReadFile(filepath.Join(image.Build.Dir, "gateway"))
		require.NoError(t, err)
		return string(content)
	}
	intel := prepareFor("amd64")
	require.Contains(t, binary(intel[Gateway]), "for linux/amd64")
	arm := prepareFor("arm64")
	require.Contains(t, binary(arm[Gateway]), "for linux/arm64")
	require.NotEqual(t, intel[Gateway].Ref, arm[Gateway].Ref)
	require.Equal(t, intel[Nginx].Build.Hash, arm[Nginx].Build.Hash, "the page is for all")
	called()
	require.Equal(t, intel[Gateway].Ref, prepareFor("amd64")[Gateway].Ref)
	require.Empty(t, called())
	require.Equal(t, prepareFor(runtime.GOARCH), prepareFor(""))
}

func TestASecondPrepareRunsNothing(t *testing.T) {
	root, called := checkout(t)
	first := prepare(t, root, Packages)
	require.NotEmpty(t, called())
	var said []string
	second, err := Prepare(t.Context(), Options{Root: root, Source: Packages, Progress: func(s string) { said = append(said, s) }})
	require.NoError(t, err)
	require.Equal(t, first, second)
	require.Empty(t, called())
	require.Empty(t, said)
}

func TestAnotherCheckoutDownloadsNothing(t *testing.T) {
	root, called := checkout(t)
	first := hashes(prepare(t, root, Packages))
	called()
	clone := t.TempDir()
	require.NoError(t, os.CopyFS(clone, os.DirFS(root)))
	require.NoError(t, os.RemoveAll(filepath.Join(clone, ".speedscale")))
	require.Equal(t, first, hashes(prepare(t, clone, Packages)))
	require.NotContains(t, called(), "python3")
}

func TestMongodsAreWhereTestsLookForThem(t *testing.T) {
	root, called := checkout(t)
	require.NoError(t, Mongods(t.Context(), root, nil))
	cache, err := mongods.Cache()
	require.NoError(t, err)
	for _, release := range mongods.Releases {
		require.FileExists(t, mongods.Path(cache, release.Version))
	}
	libraries, err := os.ReadDir(mongods.Libraries(cache))
	require.NoError(t, err)
	require.Len(t, libraries, 2, "libssl and libcrypto, no more")
	require.Equal(t, "python3 python3 python3 python3", called(), "nothing else is made")
	require.NoError(t, Mongods(t.Context(), root, nil))
	require.Empty(t, called(), "all of it is there")
}

func TestAMongodThatDoesNotRunHereIsNamed(t *testing.T) {
	root, _ := checkout(t)
	require.NoError(t, Mongods(t.Context(), root, nil))
	cache, err := mongods.Cache()
	require.NoError(t, err)
	write(t, mongods.Path(cache, mongods.Default), "#!/bin/sh\necho libcurl.so.4: cannot open shared object file >&2; exit 127\n")
	p, err := newPreparer(Options{Root: root, Source: Packages})
	require.NoError(t, err)
	err = p.tryMongods(t.Context())
	require.ErrorContains(t, err, "mongod "+mongods.Default+" does not run here (on Debian it needs libcurl4")
	require.ErrorContains(t, err, "libcurl.so.4: cannot open")
}

// Installed packages are left alone while they are what the lock file says.
func TestPageInstallsOnlyWhenTheLockFileMoved(t *testing.T) {
	root, called := checkout(t)
	prepare(t, root, Registry)
	require.Equal(t, 2, strings.Count(called(), "npm"), "install and build")
	write(t, filepath.Join(root, "frontend/src/main.tsx"), "changed")
	prepare(t, root, Registry)
	require.Equal(t, "npm", called(), "only build")
	write(t, filepath.Join(root, "frontend/package-lock.json"), `{"packages":{"":{},"node_modules/react":{"integrity":"2"}}}`)
	prepare(t, root, Registry)
	require.Equal(t, "npm npm", called(), "install and build")
}

func TestPrepareRefuses(t *testing.T) {
	root, _ := checkout(t)
	for _, c := range []struct {
		name string
		opts Options
		want string
	}{
		{"a relative checkout", Options{Root: ".", Source: Packages}, `must be absolute, not "."`},
		{"no source", Options{Root: root}, `source must be "registry" or "packages", not ""`},
		{"a reference missing", Options{Root: root, Source: Registry, Refs: map[string]string{Mongo: "mongo:6.0"}}, "no registry reference for mongos"},
		{"packages on arm64", Options{Root: root, Source: Packages, Arch: "arm64"}, "packages is for amd64 (its mongod and Redis Stack are), and Docker runs on arm64: set registry"},
		{"no checkout", Options{Root: t.TempDir(), Source: Packages}, "prepare image"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Prepare(t.Context(), c.opts)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestAMissingOrFailingToolIsNamed(t *testing.T) {
	for _, c := range []struct {
		name, tool, script, want string
	}{
		{"mmdebstrap missing", "mmdebstrap", "", "mmdebstrap is missing: apt-get install mmdebstrap"},
		{"pip missing", "python3", `echo "/usr/bin/python3: No module named pip" >&2; exit 1`, "pip is missing: apt-get install python3-pip"},
		{"no network", "python3", `echo "ERROR: no route to host" >&2; exit 1`, "python3: exit status 1: ERROR: no route to host"},
		{"the page does not build", "npm", `[ $1 = ci ] || { echo "src/main.tsx: error" >&2; exit 2; }; mkdir -p node_modules/redis-commander/config`, "prepare image nginx: npm: exit status 2: src/main.tsx: error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, _ := checkout(t)
			bin, _, _ := strings.Cut(os.Getenv("PATH"), ":")
			path := filepath.Join(bin, c.tool)
			require.NoError(t, os.Remove(path))
			if c.script != "" {
				write(t, path, "#!/bin/bash\n"+c.script+"\n")
				require.NoError(t, os.Chmod(path, 0o755))
			} else {
				hideAllBut(t, bin)
			}
			_, err := Prepare(t.Context(), Options{Root: root, Source: Packages})
			require.ErrorContains(t, err, c.want)
		})
	}
}

// hideAllBut leaves on PATH bin and the few tools that the scripts in it use, so
// that what is installed on this machine does not show.
func hideAllBut(t *testing.T, bin string) {
	t.Helper()
	for _, tool := range []string{"bash", "cat", "cp", "grep", "mkdir", "rm", "sed", "touch"} {
		if path := "/usr/bin/" + tool; fileExists(path) {
			require.NoError(t, os.Symlink(path, filepath.Join(bin, tool)))
		} else {
			require.NoError(t, os.Symlink("/bin/"+tool, filepath.Join(bin, tool)))
		}
	}
	t.Setenv("PATH", bin)
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
