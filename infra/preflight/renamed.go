package preflight

import (
	"fmt"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/network"

	"speedscale/infra/topology"
)

// renamed finds names by which the stack stands and that its settings have
// changed. Under other names it would begin anew, with empty volumes, in
// networks whose members do not see each other.
func renamed(plan topology.Plan, containers []container.Summary, networks []network.Summary, owned func(map[string]string) bool) (found []error) {
	planned := map[string]topology.Container{}
	for _, c := range plan.Containers() {
		planned["/"+c.Name] = c
	}
	own := map[string]bool{} // networks
	for _, n := range networks {
		own[n.Name] = owned(n.Labels)
	}
	var others []string
	here := false
	say := func(setting, stands, would string) {
		err := fmt.Errorf("speedscale:%s would rename what stands: %s would be %s. Set it back, or destroy the stack first", setting, stands, would)
		if !slices.ContainsFunc(found, func(e error) bool { return strings.HasPrefix(e.Error(), "speedscale:"+setting+" ") }) {
			found = append(found, err)
		}
	}
	for _, c := range containers {
		if !owned(c.Labels) || len(c.Names) == 0 {
			continue
		}
		want, ok := planned[c.Names[0]]
		if !ok {
			others = append(others, strings.TrimPrefix(c.Names[0], "/"))
			continue
		}
		here = true
		for _, m := range c.Mounts {
			// What an image declares beyond the data is mounted elsewhere.
			if m.Type == mount.TypeVolume && want.Volume != "" && m.Destination == want.Mount && m.Name != want.Volume {
				say("volumePrefix", "volume "+m.Name, want.Volume)
			}
		}
		for name := range networksOf(c) {
			if own[name] && name != plan.Network {
				say("network", "network "+name, plan.Network)
			}
		}
	}
	if !here && len(others) > 0 {
		say("containerPrefix", "container "+slices.Min(others), "one such as "+plan.Router.Name)
	}
	return found
}

func networksOf(c container.Summary) map[string]*network.EndpointSettings {
	if c.NetworkSettings == nil {
		return nil
	}
	return c.NetworkSettings.Networks
}
