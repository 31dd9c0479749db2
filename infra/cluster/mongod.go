package cluster

import (
	"maps"
	"slices"
	"strconv"

	"speedscale/infra/topology"
)

// A primary hands over on SIGTERM and then drains; killing it before would lose
// the seconds that this saves.
const mongodGrace = 30

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

// leastCache is the least that WiredTiger accepts, in MB, and plenty for a
// catalogue.
const leastCache = 256

// eviction is how much of a shard's cache may be changed before its pages are
// written, and before clients have to help with that, in percent. A new product goes
// to many pages of the search index, which all change all the time: with
// WiredTiger's 5 and 20 (2.5 and 10 of updates) these are written again and again,
// and a million products take twice as long (docs/decisions/0016).
const eviction = "eviction_dirty_target=40,eviction_dirty_trigger=60,eviction_updates_target=30,eviction_updates_trigger=50"

// What mongod may use for building indexes, in MB: the least that it accepts, and
// its default, which is more than the smallest container has left.
const leastIndexBuild, mostIndexBuild = 50, 200

// mongod is the command line of a set's i-th member.
func (c *Cluster) mongod(set topology.ReplicaSet, i int) []string {
	m := set.Members[i]
	kind, cache := "--shardsvr", max(c.args.ShardCache, leastCache)
	if set.ConfigServer {
		kind, cache = "--configsvr", leastCache
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
		parameters["maxIndexBuildMemoryUsageMegabytes"] = strconv.Itoa(min(mostIndexBuild, max(leastIndexBuild, (m.Memory-cache)/8)))
	}
	parameters["replElectionTimeoutOffsetLimitFraction"] = electionOffset(i)
	maps.Copy(parameters, c.args.Parameters)
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
