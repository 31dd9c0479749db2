package sdk_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

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

// kind is one of the provider's resources as the sdk has it.
type kind struct {
	register func(ctx *pulumi.Context, args any) error
	outputs  any
	whole    any // uses every argument there is
	least    any // no optional one
}

var (
	endpoint = sdk.Endpoint{Host: "shard1-node1:27017", Container: "cluster-shard1-node1"}
	router   = sdk.Endpoint{Host: "mongos:27017", Container: "cluster-mongos"}
	waiting  = sdk.ContainerArgs{
		Container: "cluster-redis-cache", ContainerID: pulumi.String("f00"), Network: "net", Aliases: []string{"redis"}, Processes: 9,
		Origins: map[string]string{"memory": "x"}, TimeoutSeconds: 1,
	}
	waitingOnly    = sdk.ContainerArgs{Container: "cluster-redis-cache", ContainerID: pulumi.String("f00")}
	nothing, noOne = 0.0, 0
)

// kinds are all of them, by token.
var kinds = map[string]kind{
	"speedscale:index:Node": {
		registering(sdk.NewNode),
		sdk.Node{},
		&sdk.NodeArgs{ContainerArgs: waiting, Host: endpoint.Host, ReplicaSet: "s1"},
		&sdk.NodeArgs{ContainerArgs: waitingOnly, Host: endpoint.Host, ReplicaSet: "s1"},
	},
	"speedscale:index:Service": {
		registering(sdk.NewService),
		sdk.Service{},
		&sdk.ServiceArgs{ContainerArgs: waiting},
		&sdk.ServiceArgs{ContainerArgs: waitingOnly},
	},
	"speedscale:index:ReplicaSet": {
		registering(sdk.NewReplicaSet),
		sdk.ReplicaSet{},
		&sdk.ReplicaSetArgs{
			Name: "s1", ConfigServer: true, TimeoutSeconds: 1,
			Members: []sdk.Member{
				{Endpoint: sdk.Endpoint{Host: "shard1-node2:27017", Container: "cluster-shard1-node2"}}, // one must be able to become primary
				{Endpoint: endpoint, Priority: &nothing, Votes: &noOne, Hidden: true},
			},
			Settings: sdk.Settings{ElectionTimeoutMillis: 5000, HeartbeatIntervalMillis: 500, CatchUpTimeoutMillis: 250},
		},
		&sdk.ReplicaSetArgs{Name: "s1", Members: []sdk.Member{{Endpoint: endpoint}}},
	},
	"speedscale:index:Shard": {
		registering(sdk.NewShard),
		sdk.Shard{},
		&sdk.ShardArgs{Name: "s1", Members: []sdk.Endpoint{endpoint}, Router: router, TimeoutSeconds: 1},
		&sdk.ShardArgs{Name: "s1", Members: []sdk.Endpoint{endpoint}, Router: router},
	},
	"speedscale:index:ShardedCollection": {
		registering(sdk.NewShardedCollection),
		sdk.ShardedCollection{},
		&sdk.ShardedCollectionArgs{
			Router: router, Database: "speedscale", Collection: "products", Key: []sdk.KeyField{{Field: "sku", Type: "1"}},
			Zones: []sdk.Zone{{
				Name: "cold", Shards: []string{"s1"}, Ranges: []sdk.Range{{Min: `{"sku": {"$minKey": 1}}`, Max: `{"sku": 5}`}},
			}},
			Shards: []string{"s1"}, Unique: true, NumInitialChunks: 4, BalancerOff: true, TimeoutSeconds: 1,
		},
		&sdk.ShardedCollectionArgs{
			Router: router, Database: "speedscale", Collection: "products", Key: []sdk.KeyField{{Field: "sku", Type: "1"}},
		},
	},
	"speedscale:index:Job": {
		registering(sdk.NewJob),
		sdk.Job{},
		&sdk.JobArgs{
			Container: "cluster-init", ContainerID: pulumi.String("f00"), Router: router, Database: "speedscale", Collection: "products",
			Indexes: []string{"name_1"}, Undone: []string{"name_1"}, TimeoutSeconds: 1,
		},
		&sdk.JobArgs{
			Container: "cluster-init", ContainerID: pulumi.String("f00"), Router: router, Database: "speedscale", Collection: "products",
			Indexes: []string{"name_1"},
		},
	},
	"speedscale:index:User": {
		registering(sdk.NewUser),
		sdk.User{},
		&sdk.UserArgs{
			Name: "gateway", Password: pulumi.String("secret"), Roles: []sdk.Role{{Name: "readWrite", Database: "speedscale"}},
			Members: []sdk.Endpoint{endpoint}, TimeoutSeconds: 1,
		},
		&sdk.UserArgs{
			Name: "gateway", Password: pulumi.String("secret"), Roles: []sdk.Role{{Name: "readWrite", Database: "speedscale"}},
			Members: []sdk.Endpoint{endpoint},
		},
	},
	"speedscale:index:CertificateAuthority": {
		registering(sdk.NewCertificateAuthority),
		sdk.CertificateAuthority{},
		&sdk.CertificateAuthorityArgs{
			CommonName: "a stack", Generation: 2, Servers: []sdk.Server{{Container: "cluster-mongos", Host: "mongos:27017", Program: sdk.MongoDB}},
		},
		&sdk.CertificateAuthorityArgs{CommonName: "a stack"},
	},
	"speedscale:index:Certificate": {
		registering(sdk.NewCertificate),
		sdk.Certificate{},
		&sdk.CertificateArgs{
			Server: sdk.Server{Container: "cluster-mongos", Host: "mongos:27017", Program: sdk.MongoDB}, Names: []string{"mongos"}, Days: 30,
			Authorities: pulumi.String("certificate"), AuthorityKey: pulumi.String("key"), Predecessors: pulumi.ToStringArray([]string{"f00"}),
		},
		&sdk.CertificateArgs{
			Server: sdk.Server{Container: "cluster-frontend"}, Names: []string{"frontend"},
			Authorities: pulumi.String("certificate"), AuthorityKey: pulumi.String("key"),
		},
	},
	"speedscale:index:Secret": {
		registering(sdk.NewSecret),
		sdk.Secret{},
		&sdk.SecretArgs{Length: 64, Generation: 2},
		&sdk.SecretArgs{},
	},
}

func registering[Args, Resource any](register func(*pulumi.Context, string, *Args, ...pulumi.ResourceOption) (*Resource, error)) func(*pulumi.Context, any) error {
	return func(ctx *pulumi.Context, args any) error {
		_, err := register(ctx, "it", args.(*Args))
		return err
	}
}

// spec is the part of a Pulumi schema that describes properties.
type spec struct {
	Resources map[string]struct {
		object
		InputProperties map[string]property
		RequiredInputs  []string
	}
	Types map[string]object
}

type object struct {
	Properties map[string]property
	Required   []string
}

type property struct {
	Type                 string
	Ref                  string `json:"$ref"`
	Items                *property
	AdditionalProperties *property
}

// TestSDKIsTheProvidersSchema compares the two in both directions: names and
// types of all inputs and outputs, which inputs may be left out, and that each
// argument arrives under its own name.
func TestSDKIsTheProvidersSchema(t *testing.T) {
	t.Parallel()
	server, schema := providerServer(t)
	require.Equal(t, slices.Sorted(maps.Keys(schema.Resources)), slices.Sorted(maps.Keys(kinds)))
	for token, res := range schema.Resources {
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			k, inputs := kinds[token], object{res.InputProperties, res.RequiredInputs}
			require.Equal(t, schema.typeOf(inputs), typeInGo(reflect.TypeOf(k.whole)), "types of the inputs")

			whole := sent(t, server, token, k, k.whole)
			require.Equal(t, valueInGo(reflect.ValueOf(k.whole)), any(whole.Mappable()), "an argument is sent as another")
			requireNames(t, schema, inputs, whole, func(o object) []string { return slices.Sorted(maps.Keys(o.Properties)) })
			requireNames(t, schema, inputs, sent(t, server, token, k, k.least), func(o object) []string { return slices.Sorted(slices.Values(o.Required)) })

			requireOutputs(t, res.object, inputs, reflect.TypeOf(k.outputs))
		})
	}
}

// sent are the inputs that reach the engine, and that the provider takes.
func sent(t *testing.T, server integration.Server, token string, k kind, args any) resource.PropertyMap {
	t.Helper()
	seen := &registered{}
	program := func(ctx *pulumi.Context) error { return k.register(ctx, args) }
	require.NoError(t, pulumi.RunErr(program, pulumi.WithMocks("speedscale", "dev", seen)))
	require.Equal(t, token, seen.args.TypeToken)
	require.Equal(t, sdk.Version, seen.args.RegisterRPC.GetVersion())
	checked, err := server.Check(p.CheckRequest{
		Urn:    resource.NewURN("dev", "speedscale", "", tokens.Type(token), seen.args.Name),
		Inputs: resource.FromResourcePropertyValue(resource.NewProperty(seen.args.Inputs)).AsMap(),
	})
	require.NoError(t, err)
	require.Empty(t, checked.Failures)
	return open(seen.args.Inputs)
}

// open returns the inputs with secrets as ordinary values.
func open(in resource.PropertyMap) resource.PropertyMap {
	out := resource.PropertyMap{}
	for name, value := range in {
		if value.IsSecret() {
			value = value.SecretValue().Element
		}
		out[name] = value
	}
	return out
}

// registered keeps what the program registers.
type registered struct{ args pulumi.MockResourceArgs }

func (r *registered) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	if strings.HasPrefix(args.TypeToken, sdk.Package+":") {
		r.args = args
	}
	return args.Name, args.Inputs, nil
}

func (*registered) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.PropertyMap{}, nil
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

// typeOf and typeInGo write a type alike: a word, a list or map of one, or fields
// by name.
func (s spec) typeOf(o object) any {
	fields := map[string]any{}
	for name, p := range o.Properties {
		fields[name] = s.typeOfProperty(p)
	}
	return fields
}

func (s spec) typeOfProperty(p property) any {
	switch {
	case p.Ref != "":
		return s.typeOf(s.object(p.Ref))
	case p.Items != nil:
		return []any{p.Type, s.typeOfProperty(*p.Items)}
	case p.AdditionalProperties != nil:
		return []any{p.Type, s.typeOfProperty(*p.AdditionalProperties)}
	}
	return p.Type
}

func (s spec) object(ref string) object { return s.Types[strings.TrimPrefix(ref, "#/types/")] }

func typeInGo(t reflect.Type) any {
	switch t.Kind() {
	case reflect.Pointer:
		return typeInGo(t.Elem())
	case reflect.Struct:
		fields := map[string]any{}
		for _, f := range fieldsOf(t) {
			fields[nameOf(f)] = typeInGo(f.Type)
		}
		return fields
	case reflect.Slice:
		return []any{"array", typeInGo(t.Elem())}
	case reflect.Map:
		return []any{"object", typeInGo(t.Elem())}
	case reflect.Interface:
		switch t {
		case reflect.TypeFor[pulumi.StringInput]():
			return "string"
		case reflect.TypeFor[pulumi.StringArrayInput]():
			return []any{"array", "string"}
		}
	case reflect.String:
		return "string"
	case reflect.Int:
		return "integer"
	case reflect.Float64:
		return "number"
	case reflect.Bool:
		return "boolean"
	}
	return fmt.Sprint("no schema has ", t)
}

// fieldsOf are the fields that a program sets or reads, those of embedded structs
// among them.
func fieldsOf(t reflect.Type) []reflect.StructField {
	return slices.DeleteFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool { return f.Anonymous || !f.IsExported() })
}

// balancerOff is the one argument that says the opposite of its property: false is
// the default of both.
const balancerOff = "BalancerOff"

// nameOf is the property that an argument stands for.
func nameOf(f reflect.StructField) string {
	if f.Name == balancerOff {
		return "balancer"
	}
	name := []rune(strings.ReplaceAll(f.Name, "ID", "Id"))
	name[0] = unicode.ToLower(name[0])
	return string(name)
}

// valueInGo is what the engine should see of an argument.
func valueInGo(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Struct:
		fields := map[string]any{}
		for _, f := range fieldsOf(v.Type()) {
			field := v.FieldByIndex(f.Index)
			switch {
			case field.IsZero() && (field.Kind() == reflect.Pointer || field.Kind() == reflect.Bool): // left out
			case f.Name == balancerOff:
				fields[nameOf(f)] = !field.Bool()
			default:
				fields[nameOf(f)] = valueInGo(field)
			}
		}
		return fields
	case reflect.Slice:
		list := []any{}
		for i := range v.Len() {
			list = append(list, valueInGo(v.Index(i)))
		}
		return list
	case reflect.Map:
		entries := map[string]any{}
		for _, key := range v.MapKeys() {
			entries[key.String()] = valueInGo(v.MapIndex(key))
		}
		return entries
	case reflect.Pointer, reflect.Interface:
		return valueInGo(v.Elem())
	case reflect.String:
		return v.String()
	case reflect.Int:
		return float64(v.Int()) // the engine knows no other numbers
	}
	return v.Interface()
}

// requireNames compares the property names that are there at every depth with
// those that want tells of the schema; of a list, all elements together have them.
func requireNames(t *testing.T, schema spec, o object, got resource.PropertyMap, want func(object) []string) {
	t.Helper()
	require.Equal(t, want(o), slices.Sorted(maps.Keys(got.Mappable())))
	for name, value := range got {
		switch p := o.Properties[string(name)]; {
		case p.Ref != "":
			requireNames(t, schema, schema.object(p.Ref), value.ObjectValue(), want)
		case p.Items != nil && p.Items.Ref != "":
			together := resource.PropertyMap{}
			for _, element := range value.ArrayValue() {
				maps.Copy(together, element.ObjectValue())
			}
			requireNames(t, schema, schema.object(p.Items.Ref), together, want)
		}
	}
}

// requireOutputs compares a resource's fields with what it has beyond its inputs.
// An input may be a field too, for others to wait for.
func requireOutputs(t *testing.T, o, inputs object, fields reflect.Type) {
	t.Helper()
	inGo := map[string]bool{}
	for _, f := range fieldsOf(fields) {
		name := f.Tag.Get("pulumi")
		if name == "" {
			continue // of Pulumi itself
		}
		inGo[name] = true
		require.Equal(t, nameOf(f), name)
		want := map[string]reflect.Type{"string": reflect.TypeFor[pulumi.StringOutput](), "array": reflect.TypeFor[pulumi.StringArrayOutput]()}
		require.Equal(t, want[o.Properties[name].Type], f.Type, "%s: may be a type that this test does not know yet", name)
		require.Contains(t, o.Required, name, "it may be missing, and has a type that cannot be")
	}
	for name := range o.Properties {
		if _, isInput := inputs.Properties[name]; !isInput {
			require.True(t, inGo[name], "the resource has no field for the output %s", name)
		}
	}
}
