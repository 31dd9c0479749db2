package sdk_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"speedscale/infra/provider"
	"speedscale/infra/sdk"
)

// registered keeps what the program registers, by token.
type registered struct {
	mu  sync.Mutex
	all map[string]pulumi.MockResourceArgs
}

func (r *registered) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if strings.HasPrefix(args.TypeToken, sdk.Package+":") {
		r.all[args.TypeToken] = args
	}
	return args.Name, args.Inputs, nil
}

func (*registered) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.PropertyMap{}, nil
}

// everything uses every argument there is.
func everything(ctx *pulumi.Context) error {
	priority, votes := 0.0, 0
	endpoint := sdk.Endpoint{Host: "shard1-node1:27017", Container: "cluster-shard1-node1"}
	container := sdk.ContainerArgs{
		Container: endpoint.Container, ContainerID: pulumi.String("f00"), Network: "net", Aliases: []string{"shard1-node1"},
		Origins: map[string]string{"memory": "x"}, TimeoutSeconds: 1,
	}
	router := sdk.Endpoint{Host: "mongos:27017", Container: "cluster-mongos"}
	if _, err := sdk.NewNode(ctx, "node", &sdk.NodeArgs{
		ContainerArgs: container, Host: endpoint.Host, ReplicaSet: "s1",
	}); err != nil {
		return err
	}
	if _, err := sdk.NewService(ctx, "service", &sdk.ServiceArgs{ContainerArgs: container}); err != nil {
		return err
	}
	if _, err := sdk.NewReplicaSet(ctx, "set", &sdk.ReplicaSetArgs{
		Name: "s1", ConfigServer: true, TimeoutSeconds: 1,
		Members: []sdk.Member{
			{Endpoint: sdk.Endpoint{Host: "shard1-node2:27017", Container: "cluster-shard1-node2"}},
			{Endpoint: endpoint, Priority: &priority, Votes: &votes, Hidden: true},
		},
		Settings: sdk.Settings{ElectionTimeoutMillis: 5000, HeartbeatIntervalMillis: 500, CatchUpTimeoutMillis: 500},
	}); err != nil {
		return err
	}
	if _, err := sdk.NewShard(ctx, "shard", &sdk.ShardArgs{
		Name: "s1", Members: []sdk.Endpoint{endpoint}, Router: router, TimeoutSeconds: 1,
	}); err != nil {
		return err
	}
	if _, err := sdk.NewJob(ctx, "indexes", &sdk.JobArgs{
		Container: "cluster-init", ContainerID: pulumi.String("f00"), Router: router, Database: "speedscale", Collection: "products",
		Indexes: []string{"name_1"}, Undone: []string{"name_1"}, TimeoutSeconds: 1,
	}); err != nil {
		return err
	}
	_, err := sdk.NewShardedCollection(ctx, "products", &sdk.ShardedCollectionArgs{
		Router: router, Database: "speedscale", Collection: "products", Key: []sdk.KeyField{{Field: "sku", Type: "1"}},
		Zones: []sdk.Zone{{
			Name: "cold", Shards: []string{"s1"}, Ranges: []sdk.Range{{Min: `{"sku": {"$minKey": 1}}`, Max: `{"sku": 5}`}},
		}},
		Shards: []string{"s1"}, Unique: true, NumInitialChunks: 4, BalancerOff: true, TimeoutSeconds: 1,
	})
	return err
}

// outputs are the resources' Go types, by token.
var outputs = map[string]any{
	"speedscale:index:Node": sdk.Node{}, "speedscale:index:ReplicaSet": sdk.ReplicaSet{},
	"speedscale:index:Shard": sdk.Shard{}, "speedscale:index:ShardedCollection": sdk.ShardedCollection{},
	"speedscale:index:Job": sdk.Job{}, "speedscale:index:Service": sdk.Service{},
}

// spec is the part of a Pulumi schema that names properties.
type spec struct {
	Resources map[string]struct {
		InputProperties map[string]property
		Properties      map[string]property
	}
	Types map[string]struct{ Properties map[string]property }
}

type property struct {
	Ref   string `json:"$ref"`
	Items *property
}

func TestSDKIsTheProvidersSchema(t *testing.T) {
	t.Parallel()
	seen := &registered{all: map[string]pulumi.MockResourceArgs{}}
	require.NoError(t, pulumi.RunErr(everything, pulumi.WithMocks("speedscale", "dev", seen)))
	server, schema := providerServer(t)
	require.Equal(t, slices.Sorted(maps.Keys(schema.Resources)), slices.Sorted(maps.Keys(seen.all)))
	for token, res := range schema.Resources {
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			args := seen.all[token]
			requireSameNames(t, schema, res.InputProperties, args.Inputs)
			require.Equal(t, sdk.Version, args.RegisterRPC.GetVersion())

			checked, err := server.Check(p.CheckRequest{
				Urn:    resource.NewURN("dev", "speedscale", "", tokens.Type(token), args.Name),
				Inputs: resource.FromResourcePropertyValue(resource.NewProperty(args.Inputs)).AsMap(),
			})
			require.NoError(t, err)
			require.Empty(t, checked.Failures)

			kind := reflect.TypeOf(outputs[token])
			for i := range kind.NumField() {
				if name := kind.Field(i).Tag.Get("pulumi"); name != "" {
					require.Contains(t, res.Properties, name)
				}
			}
		})
	}
}

func providerServer(t *testing.T) (integration.Server, spec) {
	require.Equal(t, provider.Name, sdk.Package)
	require.Equal(t, provider.Version, sdk.Version)
	plugin, err := provider.New(nil) // neither schema nor Check connects
	require.NoError(t, err)
	server, err := integration.NewServer(t.Context(), provider.Name, semver.MustParse(provider.Version), integration.WithProvider(plugin))
	require.NoError(t, err)
	text, err := server.GetSchema(p.GetSchemaRequest{})
	require.NoError(t, err)
	var schema spec
	require.NoError(t, json.Unmarshal([]byte(text.Schema), &schema))
	return server, schema
}

// requireSameNames compares the property names at every depth; of a list, all
// elements together have them all.
func requireSameNames(t *testing.T, schema spec, want map[string]property, got resource.PropertyMap) {
	names := map[string]bool{}
	for name := range got {
		names[string(name)] = true
	}
	require.Equal(t, slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(names)))
	for name, w := range want {
		value := got[resource.PropertyKey(name)]
		ref := w.Ref
		if w.Items != nil && w.Items.Ref != "" {
			ref = w.Items.Ref
			merged := resource.PropertyMap{}
			for _, element := range value.ArrayValue() {
				maps.Copy(merged, element.ObjectValue())
			}
			value = resource.NewProperty(merged)
		}
		if ref != "" {
			requireSameNames(t, schema, schema.Types[strings.TrimPrefix(ref, "#/types/")].Properties, value.ObjectValue())
		}
	}
}
