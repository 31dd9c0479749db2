package main

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/infra/images"
	"speedscale/internal/testengine"
	"speedscale/internal/testenv"
)

// TestIntegrationTheExampleIsDeployed puts the example up, uses its cluster, and
// takes it down: nothing remains, and a second update has nothing to do.
func TestIntegrationTheExampleIsDeployed(t *testing.T) {
	testenv.NeedsDocker(t)
	s := testengine.Stack(t, testengine.Options{Root: "../..", Project: "orders", Plugin: testengine.Plugin(t, testengine.OwnPlugin), Program: program})
	for name, ref := range built(t, "../..") {
		require.NoError(t, s.SetConfig(t.Context(), "orders:"+name, auto.ConfigValue{Value: ref}))
	}
	t.Cleanup(func() {
		_, err := s.Destroy(context.Background()) // the test's own context has ended
		require.NoError(t, err)
		require.Empty(t, run(t, "docker", "ps", "-aq", "--filter", "label=speedscale.stack=orders/dev"))
		require.Empty(t, run(t, "docker", "volume", "ls", "-q", "--filter", "label=speedscale.stack=orders/dev"))
	})
	up, err := s.Up(t.Context())
	require.NoError(t, err)

	client, err := mongo.Connect(options.Client().ApplyURI(up.Outputs["mongodb"].Value.(string)))
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Disconnect(t.Context())) }()
	orders := client.Database("shop").Collection("orders")
	_, err = orders.InsertMany(t.Context(), []bson.M{{"customer": "ada"}, {"customer": "bo"}})
	require.NoError(t, err)
	n, err := orders.CountDocuments(t.Context(), bson.M{"customer": "ada"})
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	var known struct{ Key bson.M }
	require.NoError(t, client.Database("config").Collection("collections").FindOne(t.Context(), bson.M{"_id": "shop.orders"}).Decode(&known))
	require.Equal(t, bson.M{"customer": "hashed"}, known.Key)

	again, err := s.Up(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int{"same": (*up.Summary.ResourceChanges)["create"]}, *again.Summary.ResourceChanges)
}

// built are mongod's and mongos' images, as the project builds them where no
// registry can be reached. Their tags are the test's own: other stacks on this
// machine would take an image that was built again for a new one.
func built(t *testing.T, root string) map[string]string {
	t.Helper()
	prepared, err := images.Prepare(t.Context(), images.Options{Root: run(t, "realpath", root), Source: images.Packages})
	require.NoError(t, err)
	refs := map[string]string{}
	for name, image := range map[string]images.Image{"mongod": prepared[images.Mongo], "mongos": prepared[images.Mongos]} {
		refs[name] = "speedscale-examples/" + name + ":" + image.Build.Hash[:12]
		run(t, "docker", "build", "-q", "-t", refs[name], image.Build.Dir)
	}
	return refs
}

func run(t *testing.T, command ...string) string {
	t.Helper()
	out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return strings.TrimSpace(string(out))
}
