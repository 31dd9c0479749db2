package router

import (
	"context"
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/auth"
)

// need is what a command asks of whoever sends it, in MongoDB's own terms. The
// router carries everything out as a member of the cluster, so nobody behind it
// asks again. What has no need is for nobody.
type need struct {
	free bool // logged in or not
	met  func(u *auth.User, q *request) bool
}

var (
	free    = need{free: true}
	anyUser = need{met: func(*auth.User, *request) bool { return true }}
)

// allow refuses what the client may not do.
func (r *Router) allow(ctx context.Context, q *request, n need) (err error) {
	if r.logins == nil || n.free {
		return nil
	}
	if q.user, err = r.user(ctx, q.by); err != nil {
		return err
	}
	switch {
	case q.user == nil && r.logins.optional:
		return nil
	case q.user == nil:
		return errNoLogin(q.name)
	case n.met == nil || !n.met(q.user, q):
		return errDenied(q)
	}
	return checkTwice(q.body)
}

func errNoLogin(name string) error {
	return failure(codeUnauthorized, "command %s requires authentication", name)
}

// errDenied names the command without what it carries, which may be a password.
func errDenied(q *request) error {
	what := "..."
	if first := q.body.Index(0).Value(); first.Type == bsoncore.TypeString || first.IsNumber() {
		what = first.String()
	}
	return failure(codeUnauthorized, `not authorized on %s to execute command { %s: %s, $db: "%s" }`, q.db, q.name, what, q.db)
}

// checkTwice refuses a command that has a field twice: a mongod might take the
// other one than the router has judged.
func checkTwice(doc bsoncore.Document) error {
	if key := twice(doc); key != "" {
		return failure(codeDuplicateField, "the field '%s' is there twice", key)
	}
	return nil
}

func twice(doc bsoncore.Document) string {
	elements, _ := doc.Elements() // it was looked through when it came
	seen := make(map[string]bool, len(elements))
	for _, e := range elements {
		if seen[e.Key()] {
			return e.Key()
		}
		seen[e.Key()] = true
	}
	return ""
}

// object says what a command is about; not ok if it does not say.
type object func(*request) (r auth.Resource, ok bool)

func on(what object, actions ...string) need {
	return need{met: func(u *auth.User, q *request) bool {
		r, ok := what(q)
		return ok && u.Can(r, actions...)
	}}
}

func onCluster(actions ...string) need {
	return on(func(*request) (auth.Resource, bool) { return auth.Cluster, true }, actions...)
}

func onConfig(coll string, actions ...string) need {
	return on(func(*request) (auth.Resource, bool) { return auth.Collection("config", coll), true }, actions...)
}

func either(needs ...need) need {
	return need{met: func(u *auth.User, q *request) bool {
		for _, n := range needs {
			if n.met(u, q) {
				return true
			}
		}
		return false
	}}
}

func every(needs ...need) need {
	return need{met: func(u *auth.User, q *request) bool {
		for _, n := range needs {
			if !n.met(u, q) {
				return false
			}
		}
		return true
	}}
}

// itsCollection is named by the command's first value.
func itsCollection(q *request) (auth.Resource, bool) {
	name, ok := q.body.Index(0).Value().StringValueOK()
	return auth.Collection(q.db, name), ok && name != ""
}

// itsNamespace is named by the command's first value with its database.
func itsNamespace(q *request) (auth.Resource, bool) {
	name, _ := q.body.Index(0).Value().StringValueOK()
	return namespaceOf(name)
}

func namespaceOf(name string) (auth.Resource, bool) {
	db, coll, ok := strings.Cut(name, ".")
	return auth.Collection(db, coll), ok && db != "" && coll != ""
}

func itsDatabase(q *request) (auth.Resource, bool) { return auth.Database(q.db), true }

// namedDatabase is the command's first value.
func namedDatabase(q *request) (auth.Resource, bool) {
	name, ok := q.body.Index(0).Value().StringValueOK()
	return auth.Database(name), ok && name != ""
}

// zones may be changed by whoever may shard in the whole cluster, or change the
// catalogue itself.
func zones(catalogue ...need) need { return either(onCluster("enableSharding"), every(catalogue...)) }

// needs are what each command needs.
func needs() map[string]need {
	return map[string]need{
		"hello": free, "isMaster": free, "ping": free, "buildInfo": free, "connectionStatus": free, "whatsmyuri": free, "listCommands": free,
		"saslStart": free, "saslContinue": free, "authenticate": free, "logout": free,

		"isdbgrid": anyUser, "getFreeMonitoringStatus": anyUser, "endSessions": anyUser, "refreshSessions": anyUser, "atlasVersion": anyUser, "getMore": anyUser, "killCursors": anyUser, // each cursor has an owner

		"find": on(itsCollection, "find"), "count": on(itsCollection, "find"), "distinct": on(itsCollection, "find"),
		"aggregate": {met: mayAggregate}, "explain": {met: mayExplain},
		"insert": {met: mayWrite("insert")}, "update": {met: mayUpdate}, "delete": on(itsCollection, "remove"), "findAndModify": {met: mayModify},

		"create": {met: mayCreate}, "collMod": {met: mayCollMod}, "drop": on(itsCollection, "dropCollection"), "dropDatabase": on(itsDatabase, "dropDatabase"),
		"createIndexes": on(itsCollection, "createIndex"), "dropIndexes": on(itsCollection, "dropIndex"), "listIndexes": on(itsCollection, "listIndexes"),
		"renameCollection": {met: mayRename}, "listCollections": {met: mayListCollections}, "listDatabases": {met: mayListDatabases},
		"collStats": on(itsCollection, "collStats"), "dbStats": on(itsDatabase, "dbStats"),

		"getLog": onCluster("getLog"), "getCmdLineOpts": onCluster("getCmdLineOpts"), "hostInfo": onCluster("hostInfo"), "serverStatus": onCluster("serverStatus"),
		"getParameter": onCluster("getParameter"), "logRotate": onCluster("logRotate"), "rotateCertificates": onCluster("rotateCertificates"),
		"replSetGetStatus": onCluster("replSetGetStatus"), "replSetGetConfig": onCluster("replSetGetConfig"), "replSetInitiate": onCluster("replSetConfigure"),
		"getDefaultRWConcern": onCluster("getDefaultRWConcern"), "setDefaultRWConcern": onCluster("setDefaultRWConcern"),

		"addShard": onCluster("addShard"), "removeShard": onCluster("removeShard"), "listShards": onCluster("listShards"),
		"getShardMap": onCluster("getShardMap"), "flushRouterConfig": onCluster("flushRouterConfig"),
		"enableSharding": on(namedDatabase, "enableSharding"), "movePrimary": on(namedDatabase, "moveChunk"),
		"shardCollection": on(itsNamespace, "enableSharding"), "refineCollectionShardKey": on(itsNamespace, "refineCollectionShardKey"),
		"moveChunk": on(itsNamespace, "moveChunk"), "moveRange": on(itsNamespace, "moveChunk"), "setAllowMigrations": on(itsNamespace, "moveChunk"),
		"split": on(itsNamespace, "splitChunk"), "mergeChunks": on(itsNamespace, "splitChunk"),
		"balancerStart": onConfig("settings", "update"), "balancerStop": onConfig("settings", "update"), "balancerStatus": onConfig("settings", "find"),
		"balancerCollectionStatus": on(itsNamespace, "enableSharding"), "configureCollectionBalancing": on(itsNamespace, "enableSharding"),
		"addShardToZone":      zones(onConfig("shards", "update")),
		"removeShardFromZone": zones(onConfig("shards", "update"), onConfig("tags", "find")),
		"updateZoneKeyRange":  zones(onConfig("shards", "find"), onConfig("tags", "find", "update", "remove")),

		"createUser": {met: mayCreateUser}, "updateUser": {met: mayUpdateUser}, "usersInfo": {met: mayViewUsers}, "rolesInfo": {met: mayViewRoles},
		"dropUser": on(itsDatabase, "dropUser"), "dropAllUsersFromDatabase": on(itsDatabase, "dropUser"),
		"dropRole": on(itsDatabase, "dropRole"), "dropAllRolesFromDatabase": on(itsDatabase, "dropRole"),
		"grantRolesToUser": {met: mayGrant}, "grantRolesToRole": {met: mayGrant}, "grantPrivilegesToRole": {met: mayGrant},
		"revokeRolesFromUser": {met: mayRevoke}, "revokeRolesFromRole": {met: mayRevoke}, "revokePrivilegesFromRole": {met: mayRevoke},
		"createRole": {met: mayCreateRole}, "updateRole": {met: mayUpdateRole}, "invalidateUserCache": onCluster("invalidateUserCache"),
	}
}

// mayWrite asks for more where documents go in that the collection's rules would
// refuse.
func mayWrite(actions ...string) func(u *auth.User, q *request) bool {
	return func(u *auth.User, q *request) bool {
		r, ok := itsCollection(q)
		return ok && u.Can(r, actions...) && (!truthy(q.body.Lookup("bypassDocumentValidation")) || u.Can(r, "bypassDocumentValidation"))
	}
}

func mayUpdate(u *auth.User, q *request) bool {
	for _, write := range writesOf(q) {
		if isSet(write, "upsert") {
			return mayWrite("update", "insert")(u, q)
		}
	}
	return mayWrite("update")(u, q)
}

// isSet says whether the field is true in any of the places where it stands.
func isSet(doc bsoncore.Document, key string) bool {
	elements, _ := doc.Elements() // it was looked through by the guard
	for _, e := range elements {
		if e.Key() == key && truthy(e.Value()) {
			return true
		}
	}
	return false
}

func mayModify(u *auth.User, q *request) bool {
	actions := []string{"find"}
	if isSet(q.body, "remove") {
		actions = append(actions, "remove")
	} else {
		actions = append(actions, "update")
	}
	if isSet(q.body, "upsert") {
		actions = append(actions, "insert")
	}
	return mayWrite(actions...)(u, q)
}

// mayExplain asks for what the explained command needs. One that cannot be
// explained is refused later.
func mayExplain(u *auth.User, q *request) bool {
	inner, _ := q.body.Index(0).Value().DocumentOK()
	first, err := inner.IndexErr(0)
	if err != nil || twice(inner) != "" {
		return false
	}
	explained := &request{name: first.Key(), db: q.db, body: inner}
	switch explained.name {
	case "aggregate":
		return mayAggregate(u, explained)
	case "find", "count", "distinct":
		r, ok := itsCollection(explained)
		return ok && u.Can(r, "find")
	}
	return true
}

func mayCreate(u *auth.User, q *request) bool {
	r, ok := itsCollection(q)
	switch {
	case !ok || isSet(q.body, "capped") && !u.Can(r, "convertToCapped"):
		return false
	case q.has("viewOn"):
		return u.Can(r, "createCollection") && mayView(u, q)
	}
	return u.Can(r, "createCollection") || u.Can(r, "insert")
}

func mayCollMod(u *auth.User, q *request) bool {
	r, ok := itsCollection(q)
	if !ok || !u.Can(r, "collMod") {
		return false
	}
	if q.has("viewOn") != q.has("pipeline") {
		return false // half of a view could show more of what the other half hides
	}
	return !q.has("viewOn") || mayView(u, q)
}

// mayView says whether a user may give the view its contents: a user who can read
// the view must be able to read those.
func mayView(u *auth.User, q *request) bool {
	view, _ := itsCollection(q)
	if !u.Can(view, "find") {
		return true
	}
	source, ok := q.body.Lookup("viewOn").StringValueOK()
	pipeline, given := q.body.Lookup("pipeline").ArrayOK()
	if !given {
		pipeline = nothing
	}
	return ok && source != "" && reader{user: u, db: q.db}.pipeline(source, pipeline, 0)
}

func mayRename(u *auth.User, q *request) bool {
	from, ok := itsNamespace(q)
	to, ok2 := namespaceOf(q.text("to"))
	if !ok || !ok2 {
		return false
	}
	overwrites := isSet(q.body, "dropTarget")
	inPlace := from.SameDatabase(to) && !from.System() && !to.System() && u.Can(from.Database(), "renameCollectionSameDB") &&
		(u.Can(from, "find") || !u.Can(to, "find"))
	apart := u.Can(from, "find", "dropCollection") && u.Can(to, "insert", "createIndex")
	return (inPlace || apart) && (!overwrites || u.Can(to, "dropCollection"))
}

func mayListCollections(u *auth.User, q *request) bool {
	return u.Can(auth.Database(q.db), "listCollections") || authorizedOnly(q) && u.Anywhere(q.db)
}

// mayListDatabases: who may not list all of them is shown those of his own.
func mayListDatabases(u *auth.User, q *request) bool {
	own, given := q.body.Lookup("authorizedDatabases").BooleanOK()
	return u.Can(auth.Cluster, "listDatabases") || own || !given
}
