package router

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/infra/router/auth"
	"speedscale/internal/testenv"
)

const password = "a secret of tests"

// startSecured is startCluster with a keyfile, and the user root@admin, as whom
// g.client is logged in.
func startSecured(t testing.TB, configs, shards, members int) *genuine {
	t.Helper()
	keyfile := testenv.Keyfile(t)
	g := startMongods(t, configs, shards, members, testenv.Auth(keyfile)...)
	member, err := auth.ReadKeyfile(keyfile)
	require.NoError(t, err)
	g.router, g.address = startMember(t, member, addresses(g.config))
	run(t, g.asMember(t), "admin", user("root", "root"))
	g.client = g.as(t, "root", "admin")
	g.addShards(t)
	return g
}

// asMember is a client of the config servers that may do everything.
func (g *genuine) asMember(t testing.TB) *mongo.Client {
	t.Helper()
	return loginAs(t, "mongodb://"+g.config[0].Addr()+"/?replicaSet=configReplSet", testenv.Member(testenv.Key))
}

// as is a client that is logged in through the router.
func (g *genuine) as(t testing.TB, name, db string) *mongo.Client {
	t.Helper()
	return loginAs(t, "mongodb://"+g.address, credential(name, db, password))
}

func credential(name, db, pwd string) options.Credential {
	return options.Credential{Username: name, AuthSource: db, Password: pwd}
}

func loginAs(t testing.TB, uri string, who options.Credential) *mongo.Client {
	t.Helper()
	return connectWith(t, options.Client().ApplyURI(uri).SetAuth(who))
}

// user is the command that makes one, with roles of its own database.
func user(name string, roles ...any) bson.D {
	return bson.D{{Key: "createUser", Value: name}, {Key: "pwd", Value: password}, {Key: "roles", Value: append(bson.A{}, roles...)}}
}

func role(name, db string) bson.D { return bson.D{{Key: "role", Value: name}, {Key: "db", Value: db}} }

func ask(client *mongo.Client, db string, cmd bson.D) error {
	return client.Database(db).RunCommand(context.Background(), cmd).Err()
}

// TestIntegrationLogins runs all that one small cluster with logins can show.
func TestIntegrationLogins(t *testing.T) {
	g := startSecured(t, 1, 2, 1)
	parts := []struct {
		name string
		test func(*testing.T, *genuine)
	}{
		{"logging in", testLoggingIn},
		{"conversations", testConversations},
		{"odd conversations", testOddConversations},
		{"odd accounts", testOddAccounts},
		{"secrets", testSecretsStaySecret},
		{"revoking", testRevoking},
		{"cursors", testCursorsHaveOwners},
		{"status", testStatus},
		{"logins on one connection", testLoginsOnOneConnection},
		{"smuggling", testSmuggling},
		{"roles of the cluster", testRolesOfTheCluster},
	}
	for _, part := range parts {
		t.Run(part.name, func(t *testing.T) { part.test(t, g) })
	}
}

func testLoggingIn(t *testing.T, g *genuine) {
	ctx := context.Background()
	run(t, g.client, "shop", user("jane, = and =2C", "readWrite"))
	jane := g.as(t, "jane, = and =2C", "shop")
	coll := jane.Database("shop").Collection("c")
	fill(t, coll, 20)
	n, err := coll.CountDocuments(ctx, bson.D{})
	require.NoError(t, err)
	require.EqualValues(t, 20, n)
	refused(t, jane, "other", bson.D{{Key: "find", Value: "c"}}, codeUnauthorized)

	wrong := loginAs(t, "mongodb://"+g.address, credential("root", "admin", "wrong"))
	require.ErrorContains(t, wrong.Ping(ctx, nil), "AuthenticationFailed")
	unknown := loginAs(t, "mongodb://"+g.address, credential("nobody", "admin", "wrong"))
	require.ErrorContains(t, unknown.Ping(ctx, nil), "AuthenticationFailed")
	stranger := connect(t, "mongodb://"+g.address)
	require.NoError(t, stranger.Ping(ctx, nil))
	require.Equal(t, "command find requires authentication", refused(t, stranger, "shop", bson.D{{Key: "find", Value: "c"}}, codeUnauthorized))
	administrator := loginAs(t, "mongodb://"+g.address, testenv.Member(testenv.Key))
	run(t, administrator, "admin", bson.D{{Key: "listShards", Value: 1}})
	refused(t, administrator, "shop", bson.D{{Key: "aggregate", Value: "c"}, {Key: "pipeline", Value: bson.A{bson.D{{Key: "$changeStream", Value: bson.D{}}}}}, {Key: "cursor", Value: bson.D{}}}, codeNotSupported)
	wrongKey := loginAs(t, "mongodb://"+g.address, testenv.Member("another"+testenv.Key))
	require.ErrorContains(t, wrongKey.Ping(ctx, nil), "AuthenticationFailed")

	for _, mechanism := range []string{"SCRAM-SHA-1", "SCRAM-SHA-256"} {
		who := credential("root", "admin", password)
		who.AuthMechanism = mechanism
		require.NoError(t, loginAs(t, "mongodb://"+g.address, who).Ping(ctx, nil))
	}
	var all sync.WaitGroup
	pool, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + g.address).SetAuth(credential("root", "admin", password)).SetMinPoolSize(50))
	require.NoError(t, err)
	defer func() { _ = pool.Disconnect(ctx) }()
	for range 50 {
		all.Go(func() {
			for range 5 {
				if _, err := pool.Database("shop").Collection("c").CountDocuments(ctx, bson.D{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	eventually(t, "no login is under way", func() error {
		if n := g.router.logins.relays.count(); n != 0 {
			return fmt.Errorf("%d are", n)
		}
		return nil
	})
}
