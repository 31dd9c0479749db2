package images

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"speedscale/internal/testenv"
)

// TestIntegrationImages builds each image with the daemon and runs it within
// its memory budget: it answers, as its own user, and ends on SIGTERM.
func TestIntegrationImages(t *testing.T) {
	testenv.NeedsDocker(t)
	testenv.Needs(t, "mmdebstrap", "npm", "python3")
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	prepared, err := Prepare(t.Context(), Options{Root: root, Source: Packages, Progress: func(s string) { t.Log(s) }})
	require.NoError(t, err)

	for _, c := range []struct {
		image, user, memory string
		flags, command      []string
		exit                string // on SIGTERM
		also                func(t *testing.T, container string)
	}{
		{
			image: Mongo, user: "999:999", memory: "200m", exit: "0", also: ownsItsVolume,
			command: []string{"mongod", "--replSet", "shard1ReplSet", "--shardsvr", "--port", "27017", "--wiredTigerCacheSizeGB", "0.25"},
		},
		{
			image: Mongos, user: "999:999", memory: "150m", exit: "0",
			command: []string{"mongos", "--configdb", "configReplSet/127.0.0.1:1", "--bind_ip_all"},
		},
		{
			image: RedisStack, user: "998:998", memory: "150m", exit: "0", also: hasModulesAndPage,
			flags: []string{"--env", "REDIS_ARGS=--maxmemory 96mb --maxmemory-policy allkeys-lru", "--publish", "127.0.0.1::8001"},
		},
		{
			image: RedisCommander, user: "10000:10000", memory: "100m", exit: "143",
			flags: []string{"--env", "REDIS_HOSTS=cache:127.0.0.1:6379"},
		},
		{
			image: Nginx, user: "101:101", memory: "50m", exit: "0", also: servesThePage,
			flags: []string{"--publish", "127.0.0.1::3000"},
		},
		{
			image: Gateway, user: "65534:65534", memory: "200m", exit: "0",
			flags: []string{"--env", "MONGO_URI=mongodb://127.0.0.1:1/speedscale", "--env", "REDIS_URL=redis://127.0.0.1:1"},
		},
	} {
		t.Run(c.image, func(t *testing.T) {
			t.Parallel()
			tag := fmt.Sprintf("speedscale-test-%s:%d", c.image, os.Getpid())
			id := build(t, prepared[c.image], tag)
			require.Equal(t, id, build(t, prepared[c.image], tag), "built again, it is the same image")
			require.Equal(t, c.user, docker(t, "inspect", "--format", "{{.Config.User}}", tag))

			container := start(t, c.memory, tag, c.flags, c.command)
			eventuallyHealthy(t, container, prepared[c.image].Health)
			require.Equal(t, []string{strings.Split(c.user, ":")[0]}, owners(t, container))
			if c.also != nil {
				c.also(t, container)
			}
			docker(t, "kill", "--signal", "TERM", container)
			require.Equal(t, c.exit, docker(t, "wait", container))
		})
	}
}

func docker(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "docker", args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "docker %s: %s%s", strings.Join(args, " "), out, stderr.String())
	return strings.TrimSpace(string(out))
}

func build(t *testing.T, image Image, tag string) (id string) {
	t.Helper()
	args := []string{"build", "--quiet", "--tag", tag, "--file", filepath.Join(image.Build.Dir, image.Build.Dockerfile)}
	id = docker(t, append(args, image.Build.Dir)...)
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", "--force", tag).Run() })
	return id
}

func start(t *testing.T, memory, tag string, flags, command []string) (container string) {
	t.Helper()
	name := strings.ReplaceAll(tag, ":", "-")
	args := append([]string{"run", "--detach", "--name", name, "--memory", memory, "--memory-swap", memory}, flags...)
	if strings.Contains(tag, Mongo+":") {
		args = append(args, "--volume", name+":/data/db")
	}
	t.Cleanup(func() {
		if t.Failed() {
			logs, _ := exec.Command("docker", "logs", "--tail", "30", name).CombinedOutput()
			t.Logf("last lines of %s:\n%s", name, logs)
		}
		_ = exec.Command("docker", "rm", "--force", "--volumes", name).Run()
		_ = exec.Command("docker", "volume", "rm", "--force", name).Run()
	})
	docker(t, append(append(args, tag), command...)...)
	return name
}

// eventuallyHealthy runs the image's own check until it passes.
func eventuallyHealthy(t *testing.T, container string, health Health) {
	t.Helper()
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		out, err := exec.Command("docker", append([]string{"exec", container}, health.Test[1:]...)...).CombinedOutput()
		require.NoError(t, err, string(out))
	}, time.Minute, 200*time.Millisecond)
}

// owners lists the users that the container's processes run as.
func owners(t *testing.T, container string) []string {
	t.Helper()
	var uids []string
	for line := range strings.Lines(docker(t, "top", container, "-eo", "pid,uid")) {
		if uid := strings.Fields(line)[1]; uid != "UID" {
			uids = append(uids, uid)
		}
	}
	slices.Sort(uids)
	return slices.Compact(uids)
}

// A fresh named volume belongs to the image's user, or mongod could not have
// answered; the files in it do too.
func ownsItsVolume(t *testing.T, container string) {
	require.Equal(t, "999", docker(t, "exec", container, "stat", "--format", "%u", "/data/db/WiredTiger"))
	require.Equal(t, "999", docker(t, "exec", container, "stat", "--format", "%u", "/data/configdb"))
}

func hasModulesAndPage(t *testing.T, container string) {
	modules := docker(t, "exec", container, "redis-cli", "module", "list")
	for _, module := range []string{"search", "ReJSON", "bf", "timeseries"} {
		require.Contains(t, strings.Fields(modules), module)
	}
	require.Contains(t, get(t, container, "8001/api/overview"), "ReJSON")

	// An orphan becomes a child of process 1, which has to bury it.
	docker(t, "exec", container, "bash", "-c", "(sleep 0.1 & exec true)")
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		states := docker(t, "top", container, "-eo", "pid,stat,comm")
		require.NotContains(c, states, "sleep")
		require.NotContains(c, states, "Z")
	}, 10*time.Second, 50*time.Millisecond)
}

func servesThePage(t *testing.T, container string) {
	require.Contains(t, get(t, container, "3000/"), "<script type=\"module\"")
}

// get fetches a path from a published port: 8001/path.
func get(t *testing.T, container, address string) string {
	t.Helper()
	port, path, _ := strings.Cut(address, "/")
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Get("http://" + docker(t, "port", container, port+"/tcp") + "/" + path)
	require.NoError(t, err)
	defer func() { require.NoError(t, answer.Body.Close()) }()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(body)
}
