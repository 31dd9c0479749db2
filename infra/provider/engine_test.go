package provider_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"speedscale/infra/sdk"
	"speedscale/internal/testengine"
	"speedscale/internal/testenv"
)

// declaration is a program that can be edited between two runs.
type declaration struct {
	shards     []string
	collection bool
}

func (d *declaration) program(ctx *pulumi.Context) error {
	router := sdk.Endpoint{Host: "mongos:27017", Container: "cluster-mongos"}
	var shards []pulumi.Resource
	for _, name := range d.shards {
		shard, err := sdk.NewShard(ctx, name, &sdk.ShardArgs{
			Name: name, Members: []sdk.Endpoint{{Host: name + "-a:27017", Container: name}}, Router: router,
		})
		if err != nil {
			return err
		}
		shards = append(shards, shard)
	}
	if !d.collection {
		return nil
	}
	_, err := sdk.NewShardedCollection(ctx, "products", &sdk.ShardedCollectionArgs{
		Router: router, Database: "speedscale", Collection: "products", Key: []sdk.KeyField{{Field: "_id", Type: "hashed"}},
	}, pulumi.DependsOn(shards))
	return err
}

// TestIntegrationEngineDrainsOrDestroys runs the provider under Pulumi's own engine. The
// provider distinguishes a shard that is removed from the program from one in a stack
// that is destroyed by the calls of the engine, so no mock will do.
func TestIntegrationEngineDrainsOrDestroys(t *testing.T) {
	t.Parallel()
	testenv.NeedsEngine(t)
	both := declaration{shards: []string{"s1", "s2"}, collection: true}
	drained := "delete s2: removeShard s2, removed s2"
	tests := map[string]struct {
		then func(t *testing.T, d *declaration, stack auto.Stack)
		want []string
	}{
		"a shard leaves the program": {func(t *testing.T, d *declaration, stack auto.Stack) {
			d.shards = d.shards[:1]
			up(t, stack)
		}, []string{drained}},
		"a shard and the collection leave it at once": {func(t *testing.T, d *declaration, stack auto.Stack) {
			*d = declaration{shards: d.shards[:1]}
			up(t, stack)
		}, []string{"delete products: ", drained}},
		"destroy":                {func(t *testing.T, _ *declaration, stack auto.Stack) { destroy(t, stack) }, []string{"delete products: ", "delete s1: ", "delete s2: "}},
		"destroy with a refresh": {func(t *testing.T, _ *declaration, stack auto.Stack) { destroy(t, stack, optdestroy.Refresh()) }, []string{"delete products: ", "delete s1: ", "delete s2: "}},
	}
	plugin := testengine.Plugin(t, "speedscale/infra/provider/testdata/fakeplugin")
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := both
			journal := filepath.Join(t.TempDir(), "journal")
			stack := testengine.Stack(t, testengine.Options{
				Root: "../..", Project: "drain", Program: d.program, Plugin: plugin,
				Env: map[string]string{"FAKE_JOURNAL": journal, "PULUMI_HOME": t.TempDir()},
			})
			up(t, stack)
			tt.then(t, &d, stack)
			text, err := os.ReadFile(journal)
			require.NoError(t, err)
			lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
			slices.Sort(lines)
			require.Equal(t, tt.want, lines)
		})
	}
}

func up(t *testing.T, stack auto.Stack) {
	t.Helper()
	_, err := stack.Up(t.Context())
	require.NoError(t, err)
}

func destroy(t *testing.T, stack auto.Stack, opts ...optdestroy.Option) {
	t.Helper()
	_, err := stack.Destroy(t.Context(), opts...)
	require.NoError(t, err)
}
