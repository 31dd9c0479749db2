// Package topology computes every name, replica set member, port and volume of
// a stack from its configuration. It is pure: no I/O, no Pulumi.
package topology

import (
	"fmt"
	"regexp"
	"strings"

	"speedscale/infra/config"
)

// Port is the port on which every mongod and the router listen inside their
// containers.
const Port = 27017

// Layer is a layer of the deployed system, as the page draws it.
type Layer string

// The layers, from the one that users see down to the data.
const (
	Presentation Layer = "presentation"
	Application  Layer = "application"
	Cache        Layer = "cache"
	Data         Layer = "data"
)

// Role says which program runs in a container. It determines the image and the
// memory limit.
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

// MemorySetting is the name of the setting for the memory limit of the role's
// containers.
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

// PublishedPort maps a port of the host (External) to a port of a container
// (Internal).
type PublishedPort struct {
	External, Internal int
}

// Container is one container of the stack.
type Container struct {
	Name    string
	Role    Role
	Layer   Layer
	Aliases []string // its DNS names on the network
	Ports   []PublishedPort
	Volume  string // name of its volume; empty: none
	Mount   string // path in the container where the volume is mounted
	Memory  int    // limit in MB

	// Only for members of a replica set:
	Priority float64 // priority in elections; 0: never primary
	Hidden   bool    // whether the member is hidden from clients
}

// Host is the address (host:port) at which other containers reach the mongod or
// the router in this container.
func (c Container) Host() string { return fmt.Sprintf("%s:%d", c.Aliases[0], Port) }

// Plan describes everything that a stack consists of.
type Plan struct {
	Network     string
	BindAddress string
	Cluster
	Redis    Container
	RedisUI  Container
	Gateway  Container
	Frontend Container
	Init     Container // the one-shot job
}

// New computes the plan for a configuration, which must be valid.
func New(cfg config.Config) Plan {
	prefix := namePrefix(cfg.ContainerPrefix)
	return Plan{
		Network:     cfg.Network,
		BindAddress: cfg.BindAddress,
		Cluster: ClusterSpec{
			ContainerPrefix: cfg.ContainerPrefix, VolumePrefix: cfg.VolumePrefix,
			Shards: cfg.Shards, MembersPerShard: cfg.MembersPerShard, ConfigServers: cfg.ConfigServers,
			ShardMemory: cfg.Memory.Shard, ConfigServerMemory: cfg.Memory.ConfigServer, RouterMemory: cfg.Memory.Mongos,
			Port: cfg.Ports.Mongos, Priorities: cfg.Priorities, Hidden: cfg.Hidden,
		}.Cluster(),
		Redis: prefix.container("redis-cache", RedisStack, Cache, cfg.Memory.Redis, []string{"redis"},
			PublishedPort{cfg.Ports.Redis, 6379}, PublishedPort{cfg.Ports.Insight, 8001}),
		RedisUI: prefix.container("redis-ui", RedisUI, Cache, cfg.Memory.RedisUI, []string{"redis-ui"},
			PublishedPort{cfg.Ports.RedisUI, 8081}),
		Gateway: prefix.container("api-gateway", Gateway, Application, cfg.Memory.Gateway, []string{"api_server", "cluster-api-gateway"},
			PublishedPort{cfg.Ports.Gateway, 8000}),
		Frontend: prefix.container("frontend", Frontend, Presentation, cfg.Memory.Frontend, []string{"frontend"},
			PublishedPort{cfg.Ports.Frontend, 3000}),
		Init: prefix.container("init", Init, Application, cfg.Memory.Gateway, nil),
	}
}

// Containers lists every container, by layer: data, cache, application,
// presentation, and the one-shot job last.
func (p Plan) Containers() []Container {
	return append(p.Cluster.Containers(), p.Redis, p.RedisUI, p.Gateway, p.Frontend, p.Init)
}

// Volumes lists the names of all volumes.
func (p Plan) Volumes() []string {
	var out []string
	for _, c := range p.Containers() {
		if c.Volume != "" {
			out = append(out, c.Volume)
		}
	}
	return out
}

// IsVolume reports whether a stack with these settings could have a volume of
// this name, for any number of shards and members.
func IsVolume(cfg config.Config, name string) bool {
	rest, ok := strings.CutPrefix(name, cfg.VolumePrefix)
	return ok && volumeName.MatchString(rest)
}

var volumeName = regexp.MustCompile(`^(config[0-9]+|shard[0-9]+_node[0-9]+)_data$`)

// namePrefix is the start of every container name.
type namePrefix string

func (p namePrefix) container(suffix string, role Role, layer Layer, memory int, aliases []string, ports ...PublishedPort) Container {
	return Container{
		Name: string(p) + suffix, Role: role, Layer: layer,
		Aliases: aliases, Ports: ports, Memory: memory,
	}
}
