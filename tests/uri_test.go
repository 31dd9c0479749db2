package tests

import (
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// uris are the addresses of the stack under test, whose passwords stay the same.
var uris sync.Map

// uri is the address of a server of the stack under test, as admin.
func uri(t *testing.T, server string) string {
	t.Helper()
	if known, ok := uris.Load(server); ok {
		return known.(string)
	}
	address := uriOf(t, stackName, server, "admin")
	uris.Store(server, address)
	return address
}

// uriOf is what `speedscale uri` prints. It says nothing else, whatever other stacks are
// doing.
func uriOf(t *testing.T, stack, server, user string) string {
	t.Helper()
	out, err := onStack(stack, nil, "uri", server, "--user", user)
	require.NoError(t, err, out)
	address := strings.TrimSuffix(out, "\n")
	require.NotContains(t, address, "\n")
	return address
}

// mongoOf is a client of a stack's router, as admin.
func mongoOf(t *testing.T, stack string, more ...*options.ClientOptions) *mongo.Client {
	t.Helper()
	return connect(t, uriOf(t, stack, "mongo", "admin"), more...)
}

func connect(t *testing.T, uri string, more ...*options.ClientOptions) *mongo.Client {
	t.Helper()
	all := append([]*options.ClientOptions{options.Client().ApplyURI(uri).SetTimeout(30 * time.Second)}, more...)
	c, err := mongo.Connect(all...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Disconnect(t.Context()) }) // its server may be gone
	return c
}

// cacheOf is a client of a stack's Redis, as admin.
func cacheOf(t *testing.T, stack string) *redis.Client {
	t.Helper()
	opts, err := redis.ParseURL(uriOf(t, stack, "redis", "admin"))
	require.NoError(t, err)
	opts.ReadTimeout = time.Minute
	c := redis.NewClient(opts)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// asMember logs in at a member as the members do to each other, if they have a
// keyfile.
func asMember(t *testing.T, container string) *options.ClientOptions {
	t.Helper()
	key, err := exec.Command("docker", "exec", container, "cat", "/run/secrets/keyfile").Output()
	if err != nil {
		return options.Client()
	}
	return options.Client().SetAuth(options.Credential{
		AuthMechanism: "SCRAM-SHA-256", AuthSource: "local", Username: "__system", Password: string(key),
	})
}
