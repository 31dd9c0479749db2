package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
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
	"speedscale/internal/tlsfiles"
)

// encrypted is a gateway that speaks nothing but TLS, and its two servers.
type encrypted struct {
	env                 map[string]string
	mongod, cache       *testenv.Process
	own, ofMongo, ofRed testenv.TLS
}

func newEncrypted(t *testing.T, mongoBy, redisBy, trusted *testenv.Authority) encrypted {
	t.Helper()
	e := encrypted{own: testenv.NewTLS(t, trusted), ofMongo: testenv.NewTLS(t, mongoBy), ofRed: testenv.NewTLS(t, redisBy)}
	e.mongod, e.cache = testenv.Mongod(t, e.ofMongo.Mongod()...), e.ofRed.LockedRedis(t)
	e.env = environ(t, e.mongod.Addr(), e.cache.Addr())
	e.env["MONGO_URI"] = fmt.Sprintf("mongodb://localhost:%d/speedscale?tls=true", e.mongod.Port)
	e.env["REDIS_URL"] = fmt.Sprintf("rediss://%s@localhost:%d%s", redisacl.Gateway, e.cache.Port, testenv.PatientRedis)
	e.env["TLS_CA_FILE"], e.env["TLS_CERTIFICATE_FILE"] = e.own.AuthorityFile, e.own.CertificateFile
	e.env["RATE_LIMIT"] = "0"
	return e
}

// ask is a visitor who trusts what a file says, and comes by a new connection.
func (e encrypted) ask(t *testing.T, path, caFile string) (body string, connection *tls.ConnectionState, err error) {
	t.Helper()
	trust, err := tlsfiles.Client(caFile)
	require.NoError(t, err)
	trust.ServerName = "localhost"
	transport := &http.Transport{TLSClientConfig: trust, DisableKeepAlives: true}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+e.env["LISTEN_ADDR"]+path, nil)
	require.NoError(t, err)
	answer, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(text), answer.TLS, nil
}

func (e encrypted) eventually(t *testing.T, path, want string) {
	t.Helper()
	var last string
	require.Eventually(t, func() bool {
		body, _, err := e.ask(t, path, e.own.AuthorityFile)
		last = fmt.Sprint(body, err)
		return strings.Contains(body, want)
	}, time.Minute, 50*time.Millisecond, "%s", &last)
}

func TestServesByTLS(t *testing.T) {
	authority := testenv.NewAuthority(t, "ours")
	e := newEncrypted(t, authority, authority, authority)
	code, _, stderr := command(t, e.env, "init")
	require.Zero(t, code, stderr)
	_, stop := serving(t, e.env)
	e.eventually(t, "/health", `"phase":"done"`)
	for _, want := range []string{"MONGODB_DISK", "REDIS_CACHE"} {
		body, connection, err := e.ask(t, "/api/search?query=laptop", e.own.AuthorityFile)
		require.NoError(t, err)
		require.Contains(t, body, want)
		require.Empty(t, connection.NegotiatedProtocol, "HTTP/1.1, with its limits")
	}
	body, _, err := e.ask(t, "/health", e.own.AuthorityFile)
	require.NoError(t, err)
	require.Contains(t, body, `"status":"healthy"`)
	plain, err := http.Get("http://" + e.env["LISTEN_ADDR"] + "/health")
	require.NoError(t, err)
	require.Equal(t, http.StatusBadRequest, plain.StatusCode)
	require.NoError(t, plain.Body.Close())

	_, _, err = e.ask(t, "/health", testenv.NewTLS(t, testenv.NewAuthority(t, "another")).AuthorityFile)
	require.ErrorContains(t, err, "unknown authority")
	stop()
}

func TestServersOfAnotherAuthorityAreRefused(t *testing.T) {
	ours, another := testenv.NewAuthority(t, "ours"), testenv.NewAuthority(t, "another")
	for name, c := range map[string]struct {
		mongoBy, redisBy *testenv.Authority
		want             string
	}{
		"MongoDB": {another, ours, "ping MongoDB"},
		"Redis":   {ours, another, "write to Redis"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEncrypted(t, c.mongoBy, c.redisBy, ours)
			e.env["INIT_TIMEOUT"] = "2s"
			code, _, stderr := command(t, e.env, "init")
			require.Equal(t, 1, code)
			require.Contains(t, stderr, c.want)
			require.Contains(t, stderr, "the server's certificate is not trusted by the authorities in "+e.own.AuthorityFile)
			require.Contains(t, stderr, "certificate signed by unknown authority")
			log, stop := serving(t, e.env)
			for range 6 { // a few failures, until the log tells
				_, _, err := e.ask(t, "/api/search?query=laptop", e.own.AuthorityFile)
				require.NoError(t, err, "it serves what it can")
			}
			stop()
			require.Contains(t, log.String(), "certificate signed by unknown authority")
		})
	}
}

// The stack goes over to another authority: everybody trusts both, then servers change
// one after the other, then nobody trusts the old one. The gateway runs on.
func TestAnotherAuthorityWithoutARestart(t *testing.T) {
	before, after := testenv.NewAuthority(t, "before"), testenv.NewAuthority(t, "after")
	e := newEncrypted(t, before, before, before)
	code, _, stderr := command(t, e.env, "init")
	require.Zero(t, code, stderr)
	serving(t, e.env)
	e.eventually(t, "/health", `"phase":"done"`)
	for _, files := range []testenv.TLS{e.own, e.ofMongo, e.ofRed} {
		testenv.Replace(t, files.AuthorityFile, before.PEM+after.PEM)
	}
	for _, files := range []testenv.TLS{e.own, e.ofMongo, e.ofRed} {
		testenv.Replace(t, files.CertificateFile, after.Certificate(t))
	}
	e.reread(t)
	testenv.Replace(t, e.own.AuthorityFile, after.PEM)

	_, connection, err := e.ask(t, "/health/live", e.own.AuthorityFile)
	require.NoError(t, err)
	require.Equal(t, "after", connection.PeerCertificates[0].Issuer.CommonName)
	e.cutOff(t)
	e.eventually(t, "/health", `"status":"healthy"`)
	e.eventually(t, "/api/search?query=lamp", "MONGODB_DISK")
	e.eventually(t, "/api/search?query=lamp", "REDIS_CACHE")
	code, _, stderr = command(t, e.env, "healthcheck")
	require.Zero(t, code, stderr)
}

// reread has the two servers use their replaced files, as the stack does.
func (e encrypted) reread(t *testing.T) {
	t.Helper()
	e.asAdmin(t, bson.D{{Key: "rotateCertificates", Value: 1}}, "config", "set", "tls-cert-file", e.ofRed.CertificateFile,
		"tls-key-file", e.ofRed.CertificateFile, "tls-ca-cert-file", e.ofRed.AuthorityFile)
}

// cutOff ends the gateway's connections, so that it makes new ones.
func (e encrypted) cutOff(t *testing.T) {
	t.Helper()
	e.asAdmin(t, bson.D{{Key: "dropConnections", Value: 1}, {Key: "hostAndPort", Value: bson.A{}}}, "client", "kill", "type", "normal", "skipme", "yes")
}

func (e encrypted) asAdmin(t *testing.T, order bson.D, command ...any) {
	t.Helper()
	anybody := &tls.Config{InsecureSkipVerify: true}
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + e.mongod.Addr() + "/?directConnection=true").SetTLSConfig(anybody))
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Disconnect(context.Background())) }()
	require.NoError(t, client.Database("admin").RunCommand(t.Context(), order).Err())
	cache := redis.NewClient(&redis.Options{Addr: e.cache.Addr(), Username: redisacl.Admin, Password: testenv.RedisPassword(redisacl.Admin), TLSConfig: anybody})
	defer func() { require.NoError(t, cache.Close()) }()
	require.NoError(t, cache.Do(t.Context(), command...).Err())
}

func TestHealthcheckByTLS(t *testing.T) {
	authority := testenv.NewAuthority(t, "ours")
	e := newEncrypted(t, authority, authority, authority)
	serving(t, e.env)
	without := map[string]string{"LISTEN_ADDR": e.env["LISTEN_ADDR"], "TLS_CERTIFICATE_FILE": e.own.CertificateFile}
	code, _, stderr := command(t, without, "healthcheck")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "TLS_CA_FILE is not set: want the file with the authorities that the gateway is verified with")
	without["TLS_CA_FILE"] = testenv.NewTLS(t, testenv.NewAuthority(t, "another")).AuthorityFile
	code, _, stderr = command(t, without, "healthcheck")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "unknown authority")
}

// What a client sends instead of a handshake, or in the middle of one, is its own matter.
func TestClientsThatSpeakNoTLS(t *testing.T) {
	authority := testenv.NewAuthority(t, "ours")
	e := newEncrypted(t, authority, authority, authority)
	serving(t, e.env)
	var clients sync.WaitGroup
	for n := range 40 {
		clients.Go(func() {
			conn, err := net.Dial("tcp", e.env["LISTEN_ADDR"])
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = conn.Write(bytes.Repeat([]byte{0x16, 3, 1, byte(n)}, n))
			_ = conn.Close()
		})
	}
	clients.Wait()
	code, _, stderr := command(t, e.env, "healthcheck")
	require.Zero(t, code, stderr)
}
