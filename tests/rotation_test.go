package tests

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

const allReplaced = "tls: true, certificateDays: 30, rotate: {authority: 2, passwords: 2, keyfile: 2}"

// loginsReplaced replaces all passwords, and the key by which members know each other;
// what was replaced gets nobody in.
func loginsReplaced(t *testing.T, up func(string) string, settled func(string) served) {
	old := allLogins(t)
	key := docker(t, "exec", tlsStack+"-mongos", "cat", "/run/secrets/keyfile")
	cluster := login{"__system", key, "local"}
	require.NoError(t, mongoSays(t, host, tlsMongo, cluster, count, byTLS(t)))
	// One after the other: until a run ends nobody knows the new passwords, and the key's
	// has clients connect again.
	up("tls: true, certificateDays: 30, rotate: {authority: 2, passwords: 2}")
	settled("passwords").hardlyAny(t)
	require.Contains(t, up(allReplaced), "Step 1 is done")
	settled("keyfile").outlast(t)
	now := allLogins(t)
	for who, login := range old {
		require.NotEqual(t, login, now[who], who)
	}
	require.Equal(t, "gateway-2", now["mongo gateway"].User.Username())
	for _, who := range []string{"mongo admin", "mongo gateway", "mongo monitor"} {
		require.ErrorContains(t, mongoSays(t, host, tlsMongo, mongoLogin(old[who]), count, byTLS(t)), "AuthenticationFailed", who)
	}
	require.NoError(t, mongoSays(t, host, tlsMongo, mongoLogin(now["mongo gateway"]), count, byTLS(t)))
	require.ErrorContains(t, redisSays(t, old["redis gateway"]), "WRONGPASS")
	require.NoError(t, redisSays(t, now["redis admin"]))
	client := http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: byTLS(t), DisableKeepAlives: true}}
	answer, err := client.Get(old["commander admin"].JoinPath("apiv2/server/info").String())
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusUnauthorized, answer.StatusCode)

	inside := from(tlsStack + "-frontend")
	for address, place := range map[string]from{tlsMongo: host, "shard1-node1:27017": inside, "config-server-1:27017": inside} {
		require.ErrorContains(t, mongoSays(t, place, address, cluster, count, byTLS(t)), "AuthenticationFailed", address)
	}
	require.NotContains(t, docker(t, "exec", tlsStack+"-mongos", "cat", "/run/secrets/keyfile"), key)
}

// allLogins are the addresses with a login that `speedscale uri` prints.
func allLogins(t *testing.T) map[string]*url.URL {
	t.Helper()
	logins := map[string]*url.URL{}
	for server, users := range map[string][]string{"mongo": {"admin", "gateway", "monitor"}, "redis": {"admin", "gateway"}, "commander": {"admin"}} {
		for _, user := range users {
			address, err := url.Parse(uriOf(t, tlsStack, server, user))
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
	opts.TLSConfig.RootCAs = trusted(t)
	c := redis.NewClient(opts)
	defer func() { _ = c.Close() }()
	return c.Ping(t.Context()).Err()
}
