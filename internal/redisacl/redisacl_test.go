package redisacl_test

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"speedscale/internal/redisacl"
	"speedscale/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func login(t *testing.T, server *testenv.Process, user, password string) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), Username: user, Password: password, ReadTimeout: 30 * time.Second, MaxRetries: -1})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

// commands are what one user may and may not do, in order.
type commands struct{ may, mayNot [][]any }

func do(args ...any) []any { return args }

var byUser = map[string]commands{
	redisacl.Admin: {may: [][]any{
		do("acl", "whoami"), do("config", "get", "maxmemory"), do("set", "anything", "1"), do("publish", "any", "thing"), do("flushall"),
	}},
	// What it may is tested by the gateway's own tests.
	redisacl.Gateway: {
		may: [][]any{do("ping"), do("set", "search:lamp", "{}"), do("del", "search:lamp"), do("info"), do("dbsize")},
		mayNot: [][]any{
			do("get", "session:1"), do("set", "search", "1"), do("get", "trending:others"), do("del", "product:1", "else"),
			do("keys", "search:*"), do("scan", "0"), do("flushall"), do("config", "get", "*"), do("acl", "list"), do("slowlog", "get"),
			do("monitor"), do("client", "list"), do("client", "kill", "id", "1"), do("shutdown"), do("save"),
			do("replicaof", "no", "one"), do("script", "flush"), do("publish", "any", "thing"), do("subscribe", "any"),
			do("eval", "return redis.call('get', KEYS[1])", "1", "session:1"), do("eval", "return redis.call('flushall')", "0"),
		},
	},
	redisacl.UI: {
		may: [][]any{
			do("ping"), do("info"), do("dbsize"), do("scan", "0"), do("type", "lamp"), do("ttl", "lamp"), do("get", "lamp"), do("strlen", "lamp"),
			do("hgetall", "hash"), do("lrange", "list", "0", "-1"), do("smembers", "set"), do("zrevrange", "zset", "0", "-1"), do("xrange", "stream", "-", "+"),
			do("memory", "usage", "lamp"), do("object", "encoding", "lamp"), do("slowlog", "get"), do("slowlog", "len"), do("module", "list"), do("command", "count"),
			do("client", "setname", "page"), do("select", "0"),
		},
		mayNot: [][]any{
			do("set", "lamp", "off"), do("del", "lamp"), do("expire", "lamp", "1"), do("rename", "lamp", "hose"), do("lpush", "list", "x"),
			do("eval", "return 1", "0"), do("keys", "*"), do("config", "get", "*"), do("acl", "list"), do("client", "list"), do("client", "kill", "id", "1"),
			do("flushdb"), do("slowlog", "reset"), do("monitor"), do("publish", "any", "thing"), do("shutdown"),
		},
	},
	redisacl.Monitor: {
		may: [][]any{
			do("ping"), do("info"), do("dbsize"), do("client", "list"), do("slowlog", "len"), do("latency", "latest"), do("latency", "histogram"),
			do("client", "setname", "exporter"),
		},
		mayNot: [][]any{
			do("get", "lamp"), do("set", "lamp", "off"), do("scan", "0"), do("keys", "*"), do("randomkey"), do("type", "lamp"), do("memory", "usage", "lamp"),
			do("slowlog", "get"), do("slowlog", "reset"), do("latency", "reset"), do("monitor"), do("config", "get", "*"), do("acl", "list"),
			do("client", "kill", "id", "1"), do("client", "pause", "1"), do("eval", "return 1", "0"), do("shutdown"), do("subscribe", "any"),
		},
	},
}

func TestWhoMayDoWhat(t *testing.T) {
	server := testenv.LockedRedis(t)
	admin := login(t, server, redisacl.Admin, testenv.RedisPassword(redisacl.Admin))
	for _, user := range redisacl.Names() {
		t.Run(user, func(t *testing.T) {
			for _, args := range [][]any{
				do("set", "lamp", "on"), do("hset", "hash", "a", "b"), do("rpush", "list", "a"), do("sadd", "set", "a"), do("zadd", "zset", "1", "a"), do("xadd", "stream", "*", "a", "b"),
			} {
				require.NoError(t, admin.Do(t.Context(), args...).Err())
			}
			client := login(t, server, user, testenv.RedisPassword(user))
			for _, args := range byUser[user].may {
				require.NoError(t, client.Do(t.Context(), args...).Err(), "%v", args)
			}
			for _, args := range byUser[user].mayNot {
				err := client.Do(t.Context(), args...).Err()
				require.Error(t, err, "%v", args)
				require.Regexp(t, "^NOPERM|user executing the script can't run", err.Error(), "%v", args)
			}
			require.NoError(t, admin.FlushAll(t.Context()).Err())
		})
	}
}

func TestWithoutALoginNothing(t *testing.T) {
	server := testenv.LockedRedis(t)
	for _, args := range [][]any{do("ping"), do("get", "lamp"), do("info"), do("acl", "whoami"), do("shutdown"), do("subscribe", "any")} {
		require.ErrorContains(t, login(t, server, "", "").Do(t.Context(), args...).Err(), "NOAUTH", "%v", args)
	}
	for user, password := range map[string]string{
		redisacl.Gateway: testenv.RedisPassword(redisacl.Admin), redisacl.UI: "x", redisacl.Admin: "", "default": testenv.RedisPassword("default"), "nobody": "x",
		// The hash, which the file shows, is not the password.
		redisacl.Monitor: fmt.Sprintf("%x", sha256.Sum256([]byte(testenv.RedisPassword(redisacl.Monitor)))),
	} {
		conn := login(t, server, "", "").Conn()
		require.ErrorContains(t, conn.AuthACL(t.Context(), user, password).Err(), "WRONGPASS", user)
		require.NoError(t, conn.Close())
	}
}

func TestTheTextHoldsNoPassword(t *testing.T) {
	text := testenv.RedisUsers(t)
	require.Equal(t, text, testenv.RedisUsers(t), "the same each time, or each deployment would change it")
	for _, user := range redisacl.Names() {
		password := testenv.RedisPassword(user)
		require.NotContains(t, text, password)
		require.NotContains(t, text, url.QueryEscape(password))
		require.Contains(t, text, fmt.Sprintf("#%x", sha256.Sum256([]byte(password))))
	}
}

func TestMistakes(t *testing.T) {
	_, err := redisacl.File(map[string]string{redisacl.Admin: "s3cret", redisacl.Gateway: "s3cret", redisacl.UI: "s3cret"}, false)
	require.EqualError(t, err, "the Redis user monitor has no password")
	_, err = redisacl.File(map[string]string{"root": "s3cret"}, false)
	require.EqualError(t, err, `there is no Redis user "root": want admin, gateway, ui, monitor`)
}
