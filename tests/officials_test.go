package tests

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/require"

	"speedscale/infra/images"
)

// official is a registry with images that keep the official ones' contract,
// made of the genuine programs that the packages' images hold. What each
// imitates was read in the official image's public sources, 2026-11.
type official struct {
	*registryServer
	mongo, redisStack, commander, nginx string // references by tag

	mongod, redis v1.Image          // of which tests make others
	parts         map[string]string // folders of what images are made of, by image
}

var theOfficial struct {
	once sync.Once
	official
}

// officialImages starts the registry, once for all tests.
func officialImages(t *testing.T) official {
	t.Helper()
	theOfficial.once.Do(func() {
		o := &theOfficial.official
		o.registryServer = startRegistry(t)
		o.parts = map[string]string{}
		prepared, err := images.Prepare(context.Background(), images.Options{Root: root(), Source: images.Packages})
		require.NoError(t, err)
		for _, image := range prepared {
			o.parts[image.Name] = image.Build.Dir
		}
		o.mongod, o.redis = o.mongoImage(t), o.redisStackImage(t)
		o.mongo = o.push(t, "mongo:6.0.27", o.mongod)
		o.redisStack = o.push(t, "redis/redis-stack:7.4.0-v8", o.redis)
		o.commander = o.push(t, "joeferner/redis-commander:0.9.0", o.commanderImage(t))
		o.nginx = o.push(t, "nginx:1.30", o.nginxImage(t))
	})
	require.NotEmpty(t, theOfficial.nginx, "the registry did not start in an earlier test")
	return theOfficial.official
}

// refs are the references, as a setting, of a stack that runs this mongo image.
func (o official) refs(mongo string) string {
	return fmt.Sprintf("{mongo: %q, redisStack: %q, redisCommander: %q, nginx: %q}", mongo, o.redisStack, o.commander, o.nginx)
}

// settings are the settings of a stack whose images are these.
func (o official) settings() string {
	return "  speedscale:images: registry\n  speedscale:imageRefs: " + o.refs(o.mongo) + "\n"
}

// mongoImage: https://github.com/docker-library/mongo, 7.0/Dockerfile and
// docker-entrypoint.sh. It starts as root, gives its folders to user 999 and goes
// on as that one; both folders are volumes; programs are in /usr/bin.
func (o official) mongoImage(t *testing.T) v1.Image {
	const entrypoint = `#!/usr/bin/env bash
set -Eeuo pipefail
if [ "${1:0:1}" = - ]; then set -- mongod "$@"; fi
if [[ "$1" == mongo* ]] && [ "$(id -u)" = 0 ]; then
	if [ "$1" = mongod ]; then chown -R mongodb /data/configdb /data/db; fi
	exec gosu mongodb "$BASH_SOURCE" "$@"
fi
exec "$@"
`
	return o.image(t, images.Mongo, v1.Config{
		Env:          []string{"PATH=" + path, "HOME=/data/db"},
		Entrypoint:   []string{"docker-entrypoint.sh"},
		Cmd:          []string{"mongod"},
		Volumes:      map[string]struct{}{"/data/db": {}, "/data/configdb": {}},
		ExposedPorts: map[string]struct{}{"27017/tcp": {}},
	}, func(w *layerWriter) {
		w.copy(filepath.Join(o.parts[images.Mongo], "mongod"), "usr/bin/mongod")
		w.copy(filepath.Join(o.parts[images.Mongos], "mongos"), "usr/bin/mongos")
		w.copy("/usr/sbin/gosu", "usr/local/bin/gosu")
		w.script("usr/local/bin/docker-entrypoint.sh", entrypoint)
		w.folder("data/db", 999)
		w.folder("data/configdb", 999)
	})
}

// redisStackImage: https://github.com/redis-stack/redis-stack,
// envs/dockers/dockerfile.tmpl and etc/scripts/entrypoint.sh. Root, no volumes;
// RedisInsight runs beside the server, whose further options are in REDIS_ARGS;
// redis-cli is linked into /usr/bin. (There dumb-init passes signals on; here the
// server takes the script's place.)
func (o official) redisStackImage(t *testing.T) v1.Image {
	const entrypoint = `#!/bin/sh
cd /opt/redis-stack
nodejs/bin/node &
exec bin/redis-server --dir ${REDIS_DATA_DIR:-/data} --protected-mode no --daemonize no \
	--loadmodule $PWD/lib/rediscompat.so --loadmodule $PWD/lib/redisearch.so --loadmodule $PWD/lib/redistimeseries.so \
	--loadmodule $PWD/lib/rejson.so --loadmodule $PWD/lib/redisbloom.so ${REDIS_ARGS}
`
	insight := filepath.Join(t.TempDir(), "node")
	build := exec.Command("go", "build", "-trimpath", "-o", insight, "./testdata/insight")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return o.image(t, images.RedisStack, v1.Config{
		Env:          []string{"PATH=" + path, "REDIS_ARGS="},
		Cmd:          []string{"/entrypoint.sh"},
		ExposedPorts: map[string]struct{}{"6379/tcp": {}, "8001/tcp": {}},
	}, func(w *layerWriter) {
		w.tree(filepath.Join(o.parts[images.RedisStack], "redis-stack"), "opt/redis-stack")
		w.copy(insight, "opt/redis-stack/nodejs/bin/node")
		w.link("usr/bin/redis-cli", "/opt/redis-stack/bin/redis-cli")
		w.copy("/bin/busybox", "usr/bin/busybox")
		w.link("bin/sh", "/usr/bin/busybox")
		w.folder("data", 0)
		w.script("entrypoint.sh", entrypoint)
	})
}

// commanderImage: https://github.com/joeferner/redis-commander, Dockerfile. Alpine,
// so sh and wget are busybox's and there is no bash; user 10000.
func (o official) commanderImage(t *testing.T) v1.Image {
	return o.image(t, images.RedisCommander, v1.Config{
		Env:          []string{"PATH=" + path, "HOME=/redis-commander", "NODE_ENV=production", "SERVICE_USER=redis"},
		User:         "10000",
		WorkingDir:   "/redis-commander",
		Entrypoint:   []string{"/usr/bin/dumb-init", "--"},
		Cmd:          []string{"/redis-commander/docker/entrypoint.sh"},
		ExposedPorts: map[string]struct{}{"8081/tcp": {}},
	}, func(w *layerWriter) {
		w.tree(filepath.Join(o.parts[images.RedisCommander], "redis-commander", "app"), "redis-commander")
		w.owner = 10000
		w.tree(filepath.Join(o.parts[images.RedisCommander], "redis-commander", "config"), "redis-commander/config")
		w.owner = 0
		w.copy("/bin/busybox", "usr/bin/busybox")
		w.link("bin/sh", "/usr/bin/busybox")
		w.link("usr/bin/wget", "busybox")
		w.script("bin/.wh.bash", "") // gone
	})
}

// nginxImage: https://github.com/nginx/docker-nginx, Dockerfile-debian.template. Its
// entrypoint edits the configuration, which only root can, and the master stays
// root.
func (o official) nginxImage(t *testing.T) v1.Image {
	return o.image(t, images.Nginx, v1.Config{
		Env:          []string{"PATH=" + path},
		Entrypoint:   []string{"/docker-entrypoint.sh"},
		Cmd:          []string{"nginx", "-g", "daemon off;"},
		StopSignal:   "SIGQUIT",
		ExposedPorts: map[string]struct{}{"80/tcp": {}},
	}, func(w *layerWriter) {
		w.script("docker-entrypoint.sh", "#!/bin/bash\nset -e\necho '# edited' >>/etc/nginx/nginx.conf\nexec \"$@\"\n")
	})
}

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// uncompressed saves minutes under the race detector, for what goes over the
// loopback alone.
var uncompressed = tarball.WithCompressionLevel(gzip.NoCompression)

// image is the base of one of ours with one more layer, and a configuration.
func (o official) image(t *testing.T, base string, config v1.Config, fill func(*layerWriter)) v1.Image {
	t.Helper()
	rootfs, err := tarball.LayerFromFile(filepath.Join(o.parts[base], "rootfs.tar"), uncompressed)
	require.NoError(t, err)
	image, err := mutate.AppendLayers(empty.Image, rootfs, layerOf(t, fill))
	require.NoError(t, err)
	file, err := image.ConfigFile()
	require.NoError(t, err)
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Config = "linux", "amd64", config
	image, err = mutate.ConfigFile(image, file)
	require.NoError(t, err)
	return image
}

// push puts an image into the registry and returns its reference.
func (r *registryServer) push(t *testing.T, as string, image v1.Image) string {
	t.Helper()
	ref, err := name.ParseReference(r.host + "/" + as)
	require.NoError(t, err)
	require.NoError(t, remote.Write(ref, image, remote.WithContext(t.Context())))
	return ref.String()
}

// relabelled is the same image under another digest.
func relabelled(t *testing.T, image v1.Image, label string) v1.Image {
	t.Helper()
	file, err := image.ConfigFile()
	require.NoError(t, err)
	config := *file.Config.DeepCopy()
	config.Labels = map[string]string{"again": label}
	image, err = mutate.Config(image, config)
	require.NoError(t, err)
	return image
}

func layerOf(t *testing.T, fill func(*layerWriter)) v1.Layer {
	t.Helper()
	var buffer bytes.Buffer
	w := &layerWriter{t: t, tar: tar.NewWriter(&buffer)}
	fill(w)
	require.NoError(t, w.tar.Close())
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(buffer.Bytes())), nil },
		uncompressed)
	require.NoError(t, err)
	return layer
}

// layerWriter puts files into a layer.
type layerWriter struct {
	t     *testing.T
	tar   *tar.Writer
	owner int
}

func (w *layerWriter) add(header tar.Header, content []byte) {
	w.t.Helper()
	header.Uid, header.Gid, header.Size = max(header.Uid, w.owner), max(header.Uid, w.owner), int64(len(content))
	require.NoError(w.t, w.tar.WriteHeader(&header))
	_, err := w.tar.Write(content)
	require.NoError(w.t, err)
}

func (w *layerWriter) script(name, content string) {
	w.t.Helper()
	w.add(tar.Header{Name: name, Mode: 0o755, Typeflag: tar.TypeReg}, []byte(content))
}

func (w *layerWriter) folder(name string, owner int) {
	w.t.Helper()
	w.add(tar.Header{Name: name + "/", Mode: 0o755, Typeflag: tar.TypeDir, Uid: owner}, nil)
}

func (w *layerWriter) link(name, target string) {
	w.t.Helper()
	w.add(tar.Header{Name: name, Linkname: target, Mode: 0o777, Typeflag: tar.TypeSymlink}, nil)
}

func (w *layerWriter) copy(from, name string) {
	w.t.Helper()
	content, err := os.ReadFile(from)
	require.NoError(w.t, err)
	w.add(tar.Header{Name: name, Mode: 0o755, Typeflag: tar.TypeReg}, content)
}

func (w *layerWriter) tree(from, to string) {
	w.t.Helper()
	require.NoError(w.t, filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := to + strings.TrimPrefix(path, from)
		switch {
		case d.IsDir():
			w.folder(name, w.owner)
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			w.link(name, target)
		default:
			w.copy(path, name)
		}
		return nil
	}))
}
