package topology

import (
	"fmt"
	"slices"
)

// Cluster is a sharded cluster: the config servers, the shards, and the router
// that clients talk to.
type Cluster struct {
	Config ReplicaSet
	Shards []ReplicaSet
	Router Container
}

// Sets lists the replica sets, the config servers' first.
func (c Cluster) Sets() []ReplicaSet { return append([]ReplicaSet{c.Config}, c.Shards...) }

// Containers lists the members of the sets, then the router.
func (c Cluster) Containers() (all []Container) {
	for _, set := range c.Sets() {
		all = append(all, set.Members...)
	}
	return append(all, c.Router)
}

// ReplicaSet is a replica set: the config servers' or a shard's.
type ReplicaSet struct {
	Name         string
	ConfigServer bool
	Members      []Container
}

// Seed is the set's seed list, `name/host:port,…`, as mongos takes it.
func (r ReplicaSet) Seed() string {
	seed := r.Name + "/"
	for i, m := range r.Members {
		if i > 0 {
			seed += ","
		}
		seed += m.Host()
	}
	return seed
}

// Size is what the names, members and limits of a cluster follow from.
type Size struct {
	ContainerPrefix string // what every container's name begins with
	VolumePrefix    string // what every volume's name begins with

	Shards          int
	MembersPerShard int // 1, 3, 5 or 7
	ConfigServers   int // 1 or 3

	ShardMemory        int // MB, of each member of a shard
	ConfigServerMemory int // MB, of each config server
	RouterMemory       int // MB

	Port int // the host's, that leads to the router

	Priorities map[string]int // in elections, by the member's name on the network; 1 where it is not named
	Hidden     []string       // members that clients do not see, by the same names
}

// Cluster names every part of a cluster of that size.
func (s Size) Cluster() Cluster {
	return Cluster{
		Config: s.configSet(),
		Shards: s.shards(),
		Router: names(s.ContainerPrefix).container("mongos", Router, Data, s.RouterMemory, []string{"mongos", "mongo"}, Published{s.Port, Port}),
	}
}

func (s Size) configSet() ReplicaSet {
	set := ReplicaSet{Name: "configReplSet", ConfigServer: true}
	for i := 1; i <= s.ConfigServers; i++ {
		c := names(s.ContainerPrefix).container(fmt.Sprintf("config-%d", i), ConfigServer, Data, s.ConfigServerMemory,
			[]string{fmt.Sprintf("config-server-%d", i)})
		c.Volume = fmt.Sprintf("%sconfig%d_data", s.VolumePrefix, i)
		c.Mount = "/data/configdb"
		set.Members = append(set.Members, s.elected(c))
	}
	return set
}

func (s Size) shards() (sets []ReplicaSet) {
	for i := 1; i <= s.Shards; i++ {
		set := ReplicaSet{Name: fmt.Sprintf("shard%dReplSet", i)}
		for m := 1; m <= s.MembersPerShard; m++ {
			node := fmt.Sprintf("shard%d-node%d", i, m)
			c := names(s.ContainerPrefix).container(node, ShardMember, Data, s.ShardMemory, []string{node})
			c.Volume = fmt.Sprintf("%sshard%d_node%d_data", s.VolumePrefix, i, m)
			c.Mount = "/data/db"
			set.Members = append(set.Members, s.elected(c))
		}
		sets = append(sets, set)
	}
	return sets
}

// elected says whether a member may become primary, and how gladly.
func (s Size) elected(c Container) Container {
	c.Hidden = slices.Contains(s.Hidden, c.Aliases[0])
	c.Priority = 1
	if priority, given := s.Priorities[c.Aliases[0]]; given {
		c.Priority = float64(priority)
	}
	if c.Hidden {
		c.Priority = 0
	}
	return c
}
