package main

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
)

// The SDK is generated from the released plugin's schema; ours has none. What must agree is therefore read from the
// SDK's structs and compared with the names and types that the bridge derives.
func TestResourcesHaveTheSDKsPropertiesAndTypes(t *testing.T) {
	for tfName, sdk := range map[string]struct {
		args, state pulumi.Input
		dropped     []string
	}{
		"docker_container": {args: docker.ContainerArgs{}, state: docker.ContainerState{}},
		"docker_image":     {args: docker.RemoteImageArgs{}, state: docker.RemoteImageState{}},
		"docker_volume":    {args: docker.VolumeArgs{}, state: docker.VolumeState{}},
		"docker_network": {
			args: docker.NetworkArgs{}, state: docker.NetworkState{},
			dropped: []string{"checkDuplicate: not in the plugin"}, // the daemon always checks; Terraform's provider is newer than the SDK
		},
		"docker_registry_image": {args: docker.RegistryImageArgs{}, state: docker.RegistryImageState{}},
		"docker_tag":            {args: docker.TagArgs{}, state: docker.TagState{}},
	} {
		t.Run(tfName, func(t *testing.T) {
			info := newProvider()
			ours := properties(info.P.ResourcesMap().Get(tfName).Schema(), info.Resources[tfName].Fields)
			require.NotEmpty(t, ours)
			for _, sdkType := range []reflect.Type{sdk.args.ElementType(), sdk.state.ElementType()} {
				require.ElementsMatch(t, sdk.dropped, mismatches("", ours, sdkType), "in %s", sdkType)
			}
		})
	}
}

func TestProviderConfigurationIsTheSDKs(t *testing.T) {
	info := newProvider()
	require.Empty(t, mismatches("", properties(info.P.Schema(), info.Config), docker.ProviderArgs{}.ElementType()))
}

// A mismatch must be seen wherever it is, else the tests above prove nothing.
func TestMismatchesAreFound(t *testing.T) {
	info := newProvider()
	schema := info.P.ResourcesMap().Get("docker_container").Schema()
	ours := properties(schema, nil)
	found := strings.Join(mismatches("", ours, docker.ContainerArgs{}.ElementType()), "\n")
	require.Contains(t, found, "command: not in the plugin")
	require.Contains(t, found, "networksAdvanced: not in the plugin")

	type port struct {
		Internal string `pulumi:"internal"`
		Extra    int    `pulumi:"extra"`
	}
	type args struct {
		Ports   []port   `pulumi:"ports"`
		Envs    string   `pulumi:"envs"`
		Memory  *int     `pulumi:"memory"`
		Volumes []string `pulumi:"volumes"`
	}
	require.Equal(t, []string{
		"ports[].internal: int in the plugin, string in the SDK",
		"ports[].extra: not in the plugin",
		"envs: slice in the plugin, string in the SDK",
		"volumes[]: struct in the plugin, string in the SDK",
	}, mismatches("", ours, reflect.TypeFor[args]()))
}

func TestTokensAreTheSDKs(t *testing.T) {
	info := newProvider()
	for tfName, token := range map[string]string{
		"docker_container": "docker:index/container:Container",
		"docker_image":     "docker:index/remoteImage:RemoteImage",
		"docker_network":   "docker:index/network:Network",
		"docker_volume":    "docker:index/volume:Volume",
	} {
		require.Equal(t, token, string(info.Resources[tfName].Tok))
	}
	// Every resource of Terraform's provider has a token, else programs for the released plugin fail on ours.
	info.P.ResourcesMap().Range(func(tfName string, _ shim.Resource) bool {
		require.Contains(t, info.Resources, tfName)
		return true
	})
	info.P.DataSourcesMap().Range(func(tfName string, _ shim.Resource) bool {
		require.Contains(t, info.DataSources, tfName)
		return true
	})
	require.NoError(t, info.P.InternalValidate())
}

// The programs' SDK decides which plugin the engine asks for; the one compared here must be that one.
func TestSDKIsTheProgramsOwn(t *testing.T) {
	const sdk = "github.com/pulumi/pulumi-docker/sdk/v4"
	require.Equal(t, required(t, "../../../go.mod", sdk), required(t, "../go.mod", sdk))
}

func required(t *testing.T, goMod, module string) string {
	t.Helper()
	text, err := os.ReadFile(goMod)
	require.NoError(t, err)
	file, err := modfile.ParseLax(goMod, text, nil)
	require.NoError(t, err)
	for _, r := range file.Require {
		if r.Mod.Path == module {
			return r.Mod.Version
		}
	}
	t.Fatalf("%s does not require %s", goMod, module)
	return ""
}

// property is one property as the bridge understands it: its kind in an SDK struct, and what it holds.
type property struct {
	kind   reflect.Kind
	elem   *property
	fields map[string]property // of a struct
}

// properties names the attributes of a Terraform schema as the bridge does.
func properties(schema shim.SchemaMap, infos map[string]*tfbridge.SchemaInfo) map[string]property {
	named := map[string]property{}
	schema.Range(func(tfName string, attribute shim.Schema) bool {
		named[tfbridge.TerraformToPulumiNameV2(tfName, schema, infos)] = propertyOf(attribute, infos[tfName])
		return true
	})
	return named
}

func propertyOf(attribute shim.Schema, info *tfbridge.SchemaInfo) property {
	switch attribute.Type() {
	case shim.TypeBool:
		return property{kind: reflect.Bool}
	case shim.TypeInt:
		return property{kind: reflect.Int}
	case shim.TypeFloat:
		return property{kind: reflect.Float64}
	case shim.TypeString:
		return property{kind: reflect.String}
	case shim.TypeMap:
		return property{kind: reflect.Map, elem: elementOf(attribute)}
	case shim.TypeList, shim.TypeSet:
		if tfbridge.IsMaxItemsOne(attribute, info) {
			return *elementOf(attribute)
		}
		return property{kind: reflect.Slice, elem: elementOf(attribute)}
	default:
		panic(fmt.Sprintf("attribute of an unexpected type %v", attribute.Type()))
	}
}

func elementOf(attribute shim.Schema) *property {
	switch elem := attribute.Elem().(type) {
	case shim.Schema:
		p := propertyOf(elem, nil)
		return &p
	case shim.Resource:
		return &property{kind: reflect.Struct, fields: properties(elem.Schema(), nil)}
	default: // a map whose values' type is not said holds strings
		return &property{kind: reflect.String}
	}
}

// mismatches tells what the SDK's struct has and the plugin has not, or has with another type. What only the plugin has
// does no harm: no program can name it.
func mismatches(path string, ours map[string]property, sdk reflect.Type) []string {
	var found []string
	for i := range sdk.NumField() {
		field := sdk.Field(i)
		name, ok := field.Tag.Lookup("pulumi")
		if !ok {
			continue
		}
		if p, ok := ours[name]; ok {
			found = append(found, mismatch(path+name, p, field.Type)...)
		} else {
			found = append(found, path+name+": not in the plugin")
		}
	}
	return found
}

func mismatch(path string, ours property, sdk reflect.Type) []string {
	if sdk.Kind() == reflect.Pointer {
		sdk = sdk.Elem()
	}
	if ours.kind != sdk.Kind() {
		return []string{fmt.Sprintf("%s: %s in the plugin, %s in the SDK", path, ours.kind, sdk.Kind())}
	}
	switch ours.kind {
	case reflect.Slice, reflect.Map:
		return mismatch(path+"[]", *ours.elem, sdk.Elem())
	case reflect.Struct:
		return mismatches(path+".", ours.fields, sdk)
	default:
		return nil
	}
}
