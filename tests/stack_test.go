package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

const (
	documents    = 2000
	memoryBudget = 2560 << 20 // bytes, all containers together
)

func client(t *testing.T) *mongo.Client {
	t.Helper()
	return connect(t, uri(t, "mongo"))
}

func TestEverythingIsThereAndHealthy(t *testing.T) {
	healthy(t)
	require.Len(t, lines(docker(t, "ps", "-a", "--filter", "label="+label, "--format", "{{.Names}}")), 15)
	require.Len(t, lines(docker(t, "volume", "ls", "--filter", "label="+label, "--format", "{{.Name}}")), 9)
	require.Len(t, lines(docker(t, "network", "ls", "--filter", "label="+label, "--format", "{{.Name}}")), 1)
}

func TestEveryContainerRunsAsItsOwnUser(t *testing.T) { ownUsers(t, stackName) }

func TestEveryContainerIsHardened(t *testing.T) { hardened(t, stackName) }

func TestOnlyThePlannedPortsArePublished(t *testing.T) {
	published := docker(t, "ps", "--filter", "label="+label, "--format", "{{.Ports}}")
	require.NotContains(t, published, "0.0.0.0")
	require.Equal(t, 6, strings.Count(published, "->"), published)
}

func TestTheClusterIsSharded(t *testing.T) {
	c := client(t)
	var list struct {
		Shards []struct {
			ID   string `bson:"_id"`
			Host string `bson:"host"`
		} `bson:"shards"`
	}
	require.NoError(t, c.Database("admin").RunCommand(t.Context(), bson.D{{Key: "listShards", Value: 1}}).Decode(&list))
	require.Len(t, list.Shards, 2)
	for _, shard := range list.Shards {
		require.Len(t, strings.Split(shard.Host, ","), 3, "members of %s: %s", shard.ID, shard.Host)
	}
	var collection struct {
		Key bson.D `bson:"key"`
	}
	require.NoError(t, c.Database("config").Collection("collections").
		FindOne(t.Context(), bson.D{{Key: "_id", Value: "speedscale.products"}}).Decode(&collection))
	require.Equal(t, bson.D{{Key: "_id", Value: "hashed"}}, collection.Key)
}

func TestMembersServe(t *testing.T) {
	report := readStatus(t)
	require.Len(t, report.Sets, 3)
	for _, set := range report.Sets {
		require.Len(t, set.Members, 3, set.Name)
		primaries := 0
		for _, m := range set.Members {
			require.Contains(t, []string{"PRIMARY", "SECONDARY"}, m.State, m.Host)
			if m.State == "PRIMARY" {
				primaries++
			}
		}
		require.Equal(t, 1, primaries, set.Name)
	}
}

func TestProductsAreSpreadOverBothShards(t *testing.T) {
	products := client(t).Database("speedscale").Collection("products")
	eventually(t, time.Minute, "the gateway has seeded", func() error {
		n, err := products.CountDocuments(t.Context(), bson.D{})
		if err == nil && n != documents {
			err = fmt.Errorf("%d documents", n)
		}
		return err
	})
	shards := readStatus(t).Shards.Shards
	require.Len(t, shards, 2)
	for _, shard := range shards {
		require.Positive(t, shard.Chunks, shard.Name)
		require.InDelta(t, documents/2, shard.Documents, documents/10, "%s holds between 40 and 60 %%", shard.Name)
	}
}

func TestASecondUpChangesNothing(t *testing.T) {
	out, err := speedscale("up")
	require.NoError(t, err, out)
	require.Contains(t, out, "unchanged")
	for _, word := range []string{"created", "updated", "replaced", "deleted"} {
		require.NotContains(t, out, word, out)
	}
	out, err = speedscale("preview", "--exit-code")
	require.NoError(t, err, out)
}

func TestRefreshFindsNoDrift(t *testing.T) {
	out, err := speedscale("preview", "--refresh", "--exit-code")
	require.NoError(t, err, out)
}

func lines(text string) []string {
	return slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return line == "" })
}
