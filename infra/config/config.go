// Package config turns a stack's settings (`speedscale:…` in Pulumi.<stack>.yaml)
// into one validated value.
package config

import "time"

// Namespace is the prefix of every setting.
const Namespace = "speedscale"

// Config is a stack's whole configuration. The tags hold each setting's name,
// its default (a default with `%s` takes the stack's name), its rule and what
// docs/settings.md says of it; `go generate ./infra/config` writes it there.
type Config struct {
	ContainerPrefix string `setting:"containerPrefix" default:"%s-" rule:"dockername" doc:"what every container's name starts with"`
	Network         string `setting:"network" default:"%s-shard-network" rule:"dockername" doc:"the bridge network's name"`
	VolumePrefix    string `setting:"volumePrefix" default:"%s_" rule:"omitempty,dockername" doc:"what every volume's name starts with; may be empty"`
	BindAddress     string `setting:"bindAddress" default:"127.0.0.1" rule:"ip" doc:"the host's address on which ports are published"`
	Ports           Ports  `setting:"ports" doc:"the published ports"`

	Security Security `setting:"security" doc:"who may do what; see docs/security.md"`

	Shards          int `setting:"shards" default:"2" rule:"min=1,max=16" doc:"number of shards"`
	MembersPerShard int `setting:"membersPerShard" default:"3" rule:"oneof=1 3 5 7" doc:"members of each shard's replica set"`
	ConfigServers   int `setting:"configServers" default:"3" rule:"oneof=1 3" doc:"members of the config servers' replica set"`

	ElectionTimeout   time.Duration `setting:"electionTimeout" default:"2.3s" rule:"min=1s,max=60s" doc:"how long a primary may be silent before the others elect a new one"`
	HeartbeatInterval time.Duration `setting:"heartbeatInterval" default:"500ms" rule:"min=100ms,max=10s" doc:"how often members ask each other whether they are there"`

	Priorities       map[string]int    `setting:"priorities" default:"{}" doc:"which members are preferred as primary, from 0 (never) to 1000; a member that is not named has 1: {shard1-node1: 2, config-server-1: 3}"`
	Hidden           []string          `setting:"hidden" default:"[]" doc:"members that clients do not see and that never become primary: [shard1-node3]"`
	Zones            []Zone            `setting:"zones" default:"[]" doc:"parts of the products, in percent of their hashes, that stay on chosen shards: [{name: archive, shards: [2], from: 0, to: 25}]; without zones all shards have equal parts"`
	MongodParameters map[string]string `setting:"mongodParameters" default:"{}" doc:"server parameters of every mongod: {ttlMonitorSleepSecs: 30}; a change replaces the members one at a time"`

	Images    string    `setting:"images" default:"auto" rule:"oneof=auto registry packages" doc:"where images come from: a registry, built from packages, or (auto) whichever can be reached"`
	ImageRefs ImageRefs `setting:"imageRefs" doc:"official images, used when they come from a registry; pin one with @sha256:…"`
	Memory    Memory    `setting:"memory" doc:"memory limits in MB; a container that needs more is ended by the kernel"`

	SeedTarget int           `setting:"seedTarget" default:"2000" rule:"min=0,max=5000000" doc:"products that the gateway seeds"`
	SearchTTL  time.Duration `setting:"searchTtl" default:"60s" rule:"min=1s,max=24h" doc:"how long a search stays cached"`
	ProductTTL time.Duration `setting:"productTtl" default:"300s" rule:"min=1s,max=24h" doc:"how long a product stays cached"`
	SimilarTTL time.Duration `setting:"similarTtl" default:"120s" rule:"min=1s,max=24h" doc:"how long similar products stay cached"`
	RateLimit  int           `setting:"rateLimit" default:"60" rule:"min=0,max=1000000" doc:"requests a minute from one client address; 0 lifts the limit"`

	KeepData      bool          `setting:"keepData" default:"false" doc:"whether volumes outlive a destroy; the next up takes them over with all data"`
	DeployTimeout time.Duration `setting:"deployTimeout" default:"3m" rule:"min=10s,max=1h" doc:"how long a step may wait for a container or a replica set"`
}

// Ports are the host's ports, 1-65535 each, no two alike.
type Ports struct {
	Mongos   int `setting:"mongos" default:"27017" rule:"min=1,max=65535" doc:"MongoDB, through the router"`
	Redis    int `setting:"redis" default:"6379" rule:"min=1,max=65535" doc:"Redis"`
	Insight  int `setting:"insight" default:"8001" rule:"min=1,max=65535" doc:"RedisInsight; with images from packages, our own page about the cache"`
	RedisUI  int `setting:"redisUi" default:"8081" rule:"min=1,max=65535" doc:"Redis Commander"`
	Gateway  int `setting:"gateway" default:"8000" rule:"min=1,max=65535" doc:"the search gateway"`
	Frontend int `setting:"frontend" default:"3000" rule:"min=1,max=65535" doc:"the web page"`
}

// Values of Security.Auth and Security.TLS.
const (
	Auto = "auto"
	On   = "true"
	Off  = "false"
)

// Security says who may do what, and how connections are protected.
type Security struct {
	Auth string `setting:"auth" default:"auto" rule:"oneof=auto true false" doc:"whether MongoDB, Redis and the pages about them ask for a login; auto: yes, but a stack that was deployed without logins keeps going without while nobody but this machine can reach bindAddress. false needs such a bindAddress, too"`
	TLS  string `setting:"tls" default:"auto" rule:"oneof=auto true false" doc:"whether all servers ask for TLS; auto: as soon as others than this machine can reach bindAddress. false needs a bindAddress that nobody else can reach. TLS needs logins"`

	Names           []string `setting:"names" default:"[]" doc:"further names and addresses by which clients reach this machine, for the certificates: [db.example.org, 192.0.2.7]; must name one if bindAddress is 0.0.0.0 or ::"`
	CertificateDays int      `setting:"certificateDays" default:"90" rule:"min=1,max=825" doc:"how many days a certificate is valid; an up in the last third renews it"`
	PageCertificate string   `setting:"pageCertificate" default:"" doc:"file with a certificate and its chain (PEM) for the web page, instead of one of the stack's own authority; relative to the project's folder"`
	PageKey         string   `setting:"pageKey" default:"" doc:"file with the private key of pageCertificate (PEM)"`

	Rotate Rotate `setting:"rotate" doc:"another number replaces what it stands for, without an outage"`
}

// Rotate counts how often each kind of secret was replaced.
type Rotate struct {
	Passwords int `setting:"passwords" default:"1" rule:"min=1,max=1000000" doc:"the passwords of all users of MongoDB, Redis and the pages about them"`
	Keyfile   int `setting:"keyfile" default:"1" rule:"min=1,max=1000000" doc:"the key by which members and router know each other"`
	Authority int `setting:"authority" default:"1" rule:"min=1,max=1000000" doc:"the stack's certificate authority, and all certificates with it"`
}

// ImageRefs name the official images, by tag or by digest.
type ImageRefs struct {
	Mongo          string `setting:"mongo" default:"mongo:7.0.43" rule:"imageref" doc:"mongod and mongos"`
	RedisStack     string `setting:"redisStack" default:"redis/redis-stack:7.4.0-v8" rule:"imageref" doc:"the cache"`
	RedisCommander string `setting:"redisCommander" default:"ghcr.io/joeferner/redis-commander:0.9.1" rule:"imageref" doc:"Redis Commander, the browser of the cache's keys"`
	Nginx          string `setting:"nginx" default:"nginx:1.30" rule:"imageref" doc:"the page's server"`
}

// Zone keeps a part of the products on some shards.
type Zone struct {
	Name   string `json:"name"`
	Shards []int  `json:"shards"` // 1 is the first
	From   int    `json:"from"`   // percent of all hashes, 0 to 100
	To     int    `json:"to"`     // percent of all hashes, above From
}

// Memory is what each container of a kind may use, in MB; beyond it the kernel
// ends the container.
type Memory struct {
	ConfigServer int `setting:"configServer" default:"384" rule:"min=128,max=1048576" doc:"each config server"`
	Shard        int `setting:"shard" default:"2048" rule:"min=128,max=1048576" doc:"each member of a shard"`
	ShardCache   int `setting:"shardCache" default:"256" rule:"min=256,max=1048576" doc:"how much of it WiredTiger's cache may take; a change replaces the members one at a time"`
	Mongos       int `setting:"mongos" default:"1536" rule:"min=64,max=1048576" doc:"the router"`
	Redis        int `setting:"redis" default:"150" rule:"min=64,max=1048576" doc:"the cache, which fills three quarters of it with entries"`
	Insight      int `setting:"insight" default:"384" rule:"min=128,max=1048576" doc:"RedisInsight, which the official image runs in the cache's container; not used with images from packages"`
	RedisUI      int `setting:"redisUi" default:"100" rule:"min=64,max=1048576" doc:"Redis Commander, the browser of the cache's keys"`
	Gateway      int `setting:"gateway" default:"200" rule:"min=32,max=1048576" doc:"the gateway, and the job that runs once before it"`
	Frontend     int `setting:"frontend" default:"50" rule:"min=16,max=1048576" doc:"the page's server"`
}
