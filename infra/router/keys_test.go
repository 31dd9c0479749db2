package router

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"speedscale/infra/router/auth"
	"speedscale/internal/testenv"
)

// TestIntegrationKeysAreReplaced: genuine members get another key by way of both, one
// after the other, and routers with the old keyfile, both keys and the new one follow.
// Each member begins with an empty folder: it logs in to others to copy from them,
// and they log in to it.
func TestIntegrationKeysAreReplaced(t *testing.T) {
	const old, next = testenv.Key, "YW5vdGhlciBrZXk="
	flags := func(keys ...string) []string {
		return append(testenv.Auth(testenv.Keyfile(t, keys...)), "--configsvr", "--setParameter", "diagnosticDataCollectionEnabled=false")
	}
	members := testenv.ReplicaSet(t, "configReplSet", 3, flags(old)...)
	hosts := addresses(members)
	router := func(keys ...string) *Router {
		r, _ := startMember(t, membership(t, false, keys...), hosts)
		return r
	}
	first, both := router(old), router(old, next)
	written := 0
	for _, step := range []struct {
		keys    []string
		shared  string // a key that all members take meanwhile
		routers []*Router
	}{
		{[]string{old, next}, old, []*Router{first, both}},
		{[]string{next}, next, []*Router{both}},
	} {
		for i, m := range members {
			now := fmt.Sprintf("member %d has got %d keys", i, len(step.keys))
			m.Stop()
			members[i] = testenv.MongodAt(t, m.Port, append(flags(step.keys...), "--replSet", "configReplSet")...)
			admin := loginAs(t, "mongodb://"+members[i].Addr()+"/?directConnection=true", testenv.Member(step.shared)).Database("admin")
			eventually(t, now, func() error { return testenv.Whole(t.Context(), admin, len(members)) })
			written++
			writtenToAll(t, hosts, step.shared, written)
			for _, r := range step.routers {
				eventually(t, now+": a router", func() error { return r.cluster.Refresh(t.Context()) })
			}
		}
	}
	last := router(next)
	eventually(t, "a router with the new key", func() error { return last.cluster.Refresh(t.Context()) })
	require.ErrorIs(t, first.cluster.Refresh(t.Context()), auth.ErrRefused)
}

// writtenToAll writes the n-th document, and demands that all members get it.
func writtenToAll(t *testing.T, hosts []string, key string, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	all := options.Collection().SetWriteConcern(&writeconcern.WriteConcern{W: len(hosts)})
	written := loginAs(t, "mongodb://"+strings.Join(hosts, ",")+"/?replicaSet=configReplSet", testenv.Member(key)).Database("admin").Collection("keys", all)
	_, err := written.InsertOne(ctx, bson.D{{Key: "_id", Value: n}})
	require.NoError(t, err)
	count, err := written.CountDocuments(ctx, bson.D{})
	require.NoError(t, err)
	require.EqualValues(t, n, count)
}
