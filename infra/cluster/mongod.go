package cluster

import (
	"maps"
	"slices"
	"strconv"

	"speedscale/infra/topology"
)

// mongodGrace is the time that a mongod has to shut down, in seconds. On SIGTERM a
// primary steps down in favour of another member and then drains its connections.
// Killing it earlier would cost the seconds without a primary that this saves.
const mongodGrace = 30

// mongodParameters are set on every mongod unless the settings say otherwise.
var mongodParameters = map[string]string{
	// A cluster cursor that its client has abandoned cannot be killed; it stays
	// until it times out.
	"cursorTimeoutMillis": "120000",
	// A chunk cannot migrate back to a shard until the orphaned documents that it
	// left there are deleted. With the server's default of 15 minutes, a shard that
	// was just added could not be removed again for that long.
	"orphanCleanupDelaySecs": "5",
	// How long a member that shuts down waits for another one to take over, while it
	// refuses its clients. The last running member of a set always waits in vain.
	"shutdownTimeoutMillisForSignaledShutdown": "2000",
}

// compressors are the wire protocol compressors that servers offer: all of
// MongoDB's except zlib, which no client here uses. Before 6.0.27, 7.0.28 and
// 8.0.17 zlib let anybody read a server's memory (CVE-2025-14847).
const compressors = "snappy,zstd"

// minCacheMB is the smallest cache that WiredTiger accepts, in MB. Config servers
// always get this much, which is plenty for the cluster's metadata.
const minCacheMB = 256

// evictionConfig raises the percentages of dirty data in a shard's cache from
// which WiredTiger writes pages out (target), and from which client threads have
// to help (trigger). A new product changes many pages of the search index, and
// these change all the time. With WiredTiger's defaults of 5 and 20 (2.5 and 10
// for updates) they are written again and again, and loading a million products
// takes twice as long (docs/decisions/0016).
const evictionConfig = "eviction_dirty_target=40,eviction_dirty_trigger=60,eviction_updates_target=30,eviction_updates_trigger=50"

// Bounds for the memory of an index build, in MB: the least that mongod accepts,
// and its default, which is more than the cache leaves free in the smallest
// container.
const minIndexBuildMB, maxIndexBuildMB = 50, 200

// mongodCommand returns the command line of a replica set's i-th member.
func (c *Cluster) mongodCommand(set topology.ReplicaSet, i int) []string {
	m := set.Members[i]
	role, cache := "--shardsvr", max(c.args.ShardCache, minCacheMB)
	if set.ConfigServer {
		role, cache = "--configsvr", minCacheMB
	}
	command := []string{
		"mongod", role, "--replSet", set.Name, "--bind_ip_all", "--port", strconv.Itoa(topology.Port), "--dbpath", m.Mount,
		// mongod's default follows the machine's memory, not the container's limit.
		"--wiredTigerCacheSizeGB", strconv.FormatFloat(float64(cache)/1024, 'f', -1, 64),
		"--oplogSize", "990", "--networkMessageCompressors", compressors,
	}
	parameters := maps.Clone(mongodParameters)
	if !set.ConfigServer {
		command = append(command, "--wiredTigerEngineConfigString", evictionConfig)
		// An eighth of what the cache leaves: most of it is needed for connections, replication and allocator overhead.
		parameters["maxIndexBuildMemoryUsageMegabytes"] = strconv.Itoa(min(maxIndexBuildMB, max(minIndexBuildMB, (m.Memory-cache)/8)))
	}
	parameters["replElectionTimeoutOffsetLimitFraction"] = electionOffset(i)
	maps.Copy(parameters, c.args.Parameters)
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		command = append(command, "--setParameter", name+"="+parameters[name])
	}
	return command
}

// electionOffset is the value of replElectionTimeoutOffsetLimitFraction for a set's
// i-th member: the largest fraction of the election timeout that the member waits
// in addition to it. Members that start an election within the same few
// milliseconds each vote for themselves, and try again after another timeout. The
// further apart they start, the rarer that is (docs/decisions/0013).
func electionOffset(i int) string {
	return strconv.FormatFloat(0.02+0.35*float64(i), 'f', 2, 64)
}
