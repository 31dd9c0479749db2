package tests

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

const (
	rotationStack    = "tests-rotation"
	rotationMongo    = "127.0.0.1:17417"
	rotationPage     = "127.0.0.1:13400"
	rotationSettings = `config:
  speedscale:shards: 1
  speedscale:configServers: 1
  speedscale:rateLimit: "0"
  speedscale:ports: {mongos: 17417, redis: 16779, insight: 18401, redisUi: 18481, gateway: 18400, frontend: 13400}
  speedscale:security: {rotate: {passwords: %d, keyfile: %d}}
`
)

// Passwords and the keyfile's key are replaced under a stream of majority writes and
// of searches. What was replaced gets nobody in.
func TestSecretsAreReplaced(t *testing.T) {
	t.Parallel() // with other tests that have a stack of their own
	settings := filepath.Join(root(), "Pulumi."+rotationStack+".yaml")
	up := func(passwords, keyfile int) (said string) {
		require.NoError(t, os.WriteFile(settings, fmt.Appendf(nil, rotationSettings, passwords, keyfile), 0o600))
		start := time.Now()
		out, err := onStack(rotationStack, nil, "up")
		require.NoError(t, err, out)
		t.Logf("up with passwords %d, keyfile %d: %s", passwords, keyfile, time.Since(start).Round(100*time.Millisecond))
		return out
	}
	t.Cleanup(func() {
		out, err := onStack(rotationStack, nil, "destroy")
		require.NoError(t, err, out)
		require.NoError(t, os.Remove(settings))
	})
	up(1, 1)
	healthyStack(t, rotationStack)
	old := rotationLogins(t)
	load := startLoad(t, rotationStack, old["mongo admin"].String(), rotationPage)
	defer load.stop()
	time.Sleep(5 * time.Second)
	load.report("before")

	up(2, 1)
	require.Empty(t, load.report("passwords"), "searches that failed while passwords were replaced")
	now := rotationLogins(t)
	load.also(now["mongo admin"].String())
	for who, login := range old {
		require.NotEqual(t, login, now[who], who)
	}
	require.Equal(t, "gateway-2", now["mongo gateway"].User.Username())
	for _, who := range []string{"mongo admin", "mongo gateway", "mongo monitor"} {
		require.ErrorContains(t, mongoSays(t, host, rotationMongo, mongoLogin(old[who]), count), "AuthenticationFailed", who)
	}
	require.NoError(t, mongoSays(t, host, rotationMongo, mongoLogin(now["mongo gateway"]), count))
	require.ErrorContains(t, redisSays(t, old["redis gateway"]), "WRONGPASS")
	require.NoError(t, redisSays(t, now["redis admin"]))
	status, _ := ask(t, host, "http://127.0.0.1:18481/apiv2/server/info", "admin", passwordIn(old["commander admin"]))
	require.Equal(t, http.StatusUnauthorized, status)
	healthyStack(t, rotationStack)
	unchanged(t, rotationStack)
	load.report("between")

	key := docker(t, "exec", rotationStack+"-mongos", "cat", "/run/secrets/keyfile")
	cluster := login{"__system", key, "local"}
	require.NoError(t, mongoSays(t, host, rotationMongo, cluster, count))
	require.Contains(t, up(2, 2), "Step 1 is done")
	load.report("keyfile")
	inside := from(rotationStack + "-frontend")
	for address, place := range map[string]from{rotationMongo: host, "shard1-node1:27017": inside, "config-server-1:27017": inside} {
		require.ErrorContains(t, mongoSays(t, place, address, cluster, count), "AuthenticationFailed", address)
	}
	require.NotContains(t, docker(t, "exec", rotationStack+"-mongos", "cat", "/run/secrets/keyfile"), key)
	healthyStack(t, rotationStack)
	unchanged(t, rotationStack)
	load.stop()
	load.stored(now["mongo admin"].String())
}

// rotationLogins are the addresses with a login that `speedscale uri` prints.
func rotationLogins(t *testing.T) map[string]*url.URL {
	t.Helper()
	logins := map[string]*url.URL{}
	for server, users := range map[string][]string{"mongo": {"admin", "gateway", "monitor"}, "redis": {"admin", "gateway"}, "commander": {"admin"}} {
		for _, user := range users {
			address, err := url.Parse(uriOf(t, rotationStack, server, user))
			require.NoError(t, err)
			logins[server+" "+user] = address
		}
	}
	return logins
}

func passwordIn(address *url.URL) string {
	password, _ := address.User.Password()
	return password
}

func mongoLogin(address *url.URL) login {
	return login{address.User.Username(), passwordIn(address), "admin"}
}

// redisSays is Redis's answer to a client with the login of the address.
func redisSays(t *testing.T, address *url.URL) error {
	t.Helper()
	opts, err := redis.ParseURL(address.String())
	require.NoError(t, err)
	opts.MaxRetries, opts.ReadTimeout = -1, time.Minute
	c := redis.NewClient(opts)
	defer func() { _ = c.Close() }()
	return c.Ping(t.Context()).Err()
}
