package router

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/sync/errgroup"

	"speedscale/infra/router/auth"
	"speedscale/internal/testenv"
)

func membership(t testing.TB, optional bool, keys ...string) *auth.Membership {
	t.Helper()
	m, err := auth.ReadKeyfile(testenv.Keyfile(t, keys...))
	require.NoError(t, err)
	m.Optional = optional
	return m
}

// TestIntegrationTransitionToAuth: with members that know no keyfile yet, and with
// such that take logins and do not ask for them.
func TestIntegrationTransitionToAuth(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string][]string{
		"no keyfile yet":       nil,
		"--transitionToAuth":   append(testenv.Auth(testenv.Keyfile(t)), "--transitionToAuth"),
		"another keyfile":      testenv.Auth(testenv.Keyfile(t, "YW5vdGhlciBrZXk=", testenv.Key))[:2],
		"all of them, already": testenv.Auth(testenv.Keyfile(t)),
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			g := startMongods(t, 1, 1, 1, flags...)
			g.router, g.address = startMember(t, membership(t, true), addresses(g.config))
			g.client = connect(t, "mongodb://"+g.address)
			g.addShards(t)
			fill(t, g.client.Database("shop").Collection("c"), 20)
			cursor, err := g.client.Database("shop").Collection("c").Aggregate(ctx, bson.A{})
			require.NoError(t, err)
			require.NoError(t, cursor.Close(ctx))
			g.admin(t, bson.D{{Key: "listShards", Value: 1}})

			run(t, g.client, "admin", user("jane", role("read", "shop")))
			jane := g.as(t, "jane", "admin")
			run(t, jane, "shop", bson.D{{Key: "find", Value: "c"}})
			refused(t, jane, "shop", bson.D{{Key: "insert", Value: "c"}, {Key: "documents", Value: bson.A{bson.D{}}}}, codeUnauthorized)
			refused(t, jane, "admin", bson.D{{Key: "listShards", Value: 1}}, codeUnauthorized)
			require.ErrorContains(t, loginAs(t, "mongodb://"+g.address, credential("jane", "admin", "wrong")).Ping(ctx, nil), "AuthenticationFailed")
			require.NoError(t, g.client.Ping(ctx, nil))
		})
	}
}

// TestIntegrationKeys: a router tries its keys in turn, and says so when none is
// taken.
func TestIntegrationKeys(t *testing.T) {
	t.Parallel()
	const other = "YW5vdGhlciBrZXk="
	config := testenv.ReplicaSet(t, "configReplSet", 1, append(testenv.Auth(testenv.Keyfile(t)), "--configsvr")...)
	for _, keys := range [][]string{{testenv.Key}, {testenv.Key, other}, {other, testenv.Key}} {
		r, _ := startMember(t, membership(t, false, keys...), addresses(config))
		eventually(t, "the list of shards is read", func() error { return r.cluster.Refresh(context.Background()) })
	}
	r, address := startMember(t, membership(t, false, other), addresses(config))
	eventually(t, "a primary is seen", r.cluster.Ready)
	ctx, cancel := context.WithTimeout(context.Background(), r.limits.Transfer)
	defer cancel()
	err := r.cluster.Refresh(ctx)
	require.ErrorIs(t, err, auth.ErrRefused)
	require.ErrorContains(t, err, "log in with the keyfile")
	require.NotContains(t, err.Error(), other)
	require.NoError(t, connect(t, "mongodb://"+address).Ping(context.Background(), nil), "the router itself lives")
}

// TestIntegrationLoginsOutliveAPrimary: logins and privileges go on with the next
// primary of the config servers.
func TestIntegrationLoginsOutliveAPrimary(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	g := startSecured(t, 3, 1, 1)
	fill(t, g.client.Database("shop").Collection("c"), 20)
	before, err := g.router.cluster.Config.Primary()
	require.NoError(t, err)
	_ = ask(g.asMember(t), "admin", bson.D{{Key: "replSetStepDown", Value: 30}, {Key: "force", Value: true}})
	eventually(t, "another primary", func() error {
		now, err := g.router.cluster.Config.Primary()
		if err != nil || now == before {
			return fmt.Errorf("it is still the old one: %w", err)
		}
		return nil
	})
	run(t, g.client, "shop", bson.D{{Key: "find", Value: "c"}})
	eventually(t, "a login", func() error { return g.as(t, "root", "admin").Ping(ctx, nil) })
	run(t, g.client, "admin", user("jane", role("read", "shop")))
	jane := g.as(t, "jane", "admin")
	var all errgroup.Group
	for range 50 { // connections at once
		all.Go(func() error { return ask(jane, "shop", bson.D{{Key: "find", Value: "c"}}) })
	}
	require.NoError(t, all.Wait())
	g.router.logins.users.forget()
	run(t, g.client, "shop", bson.D{{Key: "find", Value: "c"}})

	for _, p := range g.config {
		p.Stop()
	}
	run(t, g.client, "shop", bson.D{{Key: "find", Value: "c"}})
	g.router.logins.users.forget()
	require.Contains(t, refused(t, g.client, "shop", bson.D{{Key: "find", Value: "c"}}, codeHostUnreachable), "root@admin")
}
