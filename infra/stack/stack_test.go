package stack

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"speedscale/infra/config"
	"speedscale/infra/images"
)

// engine is a mock of Pulumi's engine that records the registered resources.
type engine struct {
	mu         sync.Mutex
	registered []pulumi.MockResourceArgs
	deployed   *deployment
}

func (e *engine) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.registered = append(e.registered, args)
	state := args.Inputs.Copy()
	if args.TypeToken == "docker:index/remoteImage:RemoteImage" {
		state["imageId"] = resource.NewStringProperty("sha256:" + args.Name)
	}
	if args.TypeToken == "speedscale:index:Secret" {
		state["value"] = resource.MakeSecret(resource.NewStringProperty("value of " + args.Name))
	}
	return args.Name + "-id", state, nil
}

func (e *engine) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

// of returns the resources of a type, without components.
func (e *engine) of(kind string) (found []pulumi.MockResourceArgs) {
	for _, r := range e.registered {
		if r.Custom && strings.HasSuffix(r.TypeToken, ":"+kind) {
			found = append(found, r)
		}
	}
	return found
}

func (e *engine) named(t *testing.T, kind, name string) pulumi.MockResourceArgs {
	t.Helper()
	for _, r := range e.of(kind) {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("no %s %s", kind, name)
	return pulumi.MockResourceArgs{}
}

// declare runs the program with the settings and without building images.
func declare(t *testing.T, e *engine, settings map[string]string) error {
	t.Helper()
	return declareWith(t, e, settings, images.Packages, Logins{Required, true})
}

func declareWith(t *testing.T, e *engine, settings map[string]string, source images.Source, logins Logins) error {
	t.Helper()
	return declareAll(t, e, settings, source, Steps{Logins: logins, Keyfile: Keyfile{1}})
}

func declareAll(t *testing.T, e *engine, settings map[string]string, source images.Source, steps Steps) error {
	t.Helper()
	prepared := map[string]images.Image{}
	for _, name := range images.Names() {
		prepared[name] = images.Image{
			Name: name, Ref: "speedscale/" + name, Build: &images.Build{Dir: "/ctx/" + name, Dockerfile: "Dockerfile", Hash: "h"},
			Needs:  images.Of(name, source).Needs,
			Health: images.Health{Test: []string{"CMD", "true"}, Interval: "5s", Timeout: "5s", StartPeriod: "30s", Retries: 3},
		}
	}
	return pulumi.RunErr(func(ctx *pulumi.Context) error {
		cfg, err := config.Load("dev", settings)
		if err != nil {
			return err
		}
		e.deployed, err = deploy(ctx, cfg, "/", Images{source, prepared}, steps)
		return err
	}, pulumi.WithMocks("speedscale", "dev", e))
}

func TestTheWholeStackIsDeclared(t *testing.T) {
	e := &engine{}
	require.NoError(t, declare(t, e, nil))
	for kind, want := range map[string]int{
		"Container": 15, "Volume": 9, "Network": 1, "RemoteImage": 6,
		"Node": 9, "ReplicaSet": 3, "Shard": 2, "ShardedCollection": 1, "Job": 1,
		"Service": 5, "Secret": 9, "User": 3,
	} {
		require.Len(t, e.of(kind), want, kind)
	}
}

// The recorded tree is the one that the Pulumi CLI shows for the default stack.
func TestTheResourcesAreATree(t *testing.T) {
	e := &engine{}
	require.NoError(t, declare(t, e, nil))
	want, err := os.ReadFile("testdata/tree.txt")
	require.NoError(t, err)
	require.Equal(t, string(want), e.tree("urn:pulumi:dev::speedscale::pulumi:pulumi:Stack::speedscale-dev", ""))
}

// tree lists the type and name of all resources below a parent, one per line.
func (e *engine) tree(parent, indent string) (lines string) {
	below := slices.Clone(e.registered)
	below = slices.DeleteFunc(below, func(r pulumi.MockResourceArgs) bool {
		return r.RegisterRPC.GetParent() != parent || strings.HasPrefix(r.TypeToken, "pulumi:")
	})
	line := func(r pulumi.MockResourceArgs) string { return indent + r.TypeToken + "  " + r.Name + "\n" }
	slices.SortFunc(below, func(a, b pulumi.MockResourceArgs) int { return strings.Compare(line(a), line(b)) })
	for _, r := range below {
		lines += line(r)
		if !r.Custom {
			urn := resource.NewURN("dev", "speedscale", resource.URN(parent).QualifiedType(), tokens.Type(r.TypeToken), r.Name)
			lines += e.tree(string(urn), indent+"  ")
		}
	}
	return lines
}

// Changes are rolled out to one member at a time because each container depends on the
// Node before it.
func TestMembersAreAChain(t *testing.T) {
	e := &engine{}
	require.NoError(t, declare(t, e, nil))
	second := e.named(t, "Container", "dev-shard1-node2")
	require.True(t, slices.ContainsFunc(second.RegisterRPC.GetDependencies(), func(urn string) bool {
		return strings.HasSuffix(urn, "Node::dev-shard1-node1")
	}), second.RegisterRPC.GetDependencies())
	// With a property that comes from another resource, replacing that resource would
	// replace this container, too.
	for property, from := range second.RegisterRPC.GetPropertyDependencies() {
		for _, urn := range from.GetUrns() {
			require.Regexp(t, "RemoteImage|Secret", urn, "%s of a container comes from %s", property, urn)
		}
	}
}

// When mongod rejects a parameter, the error names its setting.
func TestAMembersErrorsNameTheSettings(t *testing.T) {
	e := &engine{}
	require.NoError(t, declare(t, e, map[string]string{"mongodParameters": `{"ttlMonitorSleepSec": 30}`}))
	in := e.named(t, "Node", "dev-shard1-node1").Inputs.Mappable()
	require.Equal(t, map[string]any{
		"memory": "speedscale:memory.shard", "ttlMonitorSleepSec": "speedscale:mongodParameters.ttlMonitorSleepSec",
	}, in["origins"])
}

// The cache's page links to other pages by their published ports.
func TestTheCachesPageKnowsTheOthersPorts(t *testing.T) {
	e := &engine{}
	require.NoError(t, declare(t, e, map[string]string{"ports": `{"frontend": 13000, "redisUi": 18081}`}))
	require.Subset(t, e.named(t, "Container", "dev-redis-cache").Inputs.Mappable()["envs"], []any{"COMMANDER_PORT=18081", "SHOP_PORT=13000"})
}

// Each container that keeps running and is not a replica set member has a Service that
// waits for its health check. Nothing in the data layer depends on these, since the
// first health check runs only seconds after the start.
func TestServicesAreWaitedFor(t *testing.T) {
	e := &engine{}
	require.NoError(t, declare(t, e, map[string]string{"deployTimeout": "77s"}))
	dependsOn := func(kind, name, what string) bool {
		return slices.ContainsFunc(e.named(t, kind, name).RegisterRPC.GetDependencies(), func(urn string) bool { return strings.HasSuffix(urn, what) })
	}
	for _, name := range []string{"dev-mongos", "dev-redis-cache", "dev-redis-ui", "dev-api-gateway", "dev-frontend"} {
		in := e.named(t, "Service", name).Inputs.Mappable()
		require.Equal(t, "dev-shard-network", in["network"])
		require.NotEmpty(t, in["aliases"])
		require.Contains(t, in["origins"].(map[string]any)["memory"], "speedscale:memory.")
		delete(in, "network")
		delete(in, "aliases")
		delete(in, "origins")
		require.Equal(t, map[string]any{"container": name, "containerId": name + "-id", "processes": 4096.0, "timeoutSeconds": 77.0}, in)
	}
	for _, c := range e.of("Container") {
		require.NotContains(t, c.Inputs, resource.PropertyKey("wait"), c.Name)
		require.NotContains(t, c.Inputs, resource.PropertyKey("waitTimeout"), c.Name)
	}
	require.True(t, dependsOn("Container", "dev-init", "Service::dev-redis-cache"))
	require.True(t, dependsOn("Container", "dev-redis-ui", "Service::dev-redis-cache"))
	require.True(t, dependsOn("Shard", "shard1ReplSet-in-cluster", "Container::dev-mongos"), "the router goes after its shards")
	for _, kind := range []string{"ReplicaSet", "Shard", "ShardedCollection", "Node"} {
		for _, r := range e.of(kind) {
			require.False(t, dependsOn(kind, r.Name, "Service::dev-mongos"), r.Name)
		}
	}
}

func TestEveryContainerHasItsLimitsAndLabels(t *testing.T) {
	e := &engine{}
	require.NoError(t, declare(t, e, map[string]string{"bindAddress": "10.0.0.1"}))
	for _, c := range e.of("Container") {
		in := c.Inputs.Mappable()
		require.Equal(t, in["memory"], in["memorySwap"], c.Name)
		require.Equal(t, map[string]any{"net.ipv4.tcp_retries2": "3"}, in["sysctls"], "%s: connections to what is gone must end", c.Name)
		require.Equal(t, []any{"ndots:1"}, in["dnsOpts"], "%s: the names of what is gone must not be asked for outside", c.Name)
		require.Equal(t, []any{"."}, in["dnsSearches"], c.Name)
		require.Contains(t, fmt.Sprint(in["labels"]), "dev", c.Name)
		if ports, ok := in["ports"].([]any); ok {
			for _, port := range ports {
				require.Equal(t, "10.0.0.1", port.(map[string]any)["ip"], c.Name)
			}
		}
		if strings.Contains(c.Name, "-node") || strings.Contains(c.Name, "-config-") {
			require.GreaterOrEqual(t, in["destroyGraceSeconds"], 30.0, "%s: a primary hands over on SIGTERM", c.Name)
		}
	}
}

// With zlib enabled, clients could read the memory of older servers (CVE-2025-14847).
func TestNoServerOffersZlib(t *testing.T) {
	e := &engine{}
	require.NoError(t, declare(t, e, nil))
	for _, name := range []string{"dev-mongos", "dev-config-1", "dev-shard1-node1"} {
		command := fmt.Sprint(e.named(t, "Container", name).Inputs["command"].Mappable())
		require.Contains(t, command, "--networkMessageCompressors snappy,zstd", name)
		require.NotContains(t, command, "zlib", name)
	}
}

// To replace a volume is to delete its data.
func TestNoChangeReplacesAVolume(t *testing.T) {
	e := &engine{}
	require.NoError(t, declare(t, e, nil))
	for _, v := range e.of("Volume") {
		require.Subset(t, v.RegisterRPC.GetIgnoreChanges(), []string{"labels", "driver", "driverOpts"})
	}
}

func TestVolumesAreKeptIfWanted(t *testing.T) {
	for setting, kept := range map[string]bool{"true": true, "false": false} {
		e := &engine{}
		require.NoError(t, declare(t, e, map[string]string{"keepData": setting}))
		for _, v := range e.of("Volume") {
			require.Equal(t, kept, v.RegisterRPC.GetRetainOnDelete(), v.Name)
		}
		for _, c := range e.of("Container") {
			require.False(t, c.RegisterRPC.GetRetainOnDelete(), c.Name)
		}
	}
}

func TestNumbersComeFromTheSettings(t *testing.T) {
	e := &engine{}
	require.NoError(t, declare(t, e, map[string]string{"shards": "3", "membersPerShard": "5", "configServers": "1", "seedTarget": "7"}))
	require.Len(t, e.of("Volume"), 16)
	require.Len(t, e.of("Shard"), 3)
	require.Contains(t, fmt.Sprint(e.named(t, "Container", "dev-api-gateway").Inputs["envs"].Mappable()), "SEED_TARGET=7")
	for member, offset := range map[string]string{"shard1-node1": "0.02", "shard1-node2": "0.37", "shard3-node5": "1.42", "config-1": "0.02"} {
		require.Contains(t, fmt.Sprint(e.named(t, "Container", "dev-"+member).Inputs["command"].Mappable()), "replElectionTimeoutOffsetLimitFraction="+offset+" ")
	}
	for shard, most := range map[string]string{"512": "50", "1256": "125", "2048": "200"} { // mongod accepts no less than 50
		e := &engine{}
		require.NoError(t, declare(t, e, map[string]string{"memory": fmt.Sprintf(`{"shard": %s}`, shard)}))
		require.Contains(t, fmt.Sprint(e.named(t, "Container", "dev-shard1-node1").Inputs["command"].Mappable()), "maxIndexBuildMemoryUsageMegabytes="+most+" ")
	}
}

func TestSettingsReachTheMembers(t *testing.T) {
	e := &engine{}
	require.NoError(t, declare(t, e, map[string]string{
		"priorities": `{"shard1-node2": 3}`, "hidden": `["shard2-node3"]`, "mongodParameters": `{"ttlMonitorSleepSecs": 30, "cursorTimeoutMillis": 5}`,
		"zones": `[{"name": "archive", "shards": [2], "from": 0, "to": 25}]`, "memory": `{"shard": 1500, "shardCache": 768}`,
	}))
	config := fmt.Sprint(e.named(t, "Container", "dev-config-1").Inputs["command"].Mappable())
	require.Contains(t, config, "--wiredTigerCacheSizeGB 0.25 ")
	require.NotContains(t, config, "maxIndexBuildMemoryUsageMegabytes")
	require.NotContains(t, config, "eviction")
	command := fmt.Sprint(e.named(t, "Container", "dev-shard1-node1").Inputs["command"].Mappable())
	require.Contains(t, command, "--wiredTigerCacheSizeGB 0.75 ")
	require.Contains(t, command, "--setParameter maxIndexBuildMemoryUsageMegabytes=91 ")
	require.Contains(t, command, "--wiredTigerEngineConfigString eviction_dirty_target=40,")
	require.Contains(t, command, "--setParameter ttlMonitorSleepSecs=30")
	require.Contains(t, command, "--setParameter cursorTimeoutMillis=5 ")
	require.NotContains(t, command, "cursorTimeoutMillis=120000")
	members := func(set string) string { return fmt.Sprint(e.named(t, "ReplicaSet", set).Inputs["members"].Mappable()) }
	require.Equal(t, 1, strings.Count(members("shard1ReplSet"), "priority:3"))
	require.Equal(t, 1, strings.Count(members("shard2ReplSet"), "hidden:true"))
	zones := fmt.Sprint(e.named(t, "ShardedCollection", "products").Inputs["zones"].Mappable())
	require.Contains(t, zones, "shards:[shard2ReplSet]")
	require.Contains(t, zones, `max:{"_id": {"$numberLong": "-4611686018427387908"}}`)
}
