package router

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/auth"
	"speedscale/internal/testenv"
)

// TestIntegrationAsAMongodAllows sends commands as users of many roles through the
// router and to a genuine mongod with the same users: where one answers
// Unauthorized the other must, too. TestIntegrationLogins has what a
// mongod alone does not know.
func TestIntegrationAsAMongodAllows(t *testing.T) {
	t.Parallel()
	g := startSecured(t, 1, 1, 1)
	plain := testenv.ReplicaSet(t, "plain", 1, testenv.Auth(testenv.Keyfile(t))...)[0]
	uri := "mongodb://" + plain.Addr() + "/?directConnection=true"
	servers := []*mongo.Client{g.client, loginAs(t, uri, testenv.Member(testenv.Key))}
	for _, server := range servers {
		for _, cmd := range roles {
			run(t, server, "admin", cmd)
		}
		for name, list := range players {
			run(t, server, "admin", user(name, list...))
		}
		fill(t, server.Database("shop").Collection("c"), 3)
		fill(t, server.Database("other").Collection("c"), 3)
		run(t, server, "shop", bson.D{{Key: "create", Value: "d"}})
		run(t, server, "shop", bson.D{{Key: "create", Value: "view"}, {Key: "viewOn", Value: "c"}})
		run(t, server, "shop", bson.D{{Key: "create", Value: "series"}, {Key: "timeseries", Value: bson.D{{Key: "timeField", Value: "t"}}}})
	}
	names := []string{""}
	for name := range players {
		names = append(names, name)
	}
	slices.Sort(names)
	agreed := 0
	for _, name := range names {
		through, plainly := connect(t, "mongodb://"+g.address), connect(t, uri)
		if name != "" {
			through, plainly = g.as(t, name, "admin"), loginAs(t, uri, credential(name, "admin", password))
		}
		for _, db := range []string{"shop", "other"} {
			require.Equal(t, visible(plainly, db), visible(through, db), "%q in %s", name, db)
		}
		for _, c := range compared(name) {
			routed, alone := ask(through, c.db, c.cmd), ask(plainly, c.db, c.cmd)
			if isDenied(routed) == isDenied(alone) {
				agreed++
				continue
			}
			if isDenied(alone) || !stricter[c.cmd[0].Key+" "+stageOf(c.cmd)] {
				t.Errorf("%q on %s, %v:\n router: %v\n mongod: %v", name, c.db, c.cmd, routed, alone)
			}
		}
	}
	t.Logf("%d commands agree", agreed)
}

// visible are the names of the collections, and of the databases, that a user is
// shown.
func visible(client *mongo.Client, db string) (list []string) {
	ctx := context.Background()
	colls, _ := client.Database(db).ListCollectionNames(ctx, bson.D{{Key: "name", Value: bson.D{{Key: "$ne", Value: "x"}}}}, options.ListCollections().SetAuthorizedCollections(true).SetBatchSize(2))
	dbs, _ := client.ListDatabaseNames(ctx, bson.D{{Key: "name", Value: bson.D{{Key: "$nin", Value: bson.A{"config", "local"}}}}})
	slices.Sort(colls)
	return append(colls, dbs...)
}

func isDenied(err error) bool {
	var failed mongo.CommandError
	return errors.As(err, &failed) && failed.Code == codeUnauthorized
}

// stageOf is the first stage of an aggregate.
func stageOf(cmd bson.D) string {
	for _, e := range cmd {
		if list, ok := e.Value.(bson.A); ok && e.Key == "pipeline" && len(list) > 0 {
			return list[0].(bson.D)[0].Key
		}
	}
	return ""
}

// stricter are commands that a mongod lets everybody send, who then sees the
// operations and sessions of his own. The router's own are a member's, so it asks
// for the privilege to see all.
var stricter = names("aggregate $currentOp", "aggregate $listLocalSessions")

// roles are made for some of the players.
var roles = []bson.D{
	custom("onlyC", privilege(collection("shop", "c"), "find")),
	custom("everyC", privilege(collection("", "c"), "find", "insert", "listIndexes")),
	custom("systems", privilege(collection("shop", "system.views"), "find"), privilege(bson.D{{Key: "db", Value: "shop"}, {Key: "system_buckets", Value: "c"}}, "find", "insert")),
	custom("everything", privilege(bson.D{{Key: "anyResource", Value: true}}, "anyAction")),
	custom("ownself", privilege(collection("admin", ""), "changeOwnPassword", "changeOwnCustomData")),
	custom("renames", privilege(collection("shop", ""), "renameCollectionSameDB"), privilege(collection("shop", "to"), "find", "dropCollection")),
	custom("nothing"),
}

func custom(name string, privileges ...any) bson.D {
	return bson.D{{Key: "createRole", Value: name}, {Key: "privileges", Value: append(bson.A{}, privileges...)}, {Key: "roles", Value: bson.A{}}}
}

func privilege(resource bson.D, actions ...string) bson.D {
	return bson.D{{Key: "resource", Value: resource}, {Key: "actions", Value: actions}}
}

func collection(db, coll string) bson.D {
	return bson.D{{Key: "db", Value: db}, {Key: "collection", Value: coll}}
}

var players = map[string][]any{
	"none": {}, "read": {role("read", "shop")}, "readWrite": {role("readWrite", "shop")}, "dbAdmin": {role("dbAdmin", "shop")},
	"userAdmin": {role("userAdmin", "shop")}, "dbOwner": {role("dbOwner", "shop")}, "readAny": {"readAnyDatabase"}, "writeAny": {"readWriteAnyDatabase"},
	"dbAdminAny": {"dbAdminAnyDatabase"}, "userAdminAny": {"userAdminAnyDatabase"}, "clusterMonitor": {"clusterMonitor"}, "clusterManager": {"clusterManager"},
	"clusterAdmin": {"clusterAdmin"}, "hostManager": {"hostManager"}, "backup": {"backup"}, "restore": {"restore"}, "chief": {"root"},
	"custom": {"onlyC"}, "everywhere": {"everyC", "nothing"}, "systems": {"systems"}, "all": {"everything"}, "self": {"ownself"}, "renamer": {"renames"},
}

type comparedCommand struct {
	db  string
	cmd bson.D
}

// compared are the commands that a mongod alone has, too. What they do to their
// servers must not matter to those that follow.
func compared(self string) (list []comparedCommand) {
	add := func(db string, cmd ...bson.D) {
		for _, c := range cmd {
			list = append(list, comparedCommand{db, c})
		}
	}
	one := func(name string) bson.D { return bson.D{{Key: name, Value: 1}} }
	for _, db := range []string{"shop", "other", "admin", "config", "local"} {
		for _, coll := range []string{"c", "d", "system.views", "system.buckets.c"} {
			add(db, onCollection(coll)...)
		}
		add(db, aggregated("c", db)...)
		add(db,
			bson.D{{Key: "listCollections", Value: 1}},
			bson.D{{Key: "listCollections", Value: 1}, {Key: "nameOnly", Value: true}},
			bson.D{{Key: "listCollections", Value: 1}, {Key: "nameOnly", Value: true}, {Key: "authorizedCollections", Value: true}},
			one("dbStats"), bson.D{{Key: "usersInfo", Value: 1}}, bson.D{{Key: "rolesInfo", Value: 1}},
		)
	}
	for _, db := range []string{"shop", "other", "admin"} {
		add(db, aboutAccounts(db)...)
	}
	for _, db := range []string{"shop", "other"} {
		add(db, bson.D{{Key: "dropAllRolesFromDatabase", Value: 1}}, bson.D{{Key: "dropAllUsersFromDatabase", Value: 1}}, bson.D{{Key: "dropDatabase", Value: 1}})
	}
	add("admin",
		bson.D{{Key: "updateUser", Value: self}, {Key: "customData", Value: bson.D{}}}, bson.D{{Key: "updateUser", Value: self}, {Key: "pwd", Value: password}},
		bson.D{{Key: "usersInfo", Value: self}, {Key: "showPrivileges", Value: true}}, bson.D{{Key: "rolesInfo", Value: "onlyC"}}, bson.D{{Key: "rolesInfo", Value: role("read", "shop")}},
		bson.D{{Key: "usersInfo", Value: bson.D{{Key: "forAllDBs", Value: true}}}}, bson.D{{Key: "usersInfo", Value: bson.A{self, "other"}}}, one("invalidateUserCache"),
		bson.D{{Key: "getLog", Value: "global"}}, one("getCmdLineOpts"), one("hostInfo"), one("serverStatus"), one("getParameter"), one("logRotate"), one("rotateCertificates"), one("listCommands"),
		one("replSetGetStatus"), one("replSetGetConfig"), bson.D{{Key: "replSetInitiate", Value: bson.D{}}},
		bson.D{{Key: "listDatabases", Value: 1}}, bson.D{{Key: "listDatabases", Value: 1}, {Key: "authorizedDatabases", Value: false}},
		bson.D{{Key: "listDatabases", Value: 1}, {Key: "authorizedDatabases", Value: true}},
		one("getDefaultRWConcern"), bson.D{{Key: "setDefaultRWConcern", Value: 1}, {Key: "defaultReadConcern", Value: bson.D{{Key: "level", Value: "local"}}}},
		one("ping"), one("hello"), one("isMaster"), one("buildInfo"), one("connectionStatus"), one("whatsmyuri"),
		bson.D{{Key: "refreshSessions", Value: bson.A{}}}, bson.D{{Key: "endSessions", Value: bson.A{}}},
		bson.D{{Key: "getMore", Value: int64(1)}, {Key: "collection", Value: "c"}}, bson.D{{Key: "killCursors", Value: "c"}, {Key: "cursors", Value: bson.A{int64(1)}}},
	)
	for _, names := range [][2]string{{"shop.from", "shop.to"}, {"shop.from", "other.to"}, {"shop.to", "shop.from"}, {"shop.from", "shop.system.x"}} {
		rename := bson.D{{Key: "renameCollection", Value: names[0]}, {Key: "to", Value: names[1]}}
		add("admin", rename, append(slices.Clone(rename), bson.E{Key: "dropTarget", Value: true}))
	}
	return list
}

func onCollection(coll string) []bson.D {
	at := func(name string, more ...bson.E) bson.D { return append(bson.D{{Key: name, Value: coll}}, more...) }
	list := func(key string, value any) bson.E { return bson.E{Key: key, Value: bson.A{value}} }
	bypass := bson.E{Key: "bypassDocumentValidation", Value: true}
	query, change := bson.E{Key: "q", Value: bson.D{{Key: "x", Value: -1}}}, bson.E{Key: "u", Value: bson.D{{Key: "$set", Value: bson.D{{Key: "y", Value: 1}}}}}
	modify := bson.E{Key: "query", Value: bson.D{{Key: "_id", Value: -1}}}
	set := bson.E{Key: "update", Value: bson.D{{Key: "$set", Value: bson.D{{Key: "y", Value: 1}}}}}
	isTrue := func(key string) bson.E { return bson.E{Key: key, Value: true} }
	explain := func(cmd bson.D) bson.D { return bson.D{{Key: "explain", Value: cmd}} }
	view := func(on string, pipeline ...any) []bson.E {
		return []bson.E{{Key: "viewOn", Value: on}, {Key: "pipeline", Value: append(bson.A{}, pipeline...)}}
	}
	lookup := bson.D{{Key: "$lookup", Value: bson.D{{Key: "from", Value: "d"}, {Key: "pipeline", Value: bson.A{}}, {Key: "as", Value: "x"}}}}
	return []bson.D{
		at("find"), at("count"), at("distinct", bson.E{Key: "key", Value: "x"}), explain(at("find")), explain(at("count")), explain(at("distinct", bson.E{Key: "key", Value: "x"})),
		at("insert", list("documents", bson.D{})), at("insert", list("documents", bson.D{}), bypass),
		at("update", list("updates", bson.D{query, change})), at("update", list("updates", bson.D{query, change}), bypass),
		at("update", list("updates", bson.D{query, change, isTrue("upsert")})),
		at("delete", list("deletes", bson.D{query, {Key: "limit", Value: 1}})),
		at("findAndModify", modify, set), at("findAndModify", modify, set, isTrue("upsert")), at("findAndModify", modify, isTrue("remove")), at("findAndModify", modify, set, bypass),
		at("create"), at("create", isTrue("capped"), bson.E{Key: "size", Value: 4096}), at("create", view("c")...), at("create", view("c", lookup)...),
		at("collMod"), at("collMod", view("c", lookup)...), at("drop"), at("listIndexes"), at("collStats"), at("dropIndexes", bson.E{Key: "index", Value: "none"}),
		at("createIndexes", list("indexes", bson.D{{Key: "key", Value: bson.D{{Key: "x", Value: 1}}}, {Key: "name", Value: "x"}})),
	}
}

// aggregated are pipelines whose stages need something each.
func aggregated(coll, db string) (list []bson.D) {
	stage := func(name string, value any) bson.D { return bson.D{{Key: name, Value: value}} }
	from := func(coll string, inner ...any) bson.D {
		return bson.D{{Key: "from", Value: coll}, {Key: "pipeline", Value: append(bson.A{}, inner...)}, {Key: "as", Value: "x"}}
	}
	union := func(coll string, inner ...any) bson.D {
		return stage("$unionWith", bson.D{{Key: "coll", Value: coll}, {Key: "pipeline", Value: append(bson.A{}, inner...)}})
	}
	graph := bson.D{{Key: "from", Value: "d"}, {Key: "startWith", Value: 1}, {Key: "connectFromField", Value: "a"}, {Key: "connectToField", Value: "b"}, {Key: "as", Value: "x"}}
	merge := func(into any, more ...bson.E) bson.D {
		return stage("$merge", append(bson.D{{Key: "into", Value: into}}, more...))
	}
	when := func(matched, not any) []bson.E {
		return []bson.E{{Key: "whenMatched", Value: matched}, {Key: "whenNotMatched", Value: not}}
	}
	none := stage("$match", bson.D{{Key: "_id", Value: -1}})
	pipelines := [][]any{
		{},
		{none},
		{stage("$lookup", from("d"))},
		{stage("$lookup", from("d", stage("$lookup", from("system.views"))))},
		{union("d")},
		{stage("$unionWith", "d")},
		{union("d", union("e"))},
		{union("d", stage("$collStats", bson.D{{Key: "count", Value: bson.D{}}}))},
		{stage("$graphLookup", graph)},
		{stage("$facet", bson.D{{Key: "a", Value: bson.A{stage("$lookup", from("d"))}}, {Key: "b", Value: bson.A{union("e")}}})},
		{stage("$indexStats", bson.D{})},
		{stage("$collStats", bson.D{{Key: "count", Value: bson.D{}}})},
		{stage("$planCacheStats", bson.D{})},
		{none, stage("$out", "out")},
		{none, stage("$out", bson.D{{Key: "db", Value: "other"}, {Key: "coll", Value: "out"}})},
		{none, stage("$merge", "out")},
		{none, merge("out", when("fail", "insert")...)},
		{none, merge("out", when("merge", "discard")...)},
		{none, merge("out", when(bson.A{stage("$set", bson.D{{Key: "x", Value: 1}})}, "fail")...)},
		{none, merge(bson.D{{Key: "db", Value: "other"}, {Key: "coll", Value: "out"}}, when("replace", "insert")...)},
		{none, merge("out", when("keepExisting", "insert")...)},
	}
	aggregate := func(at any, pipeline []any) bson.D {
		return bson.D{{Key: "aggregate", Value: at}, {Key: "pipeline", Value: append(bson.A{}, pipeline...)}, {Key: "cursor", Value: bson.D{}}}
	}
	for _, pipeline := range pipelines {
		list = append(list, aggregate(coll, pipeline))
	}
	list = append(list,
		bson.D{{Key: "explain", Value: aggregate(coll, []any{stage("$lookup", from("d"))})}},
		append(aggregate(coll, []any{none, stage("$out", "out")}), bson.E{Key: "bypassDocumentValidation", Value: true}),
		aggregate(1, []any{stage("$documents", bson.A{})}),
	)
	if db == "admin" {
		list = append(list,
			aggregate(1, []any{stage("$currentOp", bson.D{})}), aggregate(1, []any{stage("$currentOp", bson.D{{Key: "allUsers", Value: true}})}),
			aggregate(1, []any{stage("$listLocalSessions", bson.D{})}), aggregate(1, []any{stage("$listLocalSessions", bson.D{{Key: "allUsers", Value: true}})}),
		)
	}
	return list
}

// aboutAccounts are about users and roles that do not exist.
func aboutAccounts(db string) (list []bson.D) {
	at := func(name string, more ...bson.E) bson.D { return append(bson.D{{Key: name, Value: "temp"}}, more...) }
	given := func(list ...any) bson.E { return bson.E{Key: "roles", Value: append(bson.A{}, list...)} }
	allowed := func(list ...any) bson.E { return bson.E{Key: "privileges", Value: append(bson.A{}, list...)} }
	restricted := bson.E{Key: "authenticationRestrictions", Value: bson.A{}}
	pwd := bson.E{Key: "pwd", Value: "x"}
	for _, roles := range []bson.E{given(), given("read"), given(role("read", "other")), given(role("clusterMonitor", "admin"))} {
		list = append(list,
			at("createUser", pwd, roles), at("dropUser"), at("createRole", roles, allowed()), at("dropRole"),
			at("updateUser", roles), at("updateRole", roles), at("grantRolesToUser", roles), at("revokeRolesFromUser", roles), at("grantRolesToRole", roles), at("revokeRolesFromRole", roles),
		)
	}
	for _, resource := range []bson.D{
		collection("shop", ""), collection("shop", "c"), collection("other", ""), collection("", ""), collection("", "c"),
		{{Key: "cluster", Value: true}},
		{{Key: "anyResource", Value: true}},
		{{Key: "db", Value: "shop"}, {Key: "system_buckets", Value: "c"}},
	} {
		some := allowed(privilege(resource, "find"))
		list = append(list, at("createRole", given(), some), at("dropRole"), at("updateRole", some), at("grantPrivilegesToRole", some), at("revokePrivilegesFromRole", some))
	}
	return append(list,
		at("createUser", pwd, given(), restricted), at("dropUser"), at("updateUser", restricted), at("updateUser", pwd), at("updateUser", bson.E{Key: "customData", Value: bson.D{}}),
		at("usersInfo"), at("rolesInfo"), bson.D{{Key: "rolesInfo", Value: role("read", db)}}, at("createRole", given(), allowed(), restricted), at("dropRole"),
	)
}

// Each command of the router is compared with a mongod's, or is on the list of
// those that a mongod alone does not have.
func TestEachCommandHasANeedAndATest(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range compared("x") {
		tested[c.cmd[0].Key] = true
	}
	for _, c := range ofCluster {
		tested[c.cmd[0].Key] = true
	}
	for _, name := range []string{"saslStart", "saslContinue", "authenticate", "logout"} { // testConversations
		tested[name] = true
	}
	for _, name := range []string{"atlasVersion", "isdbgrid", "getFreeMonitoringStatus"} { // a mongod does not know them, and they tell nothing
		tested[name] = true
	}
	for name, cmd := range commands(&Router{logins: &logins{}}) {
		require.True(t, cmd.need.free || cmd.need.met != nil, "%s declares no need", name)
		require.True(t, tested[canonicalName(name)], "%s is in no test of privileges", name)
	}
	table := commands(&Router{logins: &logins{}})
	for name := range needs() {
		require.Contains(t, table, name, "no such command")
	}
}

// Each stage that the guard lets through is judged: who may do everything may run it.
func TestEachStageIsJudged(t *testing.T) {
	all, err := auth.ParseUser(document(bson.D{{Key: "users", Value: bson.A{bson.D{
		{Key: "user", Value: "all"}, {Key: "db", Value: "admin"}, {Key: "inheritedPrivileges", Value: bson.A{privilege(bson.D{{Key: "anyResource", Value: true}}, "anyAction")}},
	}}}}))
	require.NoError(t, err)
	f := &fuzzer{Rand: rand.New(rand.NewPCG(1, 1))}
	for name := range stages {
		stage := document(bson.D{{Key: name, Value: f.stage(name, 3)}}).Index(0)
		require.True(t, reader{user: all, db: "a"}.stage("c", name, stage.Value(), 0), name)
		none := reader{user: &auth.User{}, db: "a"}.stage("c", name, stage.Value(), 0)
		require.Equal(t, harmless[name] || name == "$facet", none, name)
	}
	require.False(t, reader{user: all, db: "a"}.stage("c", "$novelty", bsoncore.Value{}, 0))
}

// ofCluster are commands that only a mongos has, with those of the players who may
// use them, as MongoDB's manual says.
var ofCluster = []struct {
	cmd bson.D
	may []string
}{
	{bson.D{{Key: "listShards", Value: 1}}, managers("clusterManager", "clusterMonitor")},
	{bson.D{{Key: "getShardMap", Value: 1}}, managers("clusterMonitor")},
	{bson.D{{Key: "flushRouterConfig", Value: 1}}, managers("clusterManager", "hostManager")},
	{bson.D{{Key: "rotateCertificates", Value: 1}}, managers("hostManager")},
	{bson.D{{Key: "balancerStatus", Value: 1}}, managers("clusterManager", "clusterMonitor", "backup")},
	{bson.D{{Key: "balancerStart", Value: 1}}, managers("clusterManager", "backup")},
	{bson.D{{Key: "balancerStop", Value: 1}}, managers("clusterManager", "backup")},
	{bson.D{{Key: "addShard", Value: 1}}, managers("clusterManager")},
	{bson.D{{Key: "removeShard", Value: "none"}}, managers("clusterManager")},
	{bson.D{{Key: "enableSharding", Value: "shop"}}, managers("clusterManager")},
	{bson.D{{Key: "movePrimary", Value: "none"}, {Key: "to", Value: "none"}}, managers("clusterManager")},
	{bson.D{{Key: "shardCollection", Value: "shop.none"}, {Key: "key", Value: 1}}, managers("clusterManager")},
	{bson.D{{Key: "refineCollectionShardKey", Value: "shop.none"}, {Key: "key", Value: 1}}, managers("clusterManager")},
	{bson.D{{Key: "moveChunk", Value: "shop.none"}, {Key: "find", Value: bson.D{}}}, managers("clusterManager")},
	{bson.D{{Key: "moveRange", Value: "shop.none"}, {Key: "min", Value: bson.D{}}}, managers("clusterManager")},
	{bson.D{{Key: "setAllowMigrations", Value: "shop.none"}}, managers("clusterManager")},
	{bson.D{{Key: "split", Value: "shop.none"}, {Key: "find", Value: bson.D{}}}, managers("clusterManager")},
	{bson.D{{Key: "mergeChunks", Value: "shop.none"}}, managers("clusterManager")},
	{bson.D{{Key: "balancerCollectionStatus", Value: "shop.none"}}, managers("clusterManager")},
	{bson.D{{Key: "configureCollectionBalancing", Value: "shop.none"}}, managers("clusterManager")},
	{bson.D{{Key: "addShardToZone", Value: "none"}, {Key: "zone", Value: "z"}}, managers("clusterManager")},
	{bson.D{{Key: "removeShardFromZone", Value: "none"}, {Key: "zone", Value: "z"}}, managers("clusterManager")},
	{bson.D{{Key: "updateZoneKeyRange", Value: "shop.none"}}, managers("clusterManager")},
}

func managers(more ...string) []string {
	return append([]string{"clusterAdmin", "chief", "all"}, more...)
}

func testRolesOfTheCluster(t *testing.T, g *genuine) {
	for _, cmd := range roles {
		run(t, g.client, "admin", cmd)
	}
	for name, list := range players {
		run(t, g.client, "admin", user(name, list...))
		client := g.as(t, name, "admin")
		for _, c := range ofCluster {
			err := ask(client, "admin", c.cmd)
			if isDenied(err) == slices.Contains(c.may, name) {
				t.Errorf("%s: %s", name, fmt.Sprint(c.cmd, err))
			}
		}
		require.NoError(t, client.Disconnect(context.Background()))
	}
}
