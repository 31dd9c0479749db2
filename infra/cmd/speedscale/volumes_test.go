package main

import (
	"bytes"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"
)

const stateWithVolumes = `{"resources": [
	{"type": "docker:index/volume:Volume", "id": "dev_b", "urn": "u"},
	{"type": "docker:index/volume:Volume", "id": "dev_a", "urn": "u"},
	{"type": "docker:index/volume:Volume", "id": "dev_k", "urn": "u", "retainOnDelete": true},
	{"type": "docker:index/container:Container", "id": "c", "urn": "u"}]}`

func TestDestroySaysWhatBecomesOfTheData(t *testing.T) {
	v, err := volumesOf(apitype.UntypedDeployment{Version: 3, Deployment: []byte(stateWithVolumes)})
	require.NoError(t, err)
	require.Equal(t, volumes{deleted: []string{"dev_a", "dev_b"}, kept: []string{"dev_k"}}, v)
	var out bytes.Buffer
	require.NoError(t, v.report(&out, "dev", map[string]int64{"dev_a": 300e6, "dev_b": 15e5}))
	require.Equal(t, `The data of stack dev is DELETED: 2 volumes with 301.5MB.
  dev_a 300MB, dev_b 1.5MB
To keep data, set speedscale:keepData to true and run `+"`up`"+` before destroy.
The data of stack dev is kept: 1 volume.
  dev_k
The next `+"`up`"+` takes it over; `+"`docker volume rm`"+` deletes it.
`, out.String())
}

func TestVolumesThatNoRunRecordedAreToldOnce(t *testing.T) {
	v := volumes{deleted: []string{"b"}}
	v.add([]string{"b", "a"})
	require.Equal(t, []string{"a", "b"}, v.deleted)
}

func TestAStackWithoutVolumesSaysNothing(t *testing.T) {
	v, err := volumesOf(apitype.UntypedDeployment{Version: 3, Deployment: []byte(`{}`)})
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, v.report(&out, "dev", nil))
	require.Empty(t, out.String())
}

func TestNobodyIsAskedWithoutATerminal(t *testing.T) {
	require.False(t, interactive(&bytes.Buffer{}))
}
