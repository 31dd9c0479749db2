package tests

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

const (
	tlsStack    = "tests-tls"
	tlsMongo    = "127.0.0.1:17517"
	tlsPage     = "127.0.0.1:13500"
	tlsSettings = `config:
  speedscale:shards: 1
  speedscale:configServers: 1
  speedscale:rateLimit: "0"
  speedscale:ports: {mongos: 17517, redis: 16879, insight: 18501, redisUi: 18581, gateway: 18500, frontend: 13500}
  speedscale:security: {%s}
`
)

// TLS and logins are turned on for a stack that stands without; certificates, the
// authority, passwords and the keyfile's key are replaced; and all is turned off again:
// under a stream of majority writes and of searches.
func TestSecurityChangesWhileTheStackServes(t *testing.T) {
	beside(t)
	settings := filepath.Join(root(), "Pulumi."+tlsStack+".yaml")
	up := func(security string) (said string) {
		require.NoError(t, os.WriteFile(settings, fmt.Appendf(nil, tlsSettings, security), 0o600))
		start := time.Now()
		out, err := onStack(tlsStack, nil, "up")
		require.NoError(t, err, out)
		t.Logf("up with {%s}: %s", security, time.Since(start).Round(100*time.Millisecond))
		return out
	}
	t.Cleanup(func() {
		out, err := onStack(tlsStack, nil, "destroy")
		require.NoError(t, err, out)
		require.NoError(t, os.Remove(settings))
	})
	up("auth: false")
	healthyStack(t, tlsStack)
	require.NoError(t, mongoSays(t, host, tlsMongo, login{}, count))
	load := startLoad(t, tlsStack, "mongodb://"+tlsMongo, tlsPage)
	defer load.stop()
	settled := func(what string) (seen served) {
		t.Helper()
		seen = load.report(what)
		healthyStack(t, tlsStack)
		unchanged(t, tlsStack)
		load.report("between")
		return seen
	}

	require.Contains(t, up("tls: true"), "Step 2 is done")
	settled("turned on").answers().outlast(t)
	t.Run("nobody gets in without TLS", nobodyWithoutTLS)
	t.Run("clients connect with what uri prints", clientsByTLS)
	t.Run("no private key is shown", noKeyIsShown)

	t.Run("certificates and authority", func(t *testing.T) {
		running, old, before := containersOf(t, tlsStack), authorities(t), servedBy(t)
		require.Contains(t, up("tls: true, certificateDays: 30, rotate: {authority: 2}"), "Step 1 is done")
		settled("certificates and authority").hardlyAny(t)
		require.Equal(t, running, containersOf(t, tlsStack), "no container was replaced")
		require.Equal(t, 1, strings.Count(authorities(t), "BEGIN CERTIFICATE"))
		require.NotEqual(t, old, authorities(t))
		for address, certificate := range servedBy(t) { // verified by the new authority
			require.NotEqual(t, before[address], certificate, address)
		}
		clientsByTLS(t)
	})
	t.Run("passwords and keyfile", func(t *testing.T) { loginsReplaced(t, up, settled) })

	require.Contains(t, up(strings.Replace(allReplaced, "tls: true", "auth: false", 1)), "Step 3 is done")
	settled("turned off").answers().outlast(t)
	require.NoError(t, mongoSays(t, host, tlsMongo, login{}, count))
	load.stop()
	load.stored("mongodb://" + tlsMongo)
}

// published are the ports of the stack on this machine.
var published = []string{tlsMongo, "127.0.0.1:16879", "127.0.0.1:18501", "127.0.0.1:18581", "127.0.0.1:18500", tlsPage}

// What a client says first that speaks no TLS. The first is an OP_MSG {ping: 1}.
const (
	plainMongo = "\x33\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xdd\x07\x00\x00\x00\x00\x00\x00\x00\x1e\x00\x00\x00\x10ping\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00\x00"
	plainRedis = "PING\r\n"
	plainHTTP  = "GET / HTTP/1.0\r\n\r\n"
)

func nobodyWithoutTLS(t *testing.T) {
	inside := from(tlsStack + "-frontend")
	for _, a := range []struct {
		place         from
		address, said string
		want          string
	}{
		{host, tlsMongo, plainMongo, ""},
		{inside, "mongos:27017", plainMongo, ""},
		{inside, "config-server-1:27017", plainMongo, ""},
		{inside, "shard1-node1:27017", plainMongo, ""},
		{inside, "shard1-node2:27017", plainMongo, ""},
		{inside, "shard1-node3:27017", plainMongo, ""},
		{host, "127.0.0.1:16879", plainRedis, ""},
		{inside, "redis:6379", plainRedis, ""},
		{host, "127.0.0.1:18501", plainHTTP, "Client sent an HTTP request to an HTTPS server."},
		{inside, "redis:8001", plainHTTP, "Client sent an HTTP request to an HTTPS server."},
		{host, "127.0.0.1:18500", plainHTTP, "Client sent an HTTP request to an HTTPS server."},
		{inside, "api_server:8000", plainHTTP, "Client sent an HTTP request to an HTTPS server."},
		{host, "127.0.0.1:18581", plainHTTP, ""},
		{inside, "redis-ui:8081", plainHTTP, ""},
		{host, tlsPage, plainHTTP, "308 Permanent Redirect"},
		{inside, "frontend:3000", plainHTTP, "308 Permanent Redirect"},
	} {
		answer := plainAnswer(t, a.place, a.address, a.said)
		t.Logf("%s from %s without TLS: %q", a.address, a.place, answer)
		if a.want == "" {
			require.Empty(t, answer, "the connection is closed")
		}
		require.Contains(t, answer, a.want)
	}
	for _, name := range []string{"config-1", "shard1-node1"} {
		require.Contains(t, docker(t, "logs", "--tail", "500", tlsStack+"-"+name), "The server is configured to only allow SSL connections")
	}
	// TLS alone opens nothing.
	require.ErrorContains(t, mongoSays(t, host, tlsMongo, login{"admin", "wrong", "admin"}, count, byTLS(t)), "AuthenticationFailed")
	require.ErrorContains(t, mongoSays(t, host, tlsMongo, login{}, count, byTLS(t)), "requires authentication")
}

// plainAnswer is what a server says to who does not speak TLS.
func plainAnswer(t *testing.T, place from, address, said string) string {
	t.Helper()
	conn, err := place.DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	_, err = io.WriteString(conn, said)
	require.NoError(t, err)
	answer, err := io.ReadAll(io.LimitReader(conn, 300))
	require.False(t, err != nil && os.IsTimeout(err), "the server neither answers nor closes the connection")
	return string(answer)
}

func clientsByTLS(t *testing.T) {
	for _, user := range []string{"admin", "gateway", "monitor"} {
		address := uriOf(t, tlsStack, "mongo", user)
		require.Contains(t, address, "tls=true&tlsCAFile=")
		require.NoError(t, connect(t, address).Ping(t.Context(), nil))
	}
	opts, err := redis.ParseURL(uriOf(t, tlsStack, "redis", "admin"))
	require.NoError(t, err)
	require.NotNil(t, opts.TLSConfig)
	opts.TLSConfig.RootCAs = trusted(t)
	client := redis.NewClient(opts)
	defer func() { _ = client.Close() }()
	require.NoError(t, client.Ping(t.Context()).Err())
	for _, server := range []string{"page", "gateway", "insight", "commander"} {
		require.True(t, strings.HasPrefix(uriOf(t, tlsStack, server, "admin"), "https://"), server)
	}
}

// keyLine is the first line of a private key in PEM, of which the last quarter is the
// key's own.
var keyLine = regexp.MustCompile(`BEGIN PRIVATE KEY-----[\\n]+([A-Za-z0-9+/]{64})`)

func noKeyIsShown(t *testing.T) {
	keys := map[string]string{}
	for _, found := range keyLine.FindAllStringSubmatch(exported(t, tlsStack, "--show-secrets"), -1) {
		keys[found[1]] = found[1]
	}
	require.Len(t, keys, 10, "one for the authority, and one for each of the containers but init")
	require.Len(t, noneIsShown(t, tlsStack, keys), 10)
}

func authorities(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(), "Pulumi."+tlsStack+".ca.pem"))
	require.NoError(t, err)
	return string(text)
}

func trusted(t *testing.T) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM([]byte(authorities(t))))
	return pool
}

func byTLS(t *testing.T) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: trusted(t)}
}

// servedBy returns the certificate that each published port shows, after it was
// verified by the authority in the file for clients.
func servedBy(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, address := range published {
		conn, err := tls.DialWithDialer(&net.Dialer{Timeout: time.Minute}, "tcp", address, byTLS(t))
		require.NoError(t, err, address)
		found[address] = fmt.Sprintf("%x", conn.ConnectionState().PeerCertificates[0].Signature)
		if err := conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Logf("%s: %v", address, err)
		}
	}
	return found
}

// containersOf are the ids of a stack's containers, by name.
func containersOf(t *testing.T, stack string) string {
	t.Helper()
	return docker(t, "ps", "-a", "--no-trunc", "--format", "{{.Names}} {{.ID}}", "--filter", "label=speedscale.stack="+stack)
}
