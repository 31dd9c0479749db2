package tests

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/stretchr/testify/require"

	"speedscale/internal/secretfile"
)

// allVolumes are the volumes on the engine, except for those of other stacks, and for
// those with secrets that a container uses.
func allVolumes(t *testing.T, stack string) []string {
	t.Helper()
	found := lines(docker(t, "volume", "ls", "-q", "--filter", "dangling=true", "--filter", "label=speedscale.secrets="+stack))
	for _, volume := range lines(docker(t, "volume", "ls", "--format", `{{.Label "speedscale.secrets"}},{{.Label "speedscale.stack"}},{{.Name}}`)) {
		for _, ours := range []string{",,", "," + stack + ","} {
			if name, ok := strings.CutPrefix(volume, ours); ok {
				found = append(found, name)
			}
		}
	}
	return found
}

// unnamedVolumes are those that a stack's containers have and no setting names, but
// for those with secrets, which must be read-only unless certificates are among them.
func unnamedVolumes(t *testing.T, stack string) (found []string) {
	t.Helper()
	for _, id := range lines(docker(t, "ps", "-aq", "--filter", "label=speedscale.stack="+stack)) {
		var c container.InspectResponse
		require.NoError(t, json.Unmarshal([]byte(docker(t, "inspect", "-f", "{{json .}}", id)), &c))
		for _, m := range c.Mounts {
			secrets := m.Destination == secretfile.Dir && (!m.RW || c.Config.Labels[secretfile.LabelTLS] != "")
			if m.Type == "volume" && !strings.HasSuffix(m.Name, "_data") && !secrets {
				found = append(found, id+": "+m.Destination)
			}
		}
	}
	return found
}

// asOfficial is what has to be true of containers whose images are the official
// ones, beyond what is true of all.
func (s *changing) asOfficial(t *testing.T) {
	s.settled(t)
	out, err := onStack(s.name, nil, "up")
	require.NoError(t, err, out)
	require.NotRegexp(t, "created|updated|replaced|deleted", out, "a second up changes nothing")
	require.Empty(t, unnamedVolumes(t, s.name))
	ownUsers(t, s.name)
	hardened(t, s.name)
	s.cacheAndInsight(t)
}

// cacheAndInsight fills the cache beside RedisInsight: neither is ended by the
// kernel, and old entries make room.
func (s *changing) cacheAndInsight(t *testing.T) {
	t.Helper()
	cache := cacheOf(t, s.name)
	entry := make([]byte, 64<<10)
	for i := range 200 << 20 / len(entry) {
		_, _ = rand.Read(entry) // what does not shrink; it never fails
		require.NoError(t, cache.Set(t.Context(), fmt.Sprint("filler:", i), entry, time.Minute).Err())
	}
	evicted, err := cache.Info(t.Context(), "stats").Result()
	require.NoError(t, err)
	require.NotContains(t, evicted, "evicted_keys:0\r\n", "the cache is full")
	require.NoError(t, cache.FlushDB(t.Context()).Err())
	const ask = `exec 3<>/dev/tcp/127.0.0.1/8001 && printf 'GET / HTTP/1.0\r\n\r\n' >&3 && read -r answer <&3 && echo "$answer"`
	require.Contains(t, docker(t, "exec", s.name+"-redis-cache", "bash", "-c", ask), "200 OK", "RedisInsight was ended")
	said, err := exec.Command("docker", "exec", s.name+"-frontend", "bash", "-c", "exec 3<>/dev/tcp/redis/8001").CombinedOutput()
	require.Error(t, err, "it asks nobody for a login")
	require.Contains(t, string(said), "Connection refused")
	require.Equal(t, "false 0", docker(t, "inspect", "-f", "{{.State.OOMKilled}} {{.RestartCount}}", s.name+"-redis-cache"))
}

// What can be wrong with a registry is one clear sentence for each image, before
// anything is deployed, and once it is mended the same command goes on.
func TestWrongRegistriesAreNamed(t *testing.T) {
	o := officialImages(t)
	t.Cleanup(func() { clearSmallStack(t) })
	home := t.TempDir() // of the docker command's logins
	env := []string{"DOCKER_CONFIG=" + home}
	refs := func(mongo, redisStack string) string {
		o := o
		o.mongo, o.redisStack = mongo, redisStack
		return o.settings()
	}
	fails := func(t *testing.T, command, want string) {
		t.Helper()
		start := time.Now()
		out, err := onStack(smallStack, env, command)
		require.Equal(t, 1, exitCode(err), out)
		require.Contains(t, out, want)
		t.Logf("%s, after %s:\n%s", command, time.Since(start).Round(100*time.Millisecond), out)
		require.Empty(t, ofSmallStack(t, "ps", "-a"), "nothing is deployed")
	}

	// fresh is an image that the engine does not have yet, of some megabytes.
	fresh := func(t *testing.T, megabytes int) string {
		t.Helper()
		filler := make([]byte, megabytes<<20)
		_, _ = rand.Read(filler) // likewise
		image, err := mutate.AppendLayers(o.redis, layerOf(t, func(w *layerWriter) { w.script("filler", string(filler)) }))
		require.NoError(t, err)
		ref := o.push(t, fmt.Sprintf("fresh/redis-stack:%d", time.Now().UnixNano()), image)
		t.Cleanup(func() { _ = exec.Command("docker", "rmi", ref).Run() })
		return ref
	}

	t.Run("no such images", func(t *testing.T) {
		settle(t, "1", refs(o.host+"/mongo:9.9", o.host+"/nobody/has-this:1"))
		fails(t, "up", "speedscale:imageRefs.mongo is "+o.host+"/mongo:9.9: "+o.host+" has no such image: name one that exists")
		fails(t, "images", "speedscale:imageRefs.redisStack is "+o.host+"/nobody/has-this:1: "+o.host+" has no such image")
	})
	t.Run("a login", func(t *testing.T) {
		settle(t, "1", refs(o.mongo, fresh(t, 1)))
		o.faulty(t, func(r *registryServer) { r.login = true })
		fails(t, "images", o.host+" asks for a login, or has no such image: `docker login "+o.host+"`, and run this again")
		login := exec.Command("docker", "--config", home, "login", "-u", "user", "--password-stdin", o.host)
		login.Stdin = strings.NewReader("password")
		said, err := login.CombinedOutput()
		require.NoError(t, err, "%s", said)
		out, err := onStack(smallStack, env, "images")
		require.NoError(t, err, out)
		require.NotContains(t, out, "password")
	})
	t.Run("goes away in the middle", func(t *testing.T) {
		settle(t, "1", refs(o.mongo, fresh(t, 20)))
		o.faulty(t, func(r *registryServer) { r.endsIn = 4 << 20 })
		fails(t, "images", "it cannot be fetched from "+o.host+": ")
	})
	t.Run("answers slowly", func(t *testing.T) {
		settle(t, "1", refs(o.mongo, fresh(t, 12)))
		o.faulty(t, func(r *registryServer) { r.pace = 100 * time.Millisecond })
		start := time.Now()
		out, err := onStack(smallStack, env, "images")
		require.NoError(t, err, out)
		require.Regexp(t, `pulling .*: \d+(\.\d+)?MB of at least \d+(\.\d+)?MB`, out)
		t.Logf("after %s:\n%s", time.Since(start).Round(100*time.Millisecond), out)
	})
	t.Run("pinned", func(t *testing.T) {
		settle(t, "1", refs(o.mongo, o.redisStack))
		out, err := onStack(smallStack, env, "images", "--pin")
		require.NoError(t, err, out)
		digest, err := o.mongod.Digest()
		require.NoError(t, err)
		require.Contains(t, out, "imageRefs.mongo: "+o.mongo+"@"+digest.String())
		settings, err := os.ReadFile(filepath.Join(root(), "Pulumi."+smallStack+".yaml"))
		require.NoError(t, err)
		require.Contains(t, string(settings), o.mongo+"@"+digest.String())
		small(t, "up")
		small(t, "preview", "--refresh", "--exit-code")
		healthyStack(t, smallStack)
	})
}

// ownUsers demands that nothing in a stack's containers runs as root, but for a
// health check, which comes and goes.
func ownUsers(t *testing.T, stack string) {
	t.Helper()
	for _, name := range lines(docker(t, "ps", "--filter", "label=speedscale.stack="+stack, "--format", "{{.Names}}")) {
		eventually(t, 10*time.Second, name+" has no root", func() error {
			if users := docker(t, "top", name, "-eo", "pid,user,comm"); strings.Contains(users, "root") {
				return errors.New(users)
			}
			return nil
		})
	}
}
