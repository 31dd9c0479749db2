package preflight

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"speedscale/infra/dockerhost"
	"speedscale/infra/topology"
)

// leftBehind finds volumes that a destroyed stack kept (speedscale:keepData) and
// that these settings would leave out. A set whose other members are missing has
// no primary, and a shard that is missing is still in the catalogue: nothing
// would ever serve. A stack that stands is no matter: its shards and members
// leave in order.
func leftBehind(plan topology.Plan, on dockerhost.Contents, owned func(map[string]string) bool) []error {
	if slices.ContainsFunc(on.Containers, func(c dockerhost.Container) bool { return owned(c.Labels) }) {
		return nil
	}
	kept := keptVolumes{prefix: strings.TrimSuffix(plan.Config.Members[0].Volume, "config1_data")}
	for _, v := range on.Volumes {
		if owned(v.Labels) {
			kept.add(v.Name)
		}
	}
	return kept.compare(plan)
}

// keptVolumes are the volumes of a stack that does not stand.
type keptVolumes struct {
	prefix                         string // of the names, by the settings
	configServers, shards, members int    // the highest number of each
	names                          []string
	strange                        []string // of another prefix
}

var dataVolume = regexp.MustCompile(`^(?:config(\d+)|shard(\d+)_node(\d+))_data$`)

func (k *keptVolumes) add(name string) {
	rest, ours := strings.CutPrefix(name, k.prefix)
	match := dataVolume.FindStringSubmatch(rest)
	if !ours || match == nil {
		k.strange = append(k.strange, name)
		return
	}
	k.names = append(k.names, name)
	for i, most := range []*int{&k.configServers, &k.shards, &k.members} {
		n, _ := strconv.Atoi(match[i+1]) // of another kind: 0
		*most = max(*most, n)
	}
}

func (k *keptVolumes) compare(plan topology.Plan) (found []error) {
	if len(k.strange) > 0 {
		slices.Sort(k.strange)
		return []error{fmt.Errorf("speedscale:volumePrefix would leave behind what was kept, such as %s, and begin with empty volumes. Set it back, or if that data is not needed remove it: docker volume rm %s",
			k.strange[0], strings.Join(k.strange, " "))}
	}
	slices.Sort(k.names)
	less := func(setting, what, why string, have, enough, want int) {
		if want < enough {
			found = append(found, fmt.Errorf("speedscale:%s is %d, but the volumes of %d %s were kept: %s. Set it to %d, run `up`, then set it to %d and run `up` again",
				setting, want, have, what, why, have, want))
		}
	}
	less("configServers", "config servers", "so few are no majority of the set that they were", k.configServers, majority(k.configServers), len(plan.Config.Members))
	less("membersPerShard", "members of a shard", "so few are no majority of the set that they were", k.members, majority(k.members), len(plan.Shards[0].Members))
	less("shards", "shards", "each may hold a part of the data. (Of a shard that had left the cluster before, the volumes can be removed instead, with `docker volume rm`)", k.shards, k.shards, len(plan.Shards))
	if k.configServers == 0 && k.shards > 0 {
		found = append(found, fmt.Errorf("the shards' volumes were kept, and those of the config servers were not: nobody knows any more what the shards hold. "+
			"Restore %sconfig1_data, or remove the shards' volumes too: docker volume rm %s", k.prefix, strings.Join(k.names, " ")))
	}
	return found
}

// majority is how many of a set's members it takes to have a primary.
func majority(members int) int {
	if members == 0 {
		return 0
	}
	return members/2 + 1
}
