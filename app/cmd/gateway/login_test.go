package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/internal/redisacl"
	"speedscale/internal/testenv"
)

const mongoPassword = `s3cret of /@:%20"mongo`

// lockedMongod asks for a login, and knows a user gateway with the roles that it
// needs.
func lockedMongod(t *testing.T) *testenv.Process {
	t.Helper()
	server := testenv.Mongod(t, "--auth")
	create := func(client *mongo.Client, user, password string, roles bson.A) {
		require.NoError(t, client.Database("admin").RunCommand(t.Context(), bson.D{{Key: "createUser", Value: user}, {Key: "pwd", Value: password}, {Key: "roles", Value: roles}}).Err())
		require.NoError(t, client.Disconnect(context.Background()))
	}
	connect := func(opts ...*options.ClientOptions) *mongo.Client {
		client, err := mongo.Connect(append(opts, options.Client().ApplyURI("mongodb://"+server.Addr()))...)
		require.NoError(t, err)
		return client
	}
	create(connect(), "root", "root", bson.A{"root"})
	create(connect(options.Client().SetAuth(options.Credential{Username: "root", Password: "root"})), "gateway", mongoPassword, bson.A{
		bson.D{{Key: "role", Value: "readWrite"}, {Key: "db", Value: "speedscale"}}, "clusterMonitor",
	})
	return server
}

// locked is the environment of a gateway whose servers want a login.
func locked(t *testing.T, mongod, cache *testenv.Process) map[string]string {
	t.Helper()
	env := environ(t, mongod.Addr(), cache.Addr())
	env["MONGO_URI"] = "mongodb://gateway@" + mongod.Addr() + "/speedscale?authSource=admin&authMechanism=SCRAM-SHA-256"
	env["MONGO_PASSWORD_FILE"] = filepath.Join(t.TempDir(), "mongo-password")
	write(t, env["MONGO_PASSWORD_FILE"], mongoPassword)
	return env
}

func write(t *testing.T, file, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
}

// requireNoSecret: nothing of what may be printed holds a password.
func requireNoSecret(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{mongoPassword, testenv.RedisPassword(redisacl.Gateway), "s3cret", "s%C3%A9cret", "sécret"} {
		require.NotContains(t, text, secret)
	}
}

func TestServesWithLogins(t *testing.T) {
	env := locked(t, lockedMongod(t), testenv.LockedRedis(t))
	env["LOG_LEVEL"] = "debug"
	code, stdout, stderr := command(t, env, "init")
	require.Zero(t, code, stderr)
	requireNoSecret(t, stdout+stderr)
	log, stop := serving(t, env)
	require.Eventually(t, func() bool { return bytes.Contains(body(t, env, "/health"), []byte(`"phase":"done"`)) }, 2*time.Minute, 50*time.Millisecond)
	require.Contains(t, string(body(t, env, "/health")), `"status":"healthy"`)
	for _, want := range []string{"MONGODB_DISK", "REDIS_CACHE"} {
		require.Contains(t, string(body(t, env, "/api/search?query=laptop")), want)
	}
	for _, path := range []string{"/health", "/api/topology", "/api/cache/stats", "/metrics", "/docs", "/openapi.json", "/api/search?query=", "/api/products/x"} {
		requireNoSecret(t, string(body(t, env, path)))
	}
	stop()
	requireNoSecret(t, log.String())
}

// A gateway whose login is refused says so, goes on trying, and does not try at
// every request.
func TestRefusedLoginsAreSaidPlainly(t *testing.T) {
	mongod, cache := lockedMongod(t), testenv.LockedRedis(t)
	env := locked(t, mongod, cache)
	right, err := os.ReadFile(env["REDIS_PASSWORD_FILE"])
	require.NoError(t, err)
	write(t, env["REDIS_PASSWORD_FILE"], "s3cret, but another")
	env["INIT_TIMEOUT"] = "1s"
	code, stdout, stderr := command(t, env, "init")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "Redis refuses the gateway's login (REDIS_URL, REDIS_PASSWORD_FILE): WRONGPASS")
	requireNoSecret(t, stdout+stderr)

	redisFile := env["REDIS_PASSWORD_FILE"]
	write(t, redisFile, string(right))
	write(t, env["MONGO_PASSWORD_FILE"], "s3cret, but another")
	code, stdout, stderr = command(t, env, "init")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "MongoDB refuses the gateway's login (MONGO_URI, MONGO_PASSWORD_FILE)")
	require.Contains(t, stderr, "AuthenticationFailed")
	requireNoSecret(t, stdout+stderr)

	write(t, redisFile, "s3cret, but another")
	env["RATE_LIMIT"] = "1000"
	log, stop := serving(t, env)
	var health struct {
		Servers struct{ MongoDB, Redis string }
	}
	require.NoError(t, json.Unmarshal(body(t, env, "/health"), &health))
	require.Equal(t, "Refuses the gateway's login", health.Servers.MongoDB)
	require.Equal(t, "Refuses the gateway's login", health.Servers.Redis)
	before := attempts(t, cache)
	for range 100 {
		require.Contains(t, string(body(t, env, "/api/search?query=laptop")), "does not answer")
	}
	require.Less(t, attempts(t, cache)-before, 30, "a request has several commands, and each would be a login")
	requireNoSecret(t, string(body(t, env, "/health"))+string(body(t, env, "/api/topology"))+string(body(t, env, "/metrics")))
	stop()
	require.Contains(t, log.String(), "Redis refuses the gateway's login (REDIS_URL, REDIS_PASSWORD_FILE): WRONGPASS")
	require.Contains(t, log.String(), "MongoDB refuses the gateway's login (MONGO_URI, MONGO_PASSWORD_FILE)")
	requireNoSecret(t, log.String())
}

// serving runs serve until stop is called, after which its log can be read.
func serving(t *testing.T, env map[string]string) (log *bytes.Buffer, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var served sync.WaitGroup
	log = new(bytes.Buffer)
	served.Go(func() {
		if run(ctx, []string{"serve"}, env, log, log) != 0 {
			t.Errorf("serve failed: %s", log.String())
		}
	})
	stop = sync.OnceFunc(func() { cancel(); served.Wait(); http.DefaultClient.CloseIdleConnections() })
	t.Cleanup(stop)
	require.Eventually(t, func() bool { c, _, _ := command(t, env, "healthcheck"); return c == 0 }, 10*time.Second, 20*time.Millisecond)
	return log, stop
}

// attempts is how many connections a Redis has had.
func attempts(t *testing.T, server *testenv.Process) int {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), Username: redisacl.Admin, Password: testenv.RedisPassword(redisacl.Admin)})
	defer func() { require.NoError(t, client.Close()) }()
	stats, err := client.InfoMap(t.Context(), "stats").Result()
	require.NoError(t, err)
	n, err := strconv.Atoi(stats["Stats"]["total_connections_received"])
	require.NoError(t, err)
	return n
}
