package testenv

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/internal/mongods"
)

// Release is a genuine mongod that tests can start.
type Release struct {
	Version string
	path    string
	env     []string
}

// override names the one mongod that all tests shall run on.
const override = "SPEEDSCALE_MONGOD"

// Default is the mongod that the images carry.
func Default(t testing.TB) Release {
	t.Helper()
	if path := os.Getenv(override); path != "" {
		return overridden(t, path)
	}
	return release(t, mongods.Default)
}

// Releases are all genuine mongods, oldest first: with SPEEDSCALE_MONGOD that
// one alone.
func Releases(t testing.TB) (all []Release) {
	t.Helper()
	if path := os.Getenv(override); path != "" {
		return []Release{overridden(t, path)}
	}
	for _, r := range mongods.Releases {
		all = append(all, release(t, r.Version))
	}
	return all
}

func release(t testing.TB, version string) Release {
	t.Helper()
	slow(t, "mongod "+version)
	cache := cache(t)
	r := Release{Version: version, path: mongods.Path(cache, version), env: mongods.Environ(cache)}
	for _, path := range []string{r.path, mongods.Libraries(cache)} {
		if _, err := os.Stat(path); err != nil {
			Missing(t, "mongod %s: run `bin/speedscale images --mongod`, or name a mongod in %s (%v)", version, override, err)
		}
	}
	return r
}

func overridden(t testing.TB, path string) Release {
	t.Helper()
	slow(t, "mongod at "+path)
	r := Release{path: path, env: mongods.Environ(cache(t))}
	cmd := exec.Command(path, "--version") //nolint:gosec,noctx // the tester's own choice
	cmd.Env = r.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s=%s does not run: %v: %s", override, path, err, tail(out, 500))
	}
	first, _, _ := strings.Cut(string(out), "\n")
	r.Version = strings.TrimPrefix(first, "db version v")
	return r
}

func cache(t testing.TB) string {
	t.Helper()
	cache, err := mongods.Cache()
	if err != nil {
		t.Fatalf("find the user cache: %v", err)
	}
	return cache
}

// Older says whether the release comes before a version such as "6.0".
func (r Release) Older(version string) bool {
	own, other := numbers(r.Version), numbers(version)
	for i, n := range other {
		if i >= len(own) || own[i] != n {
			return i >= len(own) || own[i] < n
		}
	}
	return false
}

func numbers(version string) (out []int) {
	for part := range strings.SplitSeq(version, ".") {
		n, _ := strconv.Atoi(part) // "0-rc1" counts as 0
		out = append(out, n)
	}
	return out
}

// Mongod starts the default mongod with args (`--replSet`, …) and waits until it
// answers.
func Mongod(t testing.TB, args ...string) *Process {
	t.Helper()
	return Default(t).Mongod(t, args...)
}

// MongodAt is Mongod on a chosen port, for replica sets that name their hosts
// beforehand.
func MongodAt(t testing.TB, port int, args ...string) *Process {
	t.Helper()
	return Default(t).MongodAt(t, port, args...)
}

// Mongod starts a mongod of this release.
func (r Release) Mongod(t testing.TB, args ...string) *Process {
	t.Helper()
	return r.MongodAt(t, FreePort(t), args...)
}

// MongodAt is Mongod on a chosen port.
func (r Release) MongodAt(t testing.TB, port int, args ...string) *Process {
	t.Helper()
	argv := append([]string{
		"mongod", "--dbpath", t.TempDir(), "--port", strconv.Itoa(port), "--bind_ip", "127.0.0.1",
		"--nounixsocket", "--wiredTigerCacheSizeGB", "0.25",
	}, args...)
	p := start(t, r.path, r.env, argv, port)
	p.waitFor(t, "mongod "+r.Version, func(ctx context.Context) error {
		client, err := mongo.Connect(withTLS(t, options.Client().ApplyURI("mongodb://"+p.Addr()+"/?directConnection=true"), args))
		if err != nil {
			return err
		}
		defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }()
		return client.Ping(ctx, nil)
	})
	return p
}
