package tests

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The smallest stack, for what goes wrong before and while one is deployed.
const smallSettings = `config:
  speedscale:shards: %s
  speedscale:membersPerShard: 1
  speedscale:configServers: 1
  speedscale:seedTarget: 10
  speedscale:ports: {mongos: 17117, redis: 16479, insight: 18101, redisUi: 18181, gateway: 18100, frontend: 13100}
%s`

const smallStack = "tests-small"

// settle writes the small stack's settings.
func settle(t *testing.T, shards, more string) {
	t.Helper()
	file := filepath.Join(root(), "Pulumi."+smallStack+".yaml")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, smallSettings, shards, more), 0o600))
	t.Cleanup(func() { _ = os.Remove(file) }) // written more than once
}

// Each mistake is one clear message and an exit code, and once it is mended the
// next up converges from whatever the last one left.
func TestMistakesAreNamedAndMendable(t *testing.T) {
	t.Cleanup(func() {
		settle(t, "1", "")
		out, err := onStack(smallStack, nil, "destroy")
		require.NoError(t, err, out)
		require.Empty(t, docker(t, "ps", "-aq", "--filter", "label=speedscale.stack="+smallStack))
		require.Empty(t, docker(t, "volume", "ls", "-q", "--filter", "label=speedscale.stack="+smallStack))
		require.Empty(t, docker(t, "network", "ls", "-q", "--filter", "label=speedscale.stack="+smallStack))
	})
	fails := func(code int, env []string, wanted ...string) {
		t.Helper()
		out, err := onStack(smallStack, env, "up")
		require.Equal(t, code, exitCode(err), out)
		for _, text := range wanted {
			require.Contains(t, out, text)
		}
	}

	settle(t, "none", "  speedscale:replicas: 3\n")
	fails(78, nil,
		`speedscale:shards is "none": it must be a whole number`,
		`speedscale:replicas is not a setting`)

	settle(t, "1", "")
	fails(1, []string{"DOCKER_HOST=unix:///nowhere/docker.sock"}, "Docker does not answer at unix:///nowhere/docker.sock: start it")

	squatter, err := net.Listen("tcp", "127.0.0.1:17117")
	require.NoError(t, err)
	fails(1, nil, "port 17117 of 127.0.0.1, for tests-small-mongos, is taken by another process", "speedscale:ports")
	require.NoError(t, squatter.Close())

	docker(t, "create", "--name", "tests-small-mongos", strings.TrimSpace(docker(t, "inspect", "-f", "{{.Image}}", prefix+"mongos")))
	fails(1, nil, "there is a container tests-small-mongos that is not this stack's: remove it")
	docker(t, "rm", "tests-small-mongos")

	settle(t, "1", "")
	out, err := onStack(smallStack, nil, "up")
	require.NoError(t, err, out)
	healthyStack(t, smallStack)
}
