// Package topology computes, from a configuration, every name, member, port and
// volume of a stack. It is pure: no I/O, no Pulumi.
package topology

import (
	"fmt"
	"regexp"
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

// Plan is everything that a stack consists of.
type Plan struct {
	Network     string
	BindAddress string
	Cluster
	Redis    Container
	RedisUI  Container
	Gateway  Container
	Frontend Container
	Init     Container
}

// New computes the plan of a valid configuration.
func New(cfg config.Config) Plan {
	n := names(cfg.ContainerPrefix)
	return Plan{
		Network:     cfg.Network,
		BindAddress: cfg.BindAddress,
		Cluster: Size{
			ContainerPrefix: cfg.ContainerPrefix, VolumePrefix: cfg.VolumePrefix,
			Shards: cfg.Shards, MembersPerShard: cfg.MembersPerShard, ConfigServers: cfg.ConfigServers,
			ShardMemory: cfg.Memory.Shard, ConfigServerMemory: cfg.Memory.ConfigServer, RouterMemory: cfg.Memory.Mongos,
			Port: cfg.Ports.Mongos, Priorities: cfg.Priorities, Hidden: cfg.Hidden,
		}.Cluster(),
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

// Containers lists every container in the order of DESIGN's table: data, cache,
// application, presentation, and the one-shot job last.
func (p Plan) Containers() []Container {
	return append(p.Cluster.Containers(), p.Redis, p.RedisUI, p.Gateway, p.Frontend, p.Init)
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

// names is what every container's name begins with.
type names string

func (n names) container(suffix string, role Role, layer Layer, memory int, aliases []string, ports ...Published) Container {
	return Container{
		Name: string(n) + suffix, Role: role, Layer: layer,
		Aliases: aliases, Ports: ports, Memory: memory,
	}
}
