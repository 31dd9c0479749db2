package router

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"speedscale/infra/router/secure"
	"speedscale/infra/router/secure/securetest"
	"speedscale/internal/testenv"
)

// withTLS are a mongod's flags.
func withTLS(mode secure.Mode, f secure.Files) []string {
	return []string{"--tlsMode", string(mode), "--tlsCertificateKeyFile", f.Certificate, "--tlsCAFile", f.Authority}
}

// startEncrypted is startSecured with TLS of the mode everywhere, with one folder of
// files for all, of which client is the client's side.
func startEncrypted(t testing.TB, mode secure.Mode, f secure.Files, client *tls.Config, shards int) *genuine {
	t.Helper()
	g := startMongods(t, 1, shards, 1, append(testenv.Auth(testenv.Keyfile(t)), withTLS(mode, f)...)...)
	g.router, g.address, _ = startAs(t, opened(t, mode, f, false), membership(t, false), "configReplSet", addresses(g.config), DefaultLimits)
	direct := over(t, "mongodb://"+g.config[0].Addr()+"/?replicaSet=configReplSet", client, testenv.Member(testenv.Key))
	run(t, direct, "admin", user("root", "root"))
	g.client = over(t, "mongodb://"+g.address, client, credential("root", "admin", password))
	g.addShards(t)
	return g
}

func over(t testing.TB, uri string, config *tls.Config, who options.Credential) *mongo.Client {
	t.Helper()
	opts := options.Client().ApplyURI(uri).SetAuth(who)
	if config != nil {
		opts.SetTLSConfig(config)
	}
	return connectWith(t, opts)
}

// TestIntegrationTLS: a cluster in each mode, and who can log in to it.
func TestIntegrationTLS(t *testing.T) {
	t.Parallel()
	for _, mode := range []secure.Mode{secure.Allow, secure.Prefer, secure.Require} {
		t.Run(string(mode), func(t *testing.T) {
			ctx := context.Background()
			a := securetest.New(t)
			f := securetest.Write(t, a.Leaf(t), a)
			encrypted := securetest.Client(t, a.Leaf(t), a)
			g := startEncrypted(t, mode, f, encrypted, 2)
			coll := g.shardOn(t, "shop", "c")
			fill(t, coll, 500)
			n, err := coll.CountDocuments(ctx, bson.D{})
			require.NoError(t, err)
			require.EqualValues(t, 500, n)
			large := bson.D{{Key: "_id", Value: "large"}, {Key: "x", Value: strings.Repeat("x", 10<<20)}}
			_, err = coll.InsertOne(ctx, large)
			require.NoError(t, err)
			var found bson.D
			require.NoError(t, coll.FindOne(ctx, large[:1]).Decode(&found))
			require.Equal(t, large, found)
			require.Equal(t, string(mode), g.admin(t, bson.D{{Key: "getParameter", Value: 1}, {Key: "tlsMode", Value: 1}})["tlsMode"])

			if mode == secure.Require {
				raw := dial(t, g.address)
				raw.send(t, question)
				raw.closed(t)
			} else {
				plain := over(t, "mongodb://"+g.address, nil, credential("root", "admin", password))
				require.NoError(t, ask(plain, "shop", bson.D{{Key: "find", Value: "c"}}))
			}
			primary, err := g.router.cluster.ConfigPrimary()
			require.NoError(t, err)
			require.Equal(t, mode != secure.Allow, usesTLS(t, g, primary.Address(), mode, encrypted))
		})
	}
}

// usesTLS says whether the router's connections to a member are encrypted, by the
// member's own count of them. Whoever asks for it is not counted, if that can be.
func usesTLS(t *testing.T, g *genuine, address string, mode secure.Mode, config *tls.Config) bool {
	t.Helper()
	asking := config
	if mode != secure.Require {
		asking = nil
	}
	member := over(t, "mongodb://"+address+"/?directConnection=true", asking, testenv.Member(testenv.Key))
	before := encrypted(t, member)
	relayed := rawLogin(t, g, config)
	require.NoError(t, relayed.Close())
	return encrypted(t, member) > before
}

// encrypted is how many connections with TLS a member has had.
func encrypted(t *testing.T, member *mongo.Client) (sum int64) {
	t.Helper()
	status := run(t, member, "admin", bson.D{{Key: "serverStatus", Value: 1}})
	for _, version := range status["transportSecurity"].(bson.D) {
		n, _ := version.Value.(int64)
		sum += n
	}
	return sum
}

// rawLogin begins a login, and so has the router open a connection of its own to a
// config server.
func rawLogin(t *testing.T, g *genuine, config *tls.Config) rawClient {
	t.Helper()
	c := dial(t, g.address).over(config)
	c.ask(t, message(bson.D{{Key: "hello", Value: 1}, {Key: "saslSupportedMechs", Value: "admin.root"}}))
	return c
}

// TestIntegrationRotation: certificates and their authority are replaced under
// traffic, everywhere, and no client notices.
func TestIntegrationRotation(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	older, newer := securetest.New(t), securetest.New(t)
	first, second := older.Leaf(t), newer.Leaf(t)
	f := securetest.Write(t, first, older)
	both := securetest.Client(t, nil, older, newer)
	var shown atomic.Pointer[tls.Certificate]
	show := func(leaf []byte) {
		own, err := tls.X509KeyPair(leaf, leaf)
		require.NoError(t, err)
		shown.Store(&own)
	}
	both.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return shown.Load(), nil }
	show(older.Leaf(t))
	g := startEncrypted(t, secure.Require, f, both, 1)
	coll := g.client.Database("shop").Collection("c")
	fill(t, coll, 100)

	old := dial(t, g.address).over(both)
	old.ask(t, question)
	traffic, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	var wrote int
	go func() {
		for ; traffic.Err() == nil; wrote++ {
			if _, err := coll.InsertOne(ctx, bson.D{}); err != nil {
				ended <- fmt.Errorf("insert %d: %w", wrote, err)
				return
			}
		}
		ended <- nil
	}()

	members := append(addresses(g.config), addresses(g.shards["shard1"])...)
	rotate := bson.D{{Key: "rotateCertificates", Value: 1}, {Key: "message", Value: "a test's"}}
	admins := map[string]*mongo.Client{}
	for _, address := range members {
		admins[address] = over(t, "mongodb://"+address+"/?directConnection=true", both, testenv.Member(testenv.Key))
		run(t, admins[address], "admin", bson.D{{Key: "ping", Value: 1}})
	}
	replace := func(leaf []byte, authorities ...*securetest.Authority) {
		securetest.Replace(t, f, leaf, authorities...)
		for _, address := range members {
			run(t, admins[address], "admin", rotate)
		}
		run(t, g.client, "admin", rotate)
		require.NoError(t, ask(over(t, "mongodb://"+g.address, both, credential("root", "admin", password)), "shop", bson.D{{Key: "find", Value: "c"}}), "a new client logs in, by a new connection to a config server")
		old.ask(t, question)
	}
	served := func(config *tls.Config) bool {
		_, err := dial(t, g.address).over(config).exchange(question)
		return err == nil
	}
	ofOlder, ofNewer := securetest.Client(t, older.Leaf(t), older, newer), securetest.Client(t, newer.Leaf(t), older, newer)
	trustsNewer := func(leaf []byte) *tls.Config { return securetest.Client(t, leaf, newer) }

	require.False(t, served(ofNewer))
	require.NoError(t, os.WriteFile(f.Certificate, []byte("garbage"), 0o600))
	require.Contains(t, refused(t, g.client, "admin", rotate, codeInvalidSSL), f.Certificate)
	require.True(t, served(ofOlder), "with what was read before")

	replace(first, older, newer)
	require.True(t, served(ofOlder))
	require.True(t, served(ofNewer))
	require.False(t, served(trustsNewer(older.Leaf(t))), "the router's own is still the first")

	replace(second, older, newer)
	require.True(t, served(trustsNewer(older.Leaf(t))), "the router shows the second")
	require.True(t, served(ofNewer))

	show(second)
	replace(second, newer)
	require.False(t, served(ofOlder))
	require.True(t, served(trustsNewer(second)))

	shard := admins[g.shards["shard1"][0].Addr()]
	before := encrypted(t, shard)
	var all errgroup.Group
	for range 50 {
		all.Go(func() error { _, err := coll.InsertOne(ctx, bson.D{}); return err })
	}
	require.NoError(t, all.Wait())
	require.Greater(t, encrypted(t, shard), before, "the router has more connections to the shard, and they are trusted")

	stop()
	require.NoError(t, <-ended)
	n, err := coll.CountDocuments(ctx, bson.D{})
	require.NoError(t, err)
	require.EqualValues(t, 150+wrote, n)
	t.Logf("%d documents were written meanwhile", wrote)
}

func TestRotationAlone(t *testing.T) {
	a := securetest.New(t)
	f := securetest.Write(t, a.Leaf(t), a)
	for _, s := range []*secure.TLS{nil, opened(t, secure.Allow, f, true)} {
		_, address := lonelyWith(t, s, DefaultLimits)
		c := dial(t, address)
		require.EqualValues(t, 1, c.ask(t, message(bson.D{{Key: "rotateCertificates", Value: 1}})).Body.Lookup("ok").Double(), "without TLS too")
		require.EqualValues(t, codeTypeMismatch, c.ask(t, message(bson.D{{Key: "rotateCertificates", Value: 1}, {Key: "message", Value: 1}})).Body.Lookup("code").AsInt64())
		modes := c.ask(t, message(bson.D{{Key: "getParameter", Value: 1}, {Key: "tlsMode", Value: 1}, {Key: "sslMode", Value: 1}})).Body
		require.Equal(t, string(s.Mode()), modes.Lookup("tlsMode").StringValue())
		require.Equal(t, strings.Replace(string(s.Mode()), "TLS", "SSL", 1), modes.Lookup("sslMode").StringValue())
	}
}
