package stack

import (
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/infra/containers"
	"speedscale/infra/images"
	"speedscale/infra/topology"
)

// Exceptions are listed in one place only.
func TestEveryContainerIsHardened(t *testing.T) {
	for _, source := range []images.Source{images.Packages, images.Registry} {
		for _, logins := range []Logins{{Required, true}, {Open, false}} {
			e := &engine{}
			require.NoError(t, declareWith(t, e, nil, source, logins))
			limits := map[string]any{} // of processes, by container
			for _, kind := range []string{"Node", "Service"} {
				for _, r := range e.of(kind) {
					limits[r.Inputs["container"].StringValue()] = r.Inputs["processes"].V
				}
			}
			for _, c := range e.deployed.plan.Containers() {
				in := e.named(t, "Container", c.Name).Inputs.Mappable()
				require.Equal(t, true, in["readOnly"], c.Name)
				require.Equal(t, map[string]any{"drops": []any{"ALL"}}, in["capabilities"], c.Name)
				require.Equal(t, []any{"no-new-privileges"}, in["securityOpts"], "%s: nor is seccomp switched off", c.Name)
				require.Equal(t, containers.Exceptions[c.Role]["PidsLimit"] == "", limits[c.Name] != nil, c.Name)
				folders, _ := in["tmpfs"].(map[string]any)
				for folder, options := range folders {
					require.Contains(t, options, "size=", "%s: %s", c.Name, folder)
				}
				if c.Role == topology.ShardMember || c.Role == topology.Router {
					require.Equal(t, "999:999", in["user"], "%s: the official image would start as root", c.Name)
				}
			}
		}
	}
}
