package stack

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/sdk"
	"speedscale/infra/topology"
)

// A primary hands over on SIGTERM and then drains; killing it before would lose
// the seconds that this saves.
const mongodGrace = 30

// data declares node A: the config servers, the router, the shards, and the
// collection that is spread over them.
func (d *deployment) data() error {
	config, err := d.replicaSet(d.plan.Config, nil)
	if err != nil {
		return err
	}
	router, err := d.router(config.set)
	if err != nil {
		return err
	}
	var shards []pulumi.Resource
	var names []string
	for _, set := range d.plan.Shards {
		shard, err := d.shard(set, router, config.majority)
		if err != nil {
			return err
		}
		shards, names = append(shards, shard), append(names, set.Name)
	}
	d.products, err = sdk.NewShardedCollection(d.ctx, "products", &sdk.ShardedCollectionArgs{
		Router:         endpoint(d.plan.Router),
		Database:       "speedscale",
		Collection:     "products",
		Key:            []sdk.KeyField{{Field: "_id", Type: "hashed"}},
		Shards:         names,
		Zones:          d.zones(),
		TimeoutSeconds: d.timeout(),
	}, pulumi.DependsOn(shards))
	return err
}

// members is a replica set as declared.
type members struct {
	set *sdk.ReplicaSet
	// majority is the container with which a majority of the members exists.
	majority *docker.Container
}

// catchUp is how long a new primary may wait to hear from all members whether it
// has missed something, in milliseconds. It has what a majority has, so nothing
// that was acknowledged by one can be missing. MongoDB waits without a limit: for
// a container that is gone with its address that is 3 s more, in which nobody
// can write.
const catchUp = 250

// replicaSet declares a set's volumes, members and the set itself. The members
// are a chain, container → Node → next container, so that a change replaces one
// at a time and the next only once this one has caught up. The first one waits
// for what is in after.
func (d *deployment) replicaSet(set topology.ReplicaSet, after []pulumi.Resource) (declared members, err error) {
	var list []sdk.Member
	for i, m := range set.Members {
		container, node, err := d.member(set, m, after)
		if err != nil {
			return members{}, err
		}
		after = []pulumi.Resource{node}
		list = append(list, d.setMember(m))
		if i == len(set.Members)/2 {
			declared.majority = container
		}
	}
	declared.set, err = sdk.NewReplicaSet(d.ctx, set.Name, &sdk.ReplicaSetArgs{
		Name:         set.Name,
		ConfigServer: set.ConfigServer,
		Members:      list,
		Settings: sdk.Settings{
			ElectionTimeoutMillis:   int(d.cfg.ElectionTimeout.Milliseconds()),
			HeartbeatIntervalMillis: int(d.cfg.HeartbeatInterval.Milliseconds()),
			CatchUpTimeoutMillis:    catchUp,
		},
		TimeoutSeconds: d.timeout(),
	}, pulumi.DependsOn(after))
	return declared, err
}

// member declares one mongod: its volume, its container, and the wait for it.
func (d *deployment) member(set topology.ReplicaSet, m topology.Container, after []pulumi.Resource) (*docker.Container, *sdk.Node, error) {
	volume, err := d.volume(m)
	if err != nil {
		return nil, nil, err
	}
	container, err := d.container(m, spec{command: d.mongod(set, m), grace: mongodGrace},
		pulumi.DependsOn(append([]pulumi.Resource{volume}, after...)))
	if err != nil {
		return nil, nil, err
	}
	node, err := sdk.NewNode(d.ctx, m.Name, &sdk.NodeArgs{
		ContainerArgs: d.waitFor(m, container), Host: m.Host(), ReplicaSet: set.Name,
	})
	return container, node, err
}

// setMember is a container as a member of its set.
func (d *deployment) setMember(c topology.Container) sdk.Member {
	m := sdk.Member{Endpoint: endpoint(c), Hidden: c.Hidden}
	if c.Priority != 1 {
		m.Priority = &c.Priority
	}
	return m
}

// zones are the settings' zones, whose ranges are parts of all hashes.
func (d *deployment) zones() (zones []sdk.Zone) {
	for _, z := range d.cfg.Zones {
		zone := sdk.Zone{Name: z.Name, Ranges: []sdk.Range{{Min: hashAt(z.From), Max: hashAt(z.To)}}}
		for _, n := range z.Shards {
			zone.Shards = append(zone.Shards, d.plan.Shards[n-1].Name)
		}
		zones = append(zones, zone)
	}
	return zones
}

// hashAt is the bound of the products' shard key below which percent of all
// hashes lie.
func hashAt(percent int) string {
	switch percent {
	case 0:
		return `{"_id": {"$minKey": 1}}`
	case 100:
		return `{"_id": {"$maxKey": 1}}`
	}
	hash := math.MinInt64 + int64(percent)*(math.MaxInt64/50)
	return fmt.Sprintf(`{"_id": {"$numberLong": "%d"}}`, hash)
}

// volume declares a member's data. Changed labels or options would replace it,
// which means: delete the data. One that is kept is taken over when it is created
// again: Docker answers with the volume that has the name.
func (d *deployment) volume(m topology.Container) (*docker.Volume, error) {
	return docker.NewVolume(d.ctx, m.Volume, &docker.VolumeArgs{
		Name: pulumi.String(m.Volume),
		Labels: docker.VolumeLabelArray{
			docker.VolumeLabelArgs{Label: pulumi.String(LabelStack), Value: pulumi.String(d.ctx.Stack())},
		},
	}, pulumi.IgnoreChanges([]string{"labels", "driver", "driverOpts"}), pulumi.RetainOnDelete(d.cfg.KeepData))
}

// mongodParameters are set on every mongod unless the settings say otherwise.
var mongodParameters = map[string]string{
	// A cluster cursor that its client forgot cannot be killed, only reaped.
	"cursorTimeoutMillis": "120000",
	// A range that comes back to a shard waits until what it left there is
	// deleted: with the server's 15 minutes, a shard that was added could not be
	// removed again for as long.
	"orphanCleanupDelaySecs": "5",
	// How long a member that stops waits for a successor and turns its clients
	// away; the last one of a set waits in vain.
	"shutdownTimeoutMillisForSignaledShutdown": "2000",
}

// compressors are what servers offer for the wire protocol: all that MongoDB has
// but zlib, through which anybody could read a server's memory before 6.0.27,
// 7.0.28 and 8.0.17 (CVE-2025-14847), and which nothing here asks for.
const compressors = "snappy,zstd"

// configCache is the least that WiredTiger accepts, in MB, and plenty for a
// catalogue.
const configCache = 256

// eviction is how much of a shard's cache may be changed before its pages are
// written, and before clients have to help with that, in percent. A new product goes
// to many pages of the search index, which all change all the time: with
// WiredTiger's 5 and 20 (2.5 and 10 of updates) these are written again and again,
// and a million products take twice as long (docs/decisions/0016).
const eviction = "eviction_dirty_target=40,eviction_dirty_trigger=60,eviction_updates_target=30,eviction_updates_trigger=50"

// What mongod may use for building indexes, in MB: the least that it accepts, and
// its default, which is more than the smallest container has left.
const leastIndexBuild, mostIndexBuild = 50, 200

// mongod is the command line of a set's member.
func (d *deployment) mongod(set topology.ReplicaSet, m topology.Container) []string {
	kind, cache := "--shardsvr", d.cfg.Memory.ShardCache
	if set.ConfigServer {
		kind, cache = "--configsvr", configCache
	}
	command := []string{
		"mongod", kind, "--replSet", set.Name, "--bind_ip_all", "--port", strconv.Itoa(topology.Port), "--dbpath", m.Mount,
		// mongod looks at the machine's memory and not at the container's limit.
		"--wiredTigerCacheSizeGB", strconv.FormatFloat(float64(cache)/1024, 'f', -1, 64),
		"--oplogSize", "990", "--networkMessageCompressors", compressors,
	}
	parameters := maps.Clone(mongodParameters)
	if !set.ConfigServer {
		command = append(command, "--wiredTigerEngineConfigString", eviction)
		// Of what the cache leaves, the most goes to connections, replication and the allocator's waste.
		parameters["maxIndexBuildMemoryUsageMegabytes"] = strconv.Itoa(min(mostIndexBuild, max(leastIndexBuild, (d.cfg.Memory.Shard-cache)/8)))
	}
	parameters["replElectionTimeoutOffsetLimitFraction"] = electionOffset(slices.IndexFunc(set.Members, func(other topology.Container) bool { return other.Name == m.Name }))
	maps.Copy(parameters, d.cfg.MongodParameters)
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		command = append(command, "--setParameter", name+"="+parameters[name])
	}
	return command
}

// electionOffset is by up to which fraction of electionTimeout a set's i-th member
// waits longer than that. Members that begin an election within the same few
// milliseconds each vote for themselves, and begin anew after another time-out:
// the wider apart they begin, the rarer that is (docs/decisions/0013).
func electionOffset(i int) string {
	return strconv.FormatFloat(0.02+0.35*float64(i), 'f', 2, 64)
}

// router declares mongos. The shards need its container and not the wait for it:
// they ask it themselves, sooner than Docker, whose first check comes seconds
// after the start.
func (d *deployment) router(config *sdk.ReplicaSet) (*docker.Container, error) {
	container, _, err := d.service(d.plan.Router, spec{
		command: []string{
			"mongos", "--configdb", d.plan.Config.Seed(), "--bind_ip_all", "--port", strconv.Itoa(topology.Port),
			"--networkMessageCompressors", compressors,
		},
	}, pulumi.DependsOn([]pulumi.Resource{config}))
	return container, err
}

// shard declares a shard. Its members come after a majority of the config
// servers and so go before them: a shard's mongod that cannot reach them takes
// half a minute to stop.
func (d *deployment) shard(set topology.ReplicaSet, router, config *docker.Container) (*sdk.Shard, error) {
	declared, err := d.replicaSet(set, []pulumi.Resource{config})
	if err != nil {
		return nil, err
	}
	var members []sdk.Endpoint
	for _, m := range set.Members {
		members = append(members, endpoint(m))
	}
	return sdk.NewShard(d.ctx, fmt.Sprintf("%s-in-cluster", set.Name), &sdk.ShardArgs{
		Name:    set.Name,
		Members: members,
		Router:  endpoint(d.plan.Router),
	}, pulumi.DependsOn([]pulumi.Resource{declared.set, router}))
}

func endpoint(c topology.Container) sdk.Endpoint {
	return sdk.Endpoint{Host: c.Host(), Container: c.Name}
}

func (d *deployment) timeout() int { return int(d.cfg.DeployTimeout.Seconds()) }
