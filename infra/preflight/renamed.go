package preflight

import (
	"fmt"
	"slices"
	"strings"

	"speedscale/infra/dockerhost"
	"speedscale/infra/topology"
)

// renamed finds names by which the stack stands and that its settings have
// changed. Under other names it would begin anew, with empty volumes, in
// networks whose members do not see each other.
func renamed(plan topology.Plan, on dockerhost.Contents, owned func(map[string]string) bool) (found []error) {
	planned := map[string]topology.Container{}
	for _, c := range plan.Containers() {
		planned[c.Name] = c
	}
	own := map[string]bool{} // networks
	for _, n := range on.Networks {
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
	for _, c := range on.Containers {
		if !owned(c.Labels) || c.Name == "" {
			continue
		}
		want, ok := planned[c.Name]
		if !ok {
			others = append(others, c.Name)
			continue
		}
		here = true
		// What an image declares beyond the data is mounted elsewhere.
		if is, ok := c.Volumes[want.Mount]; ok && want.Volume != "" && is != want.Volume {
			say("volumePrefix", "volume "+is, want.Volume)
		}
		for name := range c.Networks {
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
