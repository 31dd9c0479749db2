package router

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"speedscale/infra/router/auth"
	"speedscale/internal/testenv"
)

// TestIntegrationKeysAreReplaced: genuine members and a router get another key by
// way of both, one after the other. Each member begins with an empty folder, so it
// logs in to others to copy from them, while they log in to it.
func TestIntegrationKeysAreReplaced(t *testing.T) {
	const old, next = testenv.Key, "YW5vdGhlciBrZXk="
	flags := func(keys ...string) []string {
		return append(testenv.Auth(testenv.Keyfile(t, keys...)), "--configsvr", "--setParameter", "diagnosticDataCollectionEnabled=false")
	}
	members := testenv.ReplicaSet(t, "configReplSet", 3, flags(old)...)
	hosts := addresses(members)
	routers := map[string]*Router{}
	for name, keys := range map[string][]string{"old": {old}, "both": {old, next}, "new": {next}} {
		routers[name], _ = startMember(t, membership(t, false, keys...), hosts)
	}
	written := 0
	for _, step := range []struct {
		keys, routers []string
		client        string // a key that all members take from now on
	}{
		{[]string{old, next}, []string{"old", "both"}, old},
		{[]string{next}, []string{"both", "new"}, next},
	} {
		for i, m := range members {
			name := fmt.Sprintf("member %d gets %d keys", i, len(step.keys))
			m.Stop()
			members[i] = testenv.MongodAt(t, m.Port, append(flags(step.keys...), "--replSet", "configReplSet")...)
			client := connectWith(t, options.Client().ApplyURI("mongodb://"+members[i].Addr()+"/?directConnection=true").SetAuth(testenv.Member(step.client)))
			eventually(t, name, func() error {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				return testenv.Whole(ctx, client.Database("admin"), len(members))
			})
			written++
			require.NoError(t, majorityWrite(t, members[i], step.client, hosts, written), name)
			for _, r := range step.routers {
				if r == "new" && i < len(members)-1 || r == "old" && len(step.keys) == 1 {
					continue
				}
				eventually(t, name+"; router with "+r, func() error { return routers[r].cluster.Refresh(t.Context()) })
			}
		}
	}
	require.ErrorIs(t, routers["old"].cluster.Refresh(t.Context()), auth.ErrRefused)
}

// majorityWrite writes to the set, and demands that all members get it.
func majorityWrite(t *testing.T, _ *testenv.Process, key string, hosts []string, n int) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	client := connectWith(t, options.Client().SetHosts(hosts).SetReplicaSet("configReplSet").SetAuth(testenv.Member(key)))
	all := options.Collection().SetWriteConcern(&writeconcern.WriteConcern{W: len(hosts)})
	_, err := client.Database("admin").Collection("keys", all).InsertOne(ctx, bson.D{{Key: "_id", Value: n}})
	if err == nil {
		var count int64
		count, err = client.Database("admin").Collection("keys").CountDocuments(ctx, bson.D{})
		if err == nil && count != int64(n) {
			err = fmt.Errorf("%d documents, want %d", count, n)
		}
	}
	return err
}
