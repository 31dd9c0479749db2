package tests

import (
	"encoding/json"
	"errors"
	"net/http"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/stretchr/testify/require"

	"speedscale/infra/containers"
	"speedscale/infra/topology"
)

// hardened demands that a stack's containers can do nothing that their programs do
// not need: by what Docker was told, and by what the kernel makes of it.
func hardened(t *testing.T, stack string) {
	t.Helper()
	for _, id := range lines(docker(t, "ps", "-aq", "--filter", "label=speedscale.stack="+stack)) {
		var is container.InspectResponse
		require.NoError(t, json.Unmarshal([]byte(docker(t, "inspect", "-f", "{{json .}}", id)), &is))
		require.True(t, is.HostConfig.ReadonlyRootfs, is.Name)
		require.Equal(t, []string{"ALL"}, []string(is.HostConfig.CapDrop), is.Name)
		require.Empty(t, is.HostConfig.CapAdd, is.Name)
		require.False(t, is.HostConfig.Privileged, is.Name)
		require.Equal(t, []string{"no-new-privileges"}, is.HostConfig.SecurityOpt, "%s: nor is seccomp switched off", is.Name)
		require.NotEmpty(t, is.HostConfig.MaskedPaths, is.Name)
		role := topology.Role(is.Config.Labels[containers.LabelRole])
		if containers.Exceptions[role]["PidsLimit"] == "" {
			require.NotNil(t, is.HostConfig.PidsLimit, is.Name)
			require.Positive(t, *is.HostConfig.PidsLimit, is.Name)
		}
		for folder, options := range is.HostConfig.Tmpfs {
			require.Contains(t, options, "size=", "%s: %s", is.Name, folder)
		}
		// The gateway's image has no program to ask with.
		if is.State.Running && role != topology.Gateway {
			confined(t, is.Name[1:])
		}
	}
}

// confined asks a running container itself.
func confined(t *testing.T, name string) {
	t.Helper()
	said, err := exec.Command("docker", "exec", name, "touch", "/written").CombinedOutput()
	require.Error(t, err, name)
	require.Contains(t, string(said), "Read-only file system", name)
	status := docker(t, "exec", name, "cat", "/proc/1/status")
	for field, want := range map[string]string{"CapEff": "0+", "CapPrm": "0+", "CapBnd": "0+", "NoNewPrivs": "1", "Seccomp": "2"} {
		require.Regexp(t, regexp.MustCompile(`(?m)^`+field+`:\t`+want+`$`), status, name)
	}
}

// Secrets outlive a restart, and each program starts again with what is left in its
// container.
func TestContainersAreRestarted(t *testing.T) {
	names := lines(docker(t, "ps", "--filter", "label="+label, "--format", "{{.Names}}"))
	require.Len(t, names, 14)
	docker(t, append([]string{"restart"}, names...)...)
	healthy(t)
	hardened(t, stackName)
	eventually(t, time.Minute, "a search is answered", func() error {
		if code := get(t, "/backend/api/search?query=phone", nil); code != http.StatusOK {
			return errors.New(http.StatusText(code))
		}
		return nil
	})
}
