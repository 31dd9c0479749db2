// Package topology computes, from a configuration, every name, member, port and
// volume of a stack. It is pure: no I/O, no Pulumi.
package topology

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"speedscale/infra/config"
)

// Port is where every mongod and the router listen inside their containers.
const Port = 27017

// Layer is a level of the deployed system, as the page draws it.
type Layer string

// The layers, from the user's side to the data's.
const (
	Presentation Layer = "presentation"
	Application  Layer = "application"
	Cache        Layer = "cache"
	Data         Layer = "data"
)

// Role says which program runs in a container; it names the image and the
// memory budget.
type Role string

// The roles.
const (
	ConfigServer Role = "config-server"
	ShardMember  Role = "shard"
	Router       Role = "mongos"
	RedisStack   Role = "redis-stack"
	RedisUI      Role = "redis-commander"
	Gateway      Role = "gateway"
	Frontend     Role = "frontend"
	Init         Role = "init"
)

// MemorySetting is the setting of the memory of a role's containers.
func (r Role) MemorySetting() string {
	return map[Role]string{
		ConfigServer: "memory.configServer",
		ShardMember:  "memory.shard",
		Router:       "memory.mongos",
		RedisStack:   "memory.redis",
		RedisUI:      "memory.redisUi",
		Gateway:      "memory.gateway",
		Frontend:     "memory.frontend",
		Init:         "memory.gateway",
	}[r]
}

// Published is a port on the host that leads into a container.
type Published struct {
	External, Internal int
}

// Container is one container of the stack.
type Container struct {
	Name    string   // Docker's name
	Role    Role     // what runs in it
	Layer   Layer    // where it stands
	Aliases []string // its DNS names on the network
	Ports   []Published
	Volume  string // empty: none
	Mount   string // where the volume is mounted
	Memory  int    // limit in MB

	// Of a replica set's member:
	Priority float64 // preference in elections; 0: never primary
	Hidden   bool    // not shown to clients
}

// Host is the address of the mongod or router in the container, as other
// containers reach it.
func (c Container) Host() string { return fmt.Sprintf("%s:%d", c.Aliases[0], Port) }

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

// Plan is everything that a stack consists of.
type Plan struct {
	Network     string
	BindAddress string
	Config      ReplicaSet
	Shards      []ReplicaSet
	Router      Container
	Redis       Container
	RedisUI     Container
	Gateway     Container
	Frontend    Container
	Init        Container
}

// New computes the plan of a valid configuration.
func New(cfg config.Config) Plan {
	n := names{cfg}
	return Plan{
		Network:     cfg.Network,
		BindAddress: cfg.BindAddress,
		Config:      n.configSet(),
		Shards:      n.shards(),
		Router: n.container("mongos", Router, Data, cfg.Memory.Mongos, []string{"mongos", "mongo"},
			Published{cfg.Ports.Mongos, Port}),
		Redis: n.container("redis-cache", RedisStack, Cache, cfg.Memory.Redis, []string{"redis"},
			Published{cfg.Ports.Redis, 6379}, Published{cfg.Ports.Insight, 8001}),
		RedisUI: n.container("redis-ui", RedisUI, Cache, cfg.Memory.RedisUI, []string{"redis-ui"},
			Published{cfg.Ports.RedisUI, 8081}),
		Gateway: n.container("api-gateway", Gateway, Application, cfg.Memory.Gateway, []string{"api_server", "cluster-api-gateway"},
			Published{cfg.Ports.Gateway, 8000}),
		Frontend: n.container("frontend", Frontend, Presentation, cfg.Memory.Frontend, []string{"frontend"},
			Published{cfg.Ports.Frontend, 3000}),
		Init: n.container("init", Init, Application, cfg.Memory.Gateway, nil),
	}
}

// Sets lists the replica sets, the config servers' first.
func (p Plan) Sets() []ReplicaSet { return append([]ReplicaSet{p.Config}, p.Shards...) }

// Containers lists every container in the order of DESIGN's table: data, cache,
// application, presentation, and the one-shot job last.
func (p Plan) Containers() []Container {
	var out []Container
	for _, set := range p.Sets() {
		out = append(out, set.Members...)
	}
	return append(out, p.Router, p.Redis, p.RedisUI, p.Gateway, p.Frontend, p.Init)
}

// Volumes lists the volumes' names.
func (p Plan) Volumes() []string {
	var out []string
	for _, c := range p.Containers() {
		if c.Volume != "" {
			out = append(out, c.Volume)
		}
	}
	return out
}

// IsVolume tells whether a stack with these settings, whatever its numbers of
// shards and members, would give one of its volumes this name.
func IsVolume(cfg config.Config, name string) bool {
	rest, ok := strings.CutPrefix(name, cfg.VolumePrefix)
	return ok && volumeName.MatchString(rest)
}

var volumeName = regexp.MustCompile(`^(config[0-9]+|shard[0-9]+_node[0-9]+)_data$`)

// names holds the naming rules; everything else derives from them.
type names struct{ cfg config.Config }

func (n names) container(suffix string, role Role, layer Layer, memory int, aliases []string, ports ...Published) Container {
	return Container{
		Name: n.cfg.ContainerPrefix + suffix, Role: role, Layer: layer,
		Aliases: aliases, Ports: ports, Memory: memory,
	}
}

func (n names) configSet() ReplicaSet {
	set := ReplicaSet{Name: "configReplSet", ConfigServer: true}
	for i := 1; i <= n.cfg.ConfigServers; i++ {
		c := n.container(fmt.Sprintf("config-%d", i), ConfigServer, Data, n.cfg.Memory.ConfigServer,
			[]string{fmt.Sprintf("config-server-%d", i)})
		c.Volume = fmt.Sprintf("%sconfig%d_data", n.cfg.VolumePrefix, i)
		c.Mount = "/data/configdb"
		set.Members = append(set.Members, n.elected(c))
	}
	return set
}

// elected gives a member what the settings say of its name.
func (n names) elected(c Container) Container {
	c.Hidden = slices.Contains(n.cfg.Hidden, c.Aliases[0])
	c.Priority = 1
	if priority, given := n.cfg.Priorities[c.Aliases[0]]; given {
		c.Priority = float64(priority)
	}
	if c.Hidden {
		c.Priority = 0
	}
	return c
}

func (n names) shards() (sets []ReplicaSet) {
	for s := 1; s <= n.cfg.Shards; s++ {
		set := ReplicaSet{Name: fmt.Sprintf("shard%dReplSet", s)}
		for m := 1; m <= n.cfg.MembersPerShard; m++ {
			node := fmt.Sprintf("shard%d-node%d", s, m)
			c := n.container(node, ShardMember, Data, n.cfg.Memory.Shard, []string{node})
			c.Volume = fmt.Sprintf("%sshard%d_node%d_data", n.cfg.VolumePrefix, s, m)
			c.Mount = "/data/db"
			set.Members = append(set.Members, n.elected(c))
		}
		sets = append(sets, set)
	}
	return sets
}
