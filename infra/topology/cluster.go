package topology

import (
	"fmt"
	"slices"
)

// Cluster is a sharded cluster: the config server replica set, the shards, and
// the router (mongos) that clients connect to.
type Cluster struct {
	Config ReplicaSet
	Shards []ReplicaSet
	Router Container
}

// Sets lists the replica sets, starting with the config servers'.
func (c Cluster) Sets() []ReplicaSet { return append([]ReplicaSet{c.Config}, c.Shards...) }

// Containers lists the members of all replica sets, followed by the router.
func (c Cluster) Containers() (all []Container) {
	for _, set := range c.Sets() {
		all = append(all, set.Members...)
	}
	return append(all, c.Router)
}

// ReplicaSet is the replica set of the config servers or of one shard.
type ReplicaSet struct {
	Name         string
	ConfigServer bool // whether it is the config server replica set
	Members      []Container
}

// SeedList is the set's seed list, `name/host:port,…`, in the format that
// `mongos --configdb` takes.
func (r ReplicaSet) SeedList() string {
	seeds := r.Name + "/"
	for i, m := range r.Members {
		if i > 0 {
			seeds += ","
		}
		seeds += m.Host()
	}
	return seeds
}

// ClusterSpec describes a cluster: its size, its memory limits and its naming.
type ClusterSpec struct {
	ContainerPrefix string // start of every container name
	VolumePrefix    string // start of every volume name

	Shards          int
	MembersPerShard int // 1, 3, 5 or 7
	ConfigServers   int // 1 or 3

	ShardMemory        int // MB, of each member of a shard
	ConfigServerMemory int // MB, of each config server
	RouterMemory       int // MB

	Port int // host port that is published for the router

	Priorities map[string]int // election priorities, by the member's DNS name on the network; 1 for members that are not listed
	Hidden     []string       // DNS names of the hidden members
}

// Cluster returns the cluster with all its containers and volumes named.
func (s ClusterSpec) Cluster() Cluster {
	return Cluster{
		Config: s.configSet(),
		Shards: s.shards(),
		Router: namePrefix(s.ContainerPrefix).container("mongos", Router, Data, s.RouterMemory, []string{"mongos", "mongo"}, PublishedPort{s.Port, Port}),
	}
}

func (s ClusterSpec) configSet() ReplicaSet {
	set := ReplicaSet{Name: "configReplSet", ConfigServer: true}
	for i := 1; i <= s.ConfigServers; i++ {
		c := namePrefix(s.ContainerPrefix).container(fmt.Sprintf("config-%d", i), ConfigServer, Data, s.ConfigServerMemory,
			[]string{fmt.Sprintf("config-server-%d", i)})
		c.Volume = fmt.Sprintf("%sconfig%d_data", s.VolumePrefix, i)
		c.Mount = "/data/configdb"
		set.Members = append(set.Members, s.withElectionSettings(c))
	}
	return set
}

func (s ClusterSpec) shards() (sets []ReplicaSet) {
	for i := 1; i <= s.Shards; i++ {
		set := ReplicaSet{Name: fmt.Sprintf("shard%dReplSet", i)}
		for m := 1; m <= s.MembersPerShard; m++ {
			node := fmt.Sprintf("shard%d-node%d", i, m)
			c := namePrefix(s.ContainerPrefix).container(node, ShardMember, Data, s.ShardMemory, []string{node})
			c.Volume = fmt.Sprintf("%sshard%d_node%d_data", s.VolumePrefix, i, m)
			c.Mount = "/data/db"
			set.Members = append(set.Members, s.withElectionSettings(c))
		}
		sets = append(sets, set)
	}
	return sets
}

// withElectionSettings sets the member's priority and whether it is hidden. A
// hidden member has priority 0, since MongoDB accepts no other.
func (s ClusterSpec) withElectionSettings(c Container) Container {
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
