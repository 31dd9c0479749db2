package router

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

type handler func(context.Context, *request) (bsoncore.Document, error)

// command says how a command is carried out.
type command struct {
	run   handler
	limit time.Duration // for clients that set no maxTimeMS
	open  bool          // the limit counts only once a shard has lost its primary
	admin bool          // only on the admin database
	local bool          // also answered before the config servers are reached
	read  bool          // given up when the client hangs up
	write bool          // has more time while a shard elects a primary
	need  need          // what its sender must be allowed to do
}

// Limits that hold where the client sets no maxTimeMS. A stopped member sends
// nothing, not even an end of its connections: without a limit, whoever waits
// for it waits for ever. Of what may rightly take long they count from the
// moment at which a member is seen to have stopped.
const (
	quick  = 5 * time.Second
	reads  = 30 * time.Second
	writes = 8 * time.Second
	long   = 30 * time.Minute // index builds, moves of chunks, $out and $merge

	manyWrites = 5 * time.Minute  // an update or delete of many documents
	election   = 12 * time.Second // how much longer a write may take while a shard elects: the usual 10 s, and some
)

type group struct {
	command
	handlers map[string]handler
}

// commands is all that the router carries out; it denies what is not here.
func commands(r *Router) map[string]command {
	table, needs := map[string]command{}, needs()
	groups := []group{
		{command{limit: quick, local: true}, map[string]handler{
			"buildInfo": r.buildInfo, "getLog": r.getLog, "getCmdLineOpts": r.getCmdLineOpts, "hostInfo": r.hostInfo,
			"connectionStatus": r.connectionStatus, "whatsmyuri": r.whatsmyuri, "listCommands": r.listCommands,
			"atlasVersion": r.unknownHere, "getFreeMonitoringStatus": r.freeMonitoring, "serverStatus": r.serverStatus,
			"getParameter": r.getParameter, "endSessions": r.nothing, "refreshSessions": r.nothing, "logRotate": r.nothing,
			"isdbgrid": r.isdbgrid, "replSetGetStatus": r.noReplication, "replSetGetConfig": r.noReplication, "replSetInitiate": r.noReplication,
		}},
		{command{limit: quick, local: true, admin: true}, map[string]handler{"rotateCertificates": r.rotateCertificates}},
		{command{limit: quick}, map[string]handler{
			"hello": r.hello, "isMaster": r.isMaster, "ping": r.nothing, "killCursors": r.killCursors,
		}},
		{command{limit: reads, open: true, read: true}, map[string]handler{
			"find": r.find, "aggregate": r.aggregate, "getMore": r.getMore, "count": r.count, "distinct": r.distinct, "explain": r.explain,
			"listCollections": r.listCollections, "listIndexes": r.listIndexes, "dbStats": r.dbStats, "collStats": r.collStats,
		}},
		{command{limit: writes, open: true, write: true}, map[string]handler{
			"insert": r.insert, "update": r.update, "delete": r.delete, "findAndModify": r.findAndModify,
		}},
		{command{limit: long, open: true}, map[string]handler{
			"create": r.create, "createIndexes": r.createIndexes, "dropIndexes": r.dropIndexes,
			"drop": r.drop, "dropDatabase": r.dropDatabase, "collMod": r.collMod,
		}},
		{command{limit: reads, admin: true}, map[string]handler{
			"listDatabases": r.listDatabases, "listShards": r.listShards, "getShardMap": r.getShardMap, "flushRouterConfig": r.flushRouterConfig,
			"balancerStatus": r.config("_configsvrBalancerStatus", false), "balancerCollectionStatus": r.config("_configsvrBalancerCollectionStatus", false), "getDefaultRWConcern": r.config("getDefaultRWConcern", false),
		}},
		{command{limit: long, open: true, admin: true}, map[string]handler{
			"renameCollection": r.renameCollection,
			"addShard":         r.addShard, "removeShard": r.removeShard, "movePrimary": r.movePrimary, "enableSharding": r.enableSharding,
			"shardCollection": r.shardCollection, "refineCollectionShardKey": r.refineShardKey,
			"balancerStart": r.config("_configsvrBalancerStart", false), "balancerStop": r.config("_configsvrBalancerStop", false),
			"addShardToZone": r.config("_configsvrAddShardToZone", true), "removeShardFromZone": r.config("_configsvrRemoveShardFromZone", true),
			"configureCollectionBalancing": r.config("_configsvrConfigureCollectionBalancing", false), "setAllowMigrations": r.config("_configsvrSetAllowMigrations", true),
			"moveChunk": r.moveChunk, "moveRange": r.moveRange, "split": r.split, "mergeChunks": r.mergeChunks,
			"updateZoneKeyRange": r.config("_configsvrUpdateZoneKeyRange", true), "setDefaultRWConcern": r.setDefaultRWConcern,
		}},
	}
	if r.logins != nil {
		groups = append(groups,
			group{command{limit: quick}, map[string]handler{
				"saslStart": r.saslStart, "saslContinue": r.saslContinue, "authenticate": r.authenticate, "logout": r.logout,
			}},
			group{command{limit: reads}, accounts(r)},
		)
	}
	for _, group := range groups {
		for name, run := range group.handlers {
			cmd := group.command
			cmd.run, cmd.need = run, needs[name]
			table[name] = cmd
		}
	}
	for alias, name := range aliases {
		table[alias] = table[name]
	}
	return table
}

// aliases are the older spellings that mongos knows too.
var aliases = map[string]string{
	"ismaster": "isMaster", "buildinfo": "buildInfo", "collstats": "collStats", "dbstats": "dbStats", "findandmodify": "findAndModify",
	"deleteIndexes": "dropIndexes", "isdbGrid": "isdbgrid", "flushrouterconfig": "flushRouterConfig", "addshard": "addShard", "removeshard": "removeShard",
	"listshards": "listShards", "moveprimary": "movePrimary", "movechunk": "moveChunk", "enablesharding": "enableSharding", "shardcollection": "shardCollection",
}

// notHere are commands that a mongos has, or had, and this router does not, those
// about logins and users only without a keyfile. Any other name is no command.
var notHere = names(
	"abortTransaction", "authenticate", "availableQueryOptions", "bulkWrite", "cleanupReshardCollection", "clearJumboFlag", "commitReshardCollection",
	"commitTransaction", "compact", "connPoolStats", "connPoolSync", "convertToCapped", "createRole", "createUser", "currentOp", "dataSize",
	"dropAllRolesFromDatabase", "dropAllUsersFromDatabase", "dropConnections", "dropRole", "dropUser", "filemd5", "fsync", "fsyncUnlock",
	"getDiagnosticData", "getShardVersion", "grantPrivilegesToRole", "grantRolesToRole", "grantRolesToUser", "invalidateUserCache", "killAllSessions",
	"killAllSessionsByPattern", "killOp", "killSessions", "logout", "mapReduce", "mapreduce", "multicast", "netstat", "planCacheClear",
	"planCacheClearFilters", "planCacheListFilters", "planCacheSetFilter", "profile", "reIndex", "removeQuerySettings", "replSetStepDown", "reshardCollection",
	"revokePrivilegesFromRole", "revokeRolesFromRole", "revokeRolesFromUser", "rolesInfo", "saslContinue", "saslStart",
	"setAuditConfig", "setFeatureCompatibilityVersion", "setIndexCommitQuorum", "setParameter", "setQuerySettings", "shutdown", "splitVector",
	"startRecordingTraffic", "startSession", "stopRecordingTraffic", "top", "updateRole", "updateUser", "usersInfo", "validate", "validateDBMetadata",
)
