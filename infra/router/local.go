package router

import (
	"context"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/wire"
)

// Commands that the router answers by itself.

func (r *Router) nothing(context.Context, *request) (bsoncore.Document, error) { return ok1(), nil }

func (r *Router) unknownHere(_ context.Context, q *request) (bsoncore.Document, error) {
	return nil, failure(codeCommandNotFound, "no such command: '%s'", q.name)
}

func (r *Router) noReplication(_ context.Context, q *request) (bsoncore.Document, error) {
	return nil, failure(codeNoReplication, "%s is not supported through mongos", q.name)
}

func (r *Router) freeMonitoring(context.Context, *request) (bsoncore.Document, error) {
	return ok1(bson.E{Key: "state", Value: "disabled"}), nil
}

func (r *Router) isdbgrid(context.Context, *request) (bsoncore.Document, error) {
	return ok1(bson.E{Key: "isdbgrid", Value: int32(1)}, bson.E{Key: "hostname", Value: hostname()}), nil
}

func (r *Router) buildInfo(context.Context, *request) (bsoncore.Document, error) {
	return ok1(
		bson.E{Key: "version", Value: r.version},
		bson.E{Key: "versionArray", Value: versionArray(r.version)},
		bson.E{Key: "gitVersion", Value: "embedded router"},
		bson.E{Key: "modules", Value: bson.A{}},
		bson.E{Key: "javascriptEngine", Value: "none"},
		bson.E{Key: "bits", Value: int32(64)},
		bson.E{Key: "debug", Value: false},
		bson.E{Key: "maxBsonObjectSize", Value: int32(wire.MaxDocumentSize)},
		bson.E{Key: "storageEngines", Value: bson.A{}},
	), nil
}

// versionArray is a version as numbers, "6.0.27" as [6, 0, 27, 0].
func versionArray(version string) bson.A {
	numbers := bson.A{int32(0), int32(0), int32(0), int32(0)}
	for i, part := range strings.SplitN(version, ".", 3) {
		n, _ := strconv.ParseInt(part, 10, 32) // "7-rc1": 0
		numbers[i] = int32(n)
	}
	return numbers
}

func (r *Router) getLog(_ context.Context, q *request) (bsoncore.Document, error) {
	if q.text("getLog") == "*" {
		return ok1(bson.E{Key: "names", Value: bson.A{"global", "startupWarnings"}}), nil
	}
	return ok1(bson.E{Key: "totalLinesWritten", Value: int32(0)}, bson.E{Key: "log", Value: bson.A{}}), nil
}

func (r *Router) getCmdLineOpts(context.Context, *request) (bsoncore.Document, error) {
	return ok1(bson.E{Key: "argv", Value: os.Args}, bson.E{Key: "parsed", Value: bson.D{
		{Key: "sharding", Value: bson.D{{Key: "configDB", Value: r.cluster.Config.ConnectionString()}}},
	}}), nil
}

func (r *Router) hostInfo(context.Context, *request) (bsoncore.Document, error) {
	return ok1(bson.E{Key: "system", Value: bson.D{
		{Key: "currentTime", Value: time.Now()},
		{Key: "hostname", Value: hostname()},
		{Key: "cpuAddrSize", Value: int32(64)},
		{Key: "numCores", Value: int32(runtime.NumCPU())},
		{Key: "cpuArch", Value: runtime.GOARCH},
	}}, bson.E{Key: "os", Value: bson.D{{Key: "type", Value: runtime.GOOS}}}, bson.E{Key: "extra", Value: bson.D{}}), nil
}

func (r *Router) connectionStatus(ctx context.Context, q *request) (bsoncore.Document, error) {
	user, err := r.user(ctx, q.by)
	if err != nil {
		return nil, err
	}
	users, roles, privileges := bson.A{}, bson.A{}, any(bson.A{})
	if user != nil {
		users = bson.A{bson.D{{Key: "user", Value: user.Name.Name}, {Key: "db", Value: user.DB}}}
		for _, role := range user.Roles {
			roles = append(roles, bson.D{{Key: "role", Value: role.Name}, {Key: "db", Value: role.DB}})
		}
		privileges = user.Given
	}
	info := bson.D{{Key: "authenticatedUsers", Value: users}, {Key: "authenticatedUserRoles", Value: roles}}
	if show, _ := q.body.Lookup("showPrivileges").BooleanOK(); show {
		info = append(info, bson.E{Key: "authenticatedUserPrivileges", Value: privileges})
	}
	return ok1(bson.E{Key: "authInfo", Value: info}), nil
}

func (r *Router) whatsmyuri(_ context.Context, q *request) (bsoncore.Document, error) {
	return ok1(bson.E{Key: "you", Value: q.peer}), nil
}

func (r *Router) listCommands(context.Context, *request) (bsoncore.Document, error) {
	names := make([]string, 0, len(r.table))
	for name := range r.table {
		names = append(names, name)
	}
	slices.Sort(names)
	list := bson.D{}
	for _, name := range names {
		list = append(list, bson.E{Key: name, Value: bson.D{{Key: "adminOnly", Value: r.table[name].admin}}})
	}
	return ok1(bson.E{Key: "commands", Value: list}), nil
}

// parameters are those of a mongos that tools and drivers ask for, as they are
// here.
var parameters = bson.D{
	{Key: "authenticationMechanisms", Value: bson.A{}},
	{Key: "clusterAuthMode", Value: "undefined"},
	{Key: "cursorTimeoutMillis", Value: cursorTimeout.Milliseconds()},
	{Key: "enableTestCommands", Value: false},
	{Key: "featureCompatibilityVersion", Value: bson.D{{Key: "version", Value: "6.0"}}},
	{Key: "logLevel", Value: int32(0)},
	{Key: "maxBSONDepth", Value: int32(maxDepth)},
	{Key: "notablescan", Value: false},
	{Key: "quiet", Value: false},
	{Key: "requireApiVersion", Value: false},
}

// parameters are the router's own: those of logins and TLS depend on its flags.
func (r *Router) parameters() bson.D {
	own := append(slices.Clone(parameters), r.modes()...)
	if r.logins == nil {
		return own
	}
	for i := range own {
		switch own[i].Key {
		case "authenticationMechanisms":
			own[i].Value = mechanisms
		case "clusterAuthMode":
			own[i].Value = "keyFile"
		}
	}
	return own
}

func (r *Router) getParameter(_ context.Context, q *request) (bsoncore.Document, error) {
	first := q.body.Index(0).Value()
	all := false
	switch first.Type {
	case bsoncore.TypeString:
		all = q.text(q.name) == "*"
	case bsoncore.TypeEmbeddedDocument:
		all, _ = first.Document().Lookup("allParameters").BooleanOK()
	}
	var found bson.D
	for _, p := range r.parameters() {
		if all || q.has(p.Key) {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		return nil, failure(codeInvalidOptions, "no option found to get")
	}
	return ok1(found...), nil
}

// stats are the counters that serverStatus shows.
type stats struct {
	refused  atomic.Int64
	counters sync.Map // command → *atomic.Int64
}

func (s *stats) count(name string) {
	v, ok := s.counters.Load(name)
	if !ok {
		v, _ = s.counters.LoadOrStore(name, new(atomic.Int64))
	}
	v.(*atomic.Int64).Add(1)
}

func (r *Router) serverStatus(context.Context, *request) (bsoncore.Document, error) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	uptime := time.Since(r.started)
	r.mu.Lock()
	current := len(r.conns)
	r.mu.Unlock()
	commands := bson.M{}
	r.stats.counters.Range(func(name, n any) bool {
		commands[name.(string)] = bson.D{{Key: "total", Value: n.(*atomic.Int64).Load()}}
		return true
	})
	return ok1(
		bson.E{Key: "host", Value: hostname()},
		bson.E{Key: "version", Value: r.version},
		bson.E{Key: "process", Value: "mongos"},
		bson.E{Key: "pid", Value: int64(os.Getpid())},
		bson.E{Key: "uptime", Value: float64(int64(uptime.Seconds()))},
		bson.E{Key: "uptimeMillis", Value: uptime.Milliseconds()},
		bson.E{Key: "localTime", Value: time.Now()},
		bson.E{Key: "connections", Value: bson.D{
			{Key: "current", Value: int32(current)},
			{Key: "available", Value: int32(r.limits.Connections - current)},
			{Key: "totalCreated", Value: int64(r.numbers.Load())},
		}},
		bson.E{Key: "mem", Value: bson.D{{Key: "bits", Value: int32(64)}, {Key: "resident", Value: int32(memory.Sys >> 20)}}},
		bson.E{Key: "metrics", Value: bson.D{
			{Key: "commands", Value: commands},
			{Key: "refused", Value: r.stats.refused.Load()},
			{Key: "cursor", Value: bson.D{{Key: "open", Value: bson.D{{Key: "total", Value: int64(r.cursors.count())}}}}},
		}},
	), nil
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return name
}
