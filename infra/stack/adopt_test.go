package stack

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"speedscale/infra/config"
	"speedscale/infra/images"
	"speedscale/internal/testengine"
)

// recordedStack is the state of a stack that was deployed before there were
// components: the stack itself is the parent of all resources.
const recordedStack = "testdata/flat.json"

// When a stack from before the components is updated, Pulumi's own engine plans to
// replace each container, which was not hardened then, and to wait for it again. It
// leaves everything else as it is, above all the volumes.
func TestIntegrationAFlatStackIsTakenOver(t *testing.T) {
	data, err := os.ReadFile(recordedStack)
	require.NoError(t, err)
	var recorded apitype.UntypedDeployment
	require.NoError(t, json.Unmarshal(data, &recorded))
	var state apitype.DeploymentV3
	require.NoError(t, json.Unmarshal(recorded.Deployment, &state))

	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	cfg, err := config.Load("dev", map[string]string{"containerPrefix": "cluster-", "network": "mongo-shard-network", "volumePrefix": ""})
	require.NoError(t, err)
	s := testengine.Stack(t, testengine.Options{Root: root, Project: "speedscale", Plugin: testengine.Plugin(t, testengine.OwnPlugin), Program: func(ctx *pulumi.Context) error {
		_, err := deploy(ctx, cfg, root, Images{images.Packages, imagesOf(state, root)}, Steps{})
		return err
	}})
	require.NoError(t, s.Import(t.Context(), recorded))

	stream := make(chan events.EngineEvent)
	steps := make(chan map[string]apitype.OpType, 1)
	go func() { steps <- planned(stream) }()
	_, err = s.Preview(t.Context(), optpreview.EventStreams(stream))
	require.NoError(t, err)
	operation := map[string]apitype.OpType{
		"docker:index/container:Container": apitype.OpCreateReplacement,
		"speedscale:index:Node":            apitype.OpUpdate, "speedscale:index:Service": apitype.OpUpdate, "speedscale:index:Job": apitype.OpUpdate,
	}
	want := map[string]apitype.OpType{}
	for _, r := range state.Resources {
		if r.Custom && !strings.HasPrefix(string(r.Type), "pulumi:") {
			want[string(r.Type)+" "+r.URN.Name()] = cmp.Or(operation[string(r.Type)], apitype.OpSame)
		}
	}
	require.Len(t, want, 52)
	require.Equal(t, want, <-steps)
}

// planned returns the planned operation for each resource, without components.
func planned(stream <-chan events.EngineEvent) map[string]apitype.OpType {
	steps := map[string]apitype.OpType{}
	for event := range stream {
		if event.ResourcePreEvent == nil {
			continue
		}
		m := event.ResourcePreEvent.Metadata
		state := m.New
		if state == nil {
			state = m.Old
		}
		if state.Custom && !strings.HasPrefix(m.Type, "pulumi:") {
			steps[m.Type+" "+m.URN[strings.LastIndex(m.URN, "::")+2:]] = m.Op
		}
	}
	return steps
}

// imagesOf returns the images that the recorded stack runs, since the contents of
// today's differ.
func imagesOf(state apitype.DeploymentV3, root string) map[string]images.Image {
	found := map[string]images.Image{}
	for _, r := range state.Resources {
		if r.Type != "docker:index/remoteImage:RemoteImage" {
			continue
		}
		build := r.Inputs["build"].(map[string]any)
		image := images.Of(r.URN.Name(), images.Packages)
		image.Ref = r.Inputs["name"].(string)
		image.Build = &images.Build{
			Dir: filepath.Join(root, mainDir, build["context"].(string)), Dockerfile: build["dockerfile"].(string),
			Hash: r.Inputs["triggers"].(map[string]any)["hash"].(string),
		}
		found[r.URN.Name()] = image
	}
	return found
}
