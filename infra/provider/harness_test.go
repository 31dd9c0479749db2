package provider_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	dockerfake "speedscale/infra/dockerhost/fake"
	"speedscale/infra/mongoadmin"
	"speedscale/infra/mongoadmin/fake"
	"speedscale/infra/provider"
)

func TestMain(m *testing.M) {
	// The engine's logging library starts a goroutine that never ends.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/golang/glog.(*fileSink).flushDaemon"))
}

// engine calls the provider as Pulumi's engine does. The provider manages a fake cluster.
type engine struct {
	integration.Server
	t          *testing.T
	admin      mongoadmin.Admin
	cluster    *fake.Cluster // the admin, if it is a fake
	containers *dockerfake.Engine
}

// newEngine returns one run of the engine, and so one plugin process, on a new cluster.
func newEngine(t *testing.T) *engine {
	cluster := fake.New()
	return &engine{t: t, admin: cluster, cluster: cluster, containers: &dockerfake.Engine{AllRun: true}}
}

func (e *engine) start() *engine {
	next := *e
	plugin, err := provider.New(func() (provider.Clients, error) {
		return provider.Clients{Admin: e.admin, Containers: e.containers, RotateRedis: func(_ context.Context, s provider.Server, _, password string) error {
			e.containers.Note("rotate %s as %s", s.Host, password)
			return nil
		}}, nil
	})
	require.NoError(e.t, err)
	next.Server, err = integration.NewServer(e.t.Context(), provider.Name, semver.MustParse(provider.Version), integration.WithProvider(plugin))
	require.NoError(e.t, err)
	return &next
}

// props makes inputs of plain values.
type props map[string]any

func (in props) value() property.Map {
	return resource.FromResourcePropertyValue(resource.NewPropertyValue(map[string]any(in))).AsMap()
}

// with returns the inputs with one of them changed.
func (in props) with(name string, value any) props {
	out := props{name: value}
	for k, v := range in {
		if k != name {
			out[k] = v
		}
	}
	return out
}

func urn(kind, name string) resource.URN {
	return resource.NewURN("dev", "speedscale", "", tokens.Type("speedscale:index:"+kind), name)
}

func (e *engine) check(kind string, in props) property.Map {
	e.t.Helper()
	resp, err := e.Check(p.CheckRequest{Urn: urn(kind, "r"), Inputs: in.value()})
	require.NoError(e.t, err)
	require.Empty(e.t, resp.Failures)
	return resp.Inputs
}

// mistakes returns the failures that Check reports for the inputs.
func (e *engine) mistakes(kind string, in props) []string {
	e.t.Helper()
	resp, err := e.Check(p.CheckRequest{Urn: urn(kind, "r"), Inputs: in.value()})
	require.NoError(e.t, err)
	var all []string
	for _, f := range resp.Failures {
		all = append(all, f.Property+": "+f.Reason)
	}
	return all
}

func (e *engine) create(kind string, in props) (p.CreateResponse, error) {
	e.t.Helper()
	return e.Create(p.CreateRequest{Urn: urn(kind, "r"), Properties: e.check(kind, in)})
}

func (e *engine) mustCreate(kind string, in props) p.CreateResponse {
	e.t.Helper()
	resp, err := e.create(kind, in)
	require.NoError(e.t, err)
	require.Nil(e.t, resp.PartialState)
	return resp
}

func (e *engine) update(kind string, old p.CreateResponse, in props) (p.UpdateResponse, error) {
	e.t.Helper()
	return e.Update(p.UpdateRequest{ID: old.ID, Urn: urn(kind, "r"), State: old.Properties, Inputs: e.check(kind, in)})
}

// changed returns the kind of difference for each property in a diff against the state.
func (e *engine) changed(kind string, state property.Map, in props) map[string]p.DiffKind {
	e.t.Helper()
	resp, err := e.Diff(p.DiffRequest{Urn: urn(kind, "r"), ID: "r", State: state, OldInputs: state, Inputs: e.check(kind, in)})
	require.NoError(e.t, err)
	require.Equal(e.t, len(resp.DetailedDiff) > 0, resp.HasChanges)
	changed := map[string]p.DiffKind{}
	for name, d := range resp.DetailedDiff {
		changed[name] = d.Kind
	}
	return changed
}

func (e *engine) read(kind string, old p.CreateResponse, in props) p.ReadResponse {
	e.t.Helper()
	resp, err := e.Read(p.ReadRequest{ID: old.ID, Urn: urn(kind, "r"), Properties: old.Properties, Inputs: e.check(kind, in)})
	if resp.PartialState == nil {
		require.NoError(e.t, err)
	}
	return resp
}

func (e *engine) delete(kind string, old p.CreateResponse) error {
	return e.Delete(p.DeleteRequest{ID: old.ID, Urn: urn(kind, "r"), Properties: old.Properties})
}

var router = props{"host": "mongos:27017", "container": "cluster-mongos"}

// members returns inputs for the hosts s1-a, s1-b, …
func members(set string, n int) []any {
	var list []any
	for i := range n {
		name := fmt.Sprintf("%s-%c", set, 'a'+i)
		list = append(list, map[string]any{"host": name + ":27017", "container": "cluster-" + name})
	}
	return list
}

func replicaSet(name string, n int) props {
	return props{"name": name, "members": members(name, n), "timeoutSeconds": 5}
}

func shard(name string) props {
	return props{"name": name, "members": members(name, 3), "router": map[string]any(router), "timeoutSeconds": 5}
}

func products() props {
	return props{
		"router": map[string]any(router), "database": "speedscale", "collection": "products",
		"key": []any{map[string]any{"field": "_id", "type": "hashed"}}, "timeoutSeconds": 5,
	}
}

var productsName = mongoadmin.Namespace{Database: "speedscale", Collection: "products"}

// stack creates a cluster of shards with the collection, which has 4,000 documents.
func stack(t *testing.T, shards ...string) (e *engine, made map[string]p.CreateResponse, collection p.CreateResponse) {
	e = newEngine(t).start()
	made = map[string]p.CreateResponse{}
	for _, name := range shards {
		e.mustCreate("ReplicaSet", replicaSet(name, 3))
		made[name] = e.mustCreate("Shard", shard(name))
	}
	collection = e.mustCreate("ShardedCollection", products())
	e.cluster.Insert(productsName, 4000)
	return e, made, collection
}

var errDenied = errors.New("(Unauthorized) not authorized on admin to execute command")
