package main

import (
	"fmt"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/terraform-providers/terraform-provider-docker/shim"
)

const (
	pkg = "docker"
	mod = "index"
)

// newProvider says what Terraform's resources are called in Pulumi. Properties get their names by the bridge's rule,
// camelCase and the plural of a list; the exceptions are those of the SDK that programs are written with.
func newProvider() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:    shimv2.NewProvider(shim.NewProvider(version)),
		Name: pkg,
		Config: map[string]*tfbridge.SchemaInfo{
			"host":          {Default: &tfbridge.DefaultInfo{EnvVars: []string{"DOCKER_HOST"}}},
			"registry_auth": {Name: "registryAuth"},
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_buildx_builder": resource("BuildxBuilder"),
			"docker_config":         resource("ServiceConfig"),
			"docker_container":      container(),
			"docker_image":          image(),
			"docker_network":        resource("Network"),
			"docker_plugin":         resource("Plugin"),
			"docker_registry_image": resource("RegistryImage"),
			"docker_secret":         resource("Secret"),
			"docker_service":        resource("Service"),
			"docker_tag":            resource("Tag"),
			"docker_volume":         resource("Volume"),
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"docker_image":                    dataSource("getRemoteImage"),
			"docker_logs":                     dataSource("getLogs"),
			"docker_network":                  dataSource("getNetwork"),
			"docker_plugin":                   dataSource("getPlugin"),
			"docker_registry_image":           dataSource("getRegistryImage"),
			"docker_registry_image_manifests": dataSource("getRegistryImageManifests"),
		},
	}
	// Without names of the plugin's making, the engine takes every volume and network for one whose new instance can
	// live beside the old, and creates before it deletes: two of one name.
	info.SetAutonaming(255, "-")
	return info
}

func resource(name string) *tfbridge.ResourceInfo {
	return &tfbridge.ResourceInfo{Tok: tfbridge.MakeResource(pkg, mod, name)}
}

func dataSource(name string) *tfbridge.DataSourceInfo {
	return &tfbridge.DataSourceInfo{Tok: tfbridge.MakeDataSource(pkg, mod, name)}
}

func container() *tfbridge.ResourceInfo {
	r := resource("Container")
	// Two containers can share neither name nor ports.
	r.DeleteBeforeReplace = true
	r.Fields = map[string]*tfbridge.SchemaInfo{
		// Lists, yet the SDK has them in the singular: one command of many words, and no plural of a participle.
		"command":           {Name: "command"},
		"networks_advanced": {Name: "networksAdvanced"},
	}
	return r
}

func image() *tfbridge.ResourceInfo {
	r := resource("RemoteImage")
	// Named here to keep autonaming off: an image is called what its registry calls it.
	r.Fields = map[string]*tfbridge.SchemaInfo{"name": {Name: "name"}}
	return r
}

// stubSchema is all that the engine asks of the schema of a plugin whose SDK exists already.
func stubSchema() []byte {
	return fmt.Appendf(nil, `{"name":%q,"version":%q}`, pkg, version)
}
