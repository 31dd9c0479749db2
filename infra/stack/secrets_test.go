package stack

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"

	"speedscale/infra/images"
)

func TestEachContainerHasTheSecretsThatItNeeds(t *testing.T) {
	e := &engine{}
	require.NoError(t, declare(t, e, nil))
	for name, want := range map[string][]string{
		"dev-config-1": {"keyfile"}, "dev-shard2-node3": {"keyfile"}, "dev-mongos": {"keyfile"},
		"dev-api-gateway": {"mongo-gateway", "redis-gateway"}, "dev-init": {"mongo-gateway", "redis-gateway"},
		"dev-redis-cache": {"redis-monitor", "redis-ui", "users.acl", "web-admin"}, "dev-redis-ui": {"local.json"},
	} {
		require.ElementsMatch(t, want, slices.Collect(maps.Keys(e.deployed.net.Secrets(name))), name)
		require.Regexp(t, "fromContainer:"+name+"-secrets-[0-9a-f]{12}:ro", fmt.Sprint(e.named(t, "Container", name).Inputs["volumes"].Mappable()))
	}
	require.NotContains(t, e.named(t, "Container", "dev-frontend").Inputs, resource.PropertyKey("volumes"))
}

// Wherever a secret is used, the engine knows that it is one.
func TestNoSecretIsAnOrdinaryInput(t *testing.T) {
	e := &engine{}
	require.NoError(t, declare(t, e, nil))
	var open func(resource.PropertyValue) bool
	open = func(v resource.PropertyValue) bool {
		switch {
		case v.IsSecret():
			return false
		case v.IsArray():
			return slices.ContainsFunc(v.ArrayValue(), open)
		case v.IsObject():
			for _, inner := range v.ObjectValue() {
				if open(inner) {
					return true
				}
			}
			return false
		}
		return strings.Contains(fmt.Sprint(v.V), "value of ")
	}
	for _, r := range e.registered {
		require.False(t, open(resource.NewProperty(r.Inputs)), "%s %s", r.TypeToken, r.Name)
	}
}

func TestTheUsersOfMongoDB(t *testing.T) {
	e := &engine{}
	require.NoError(t, declare(t, e, nil))
	for name, roles := range map[string]string{
		"admin": "[map[database:admin name:root]]", "monitor": "[map[database:admin name:clusterMonitor]]",
		"gateway": "[map[database:speedscale name:readWrite] map[database:admin name:clusterMonitor]]",
	} {
		user := e.named(t, "User", "mongo-"+name).Inputs
		require.Equal(t, name, user["name"].StringValue())
		require.Equal(t, roles, fmt.Sprint(user["roles"].Mappable()))
		require.Equal(t, "value of mongo-"+name, user["password"].SecretValue().Element.StringValue())
	}
	init := e.named(t, "Container", "dev-init")
	require.True(t, slices.ContainsFunc(init.RegisterRPC.GetDependencies(), func(urn string) bool { return strings.HasSuffix(urn, "User::mongo-gateway") }))
}

// commands returns the command of each member and the router.
func commands(t *testing.T, e *engine) (all []string) {
	t.Helper()
	for _, name := range []string{"dev-config-1", "dev-shard1-node1", "dev-mongos"} {
		all = append(all, fmt.Sprint(e.named(t, "Container", name).Inputs["command"].Mappable()))
	}
	return all
}

func TestLoginsInEachState(t *testing.T) {
	for _, tc := range []struct {
		logins                    Logins
		keyfile, lenient, gateway bool
	}{
		{Logins{Open, false}, false, false, false},
		{Logins{Optional, true}, true, true, true},
		{Logins{Required, true}, true, false, true},
		{Logins{Optional, false}, true, true, false},
	} {
		e := &engine{}
		require.NoError(t, declareWith(t, e, nil, images.Packages, tc.logins))
		for _, command := range commands(t, e) {
			require.Equal(t, tc.keyfile, strings.Contains(command, "--keyFile /run/mongodb/keyfile"), tc.logins)
			require.Equal(t, tc.keyfile, strings.Contains(command, "--setParameter enableLocalhostAuthBypass=false"), tc.logins)
			require.Equal(t, tc.lenient, strings.Contains(command, "--transitionToAuth"), tc.logins)
		}
		gateway := fmt.Sprint(e.named(t, "Container", "dev-api-gateway").Inputs["envs"].Mappable())
		require.Equal(t, tc.gateway, strings.Contains(gateway, "mongodb://gateway@mongos:27017/speedscale?authSource=admin"), tc.logins)
		require.Equal(t, tc.gateway, strings.Contains(gateway, "redis://gateway@redis:6379"), tc.logins)
		if tc.gateway {
			acl := e.deployed.net.Secrets("dev-redis-cache")["users.acl"]
			require.Equal(t, tc.lenient, strings.HasPrefix(acl, "user default reset on nopass"), tc.logins)
		}
	}
}

// RedisInsight asks nobody for a login.
func TestRedisInsightIsNotPublishedWithLogins(t *testing.T) {
	published := func(source images.Source, logins Logins) string {
		e := &engine{}
		require.NoError(t, declareWith(t, e, nil, source, logins))
		in := e.named(t, "Container", "dev-redis-cache").Inputs.Mappable()
		return fmt.Sprint(in["ports"], in["envs"])
	}
	require.Contains(t, published(images.Registry, Logins{}), "8001")
	require.Contains(t, published(images.Packages, Logins{Required, true}), "8001")
	with := published(images.Registry, Logins{Required, true})
	require.NotContains(t, with, "8001")
	require.Contains(t, with, "RI_APP_HOST=127.0.0.1")
}
