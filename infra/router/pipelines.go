package router

import (
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/auth"
)

// reader says whether a user may run a pipeline in a database.
type reader struct {
	user   *auth.User
	db     string
	bypass bool // what it writes is not to be validated
}

// nothing is an empty pipeline.
var nothing = bsoncore.Array{5, 0, 0, 0, 0}

func mayAggregate(u *auth.User, q *request) bool {
	first := q.body.Index(0).Value()
	coll, _ := first.StringValueOK()
	if first.IsNumber() {
		coll = "$cmd.aggregate" // of the database as a whole
	}
	pipeline, isList := q.body.Lookup("pipeline").ArrayOK()
	j := reader{user: u, db: q.db, bypass: isSet(q.body, "bypassDocumentValidation")}
	return coll != "" && isList && j.pipeline(coll, pipeline, 0)
}

// sources are stages that begin a pipeline with documents of their own.
var sources = names("$collStats", "$currentOp", "$documents", "$indexStats", "$listLocalSessions", "$listSessions", "$planCacheStats", "$shardedDataDistribution")

// pipeline judges one that reads coll.
func (j reader) pipeline(coll string, pipeline bsoncore.Array, depth int) bool {
	list, err := pipeline.Values()
	if err != nil || depth > maxDepth {
		return false
	}
	if first := firstKey(list); !sources[first] && !j.can(coll, "find") {
		return false
	}
	return j.stages(coll, list, depth)
}

func firstKey(list []bsoncore.Value) string {
	if len(list) == 0 {
		return ""
	}
	doc, _ := list[0].DocumentOK()
	first, err := doc.IndexErr(0)
	if err != nil {
		return ""
	}
	return first.Key()
}

func (j reader) can(coll string, actions ...string) bool {
	return j.user.Can(auth.Collection(j.db, coll), actions...)
}

func (j reader) stages(coll string, list []bsoncore.Value, depth int) bool {
	for _, v := range list {
		doc, ok := v.DocumentOK()
		if !ok {
			return false
		}
		elements, err := doc.Elements()
		if err != nil || len(elements) != 1 || !j.stage(coll, elements[0].Key(), elements[0].Value(), depth) {
			return false
		}
	}
	return true
}

// harmless stages concern only the documents that come to them.
var harmless = names(
	"$addFields", "$bucket", "$bucketAuto", "$count", "$densify", "$documents", "$fill", "$geoNear", "$group", "$limit", "$match", "$project", "$redact",
	"$replaceRoot", "$replaceWith", "$sample", "$set", "$setWindowFields", "$skip", "$sort", "$sortByCount", "$unset", "$unwind",
)

// aboutCollection and aboutCluster are what stages need that say something of the
// collection or the cluster. A mongod lets everybody see the operations and
// sessions of his own; those that the router would show are its own.
var (
	aboutCollection = map[string]string{"$collStats": "collStats", "$indexStats": "indexStats", "$planCacheStats": "planCacheRead"}
	aboutCluster    = map[string]string{
		"$currentOp": "inprog", "$listLocalSessions": "listSessions", "$listSessions": "listSessions", "$shardedDataDistribution": "shardedDataDistribution",
	}
)

// stage judges one stage. What it does not know it refuses.
func (j reader) stage(coll, name string, v bsoncore.Value, depth int) bool {
	if harmless[name] {
		return true
	}
	if action := aboutCollection[name]; action != "" {
		return j.can(coll, action)
	}
	if action := aboutCluster[name]; action != "" {
		return j.user.Can(auth.Cluster, action)
	}
	if doc, ok := v.DocumentOK(); ok && twice(doc) != "" {
		return false
	}
	switch name {
	case "$facet":
		return j.facet(coll, v, depth)
	case "$graphLookup":
		doc, _ := v.DocumentOK()
		from, _ := doc.Lookup("from").StringValueOK()
		return from != "" && j.can(from, "find")
	case "$lookup":
		return j.joined(v, "from", depth)
	case "$unionWith":
		return j.joined(v, "coll", depth)
	case "$out":
		return j.out(v)
	case "$merge":
		return j.merge(v)
	}
	return false
}

func (j reader) facet(coll string, v bsoncore.Value, depth int) bool {
	doc, _ := v.DocumentOK()
	elements, err := doc.Elements()
	if err != nil || depth > maxDepth {
		return false
	}
	for _, e := range elements {
		inner, ok := e.Value().ArrayOK()
		list, err := inner.Values()
		if !ok || err != nil || !j.stages(coll, list, depth+1) {
			return false
		}
	}
	return true
}

// joined judges what a stage reads besides: a collection named under key, or what
// a pipeline makes of it.
func (j reader) joined(v bsoncore.Value, key string, depth int) bool {
	coll, pipeline := "", bsoncore.Array(nil)
	if doc, ok := v.DocumentOK(); ok {
		if from, err := doc.LookupErr(key); err == nil {
			if j.db, coll = j.target(from); coll == "" {
				return false
			}
		}
		pipeline, _ = doc.Lookup("pipeline").ArrayOK()
	} else {
		coll, _ = v.StringValueOK() // {$unionWith: "c"}
	}
	list, err := pipeline.Values()
	switch {
	case pipeline == nil:
		return coll != "" && j.can(coll, "find")
	case err != nil:
		return false
	case firstKey(list) == "$documents":
		return (coll == "" || j.can(coll, "find")) && j.stages(coll, list, depth+1)
	}
	return coll != "" && j.pipeline(coll, pipeline, depth+1)
}

// target is the collection that a stage names, alone or with its database.
func (j reader) target(v bsoncore.Value) (db, coll string) {
	if name, ok := v.StringValueOK(); ok {
		return j.db, name
	}
	doc, ok := v.DocumentOK()
	if !ok || twice(doc) != "" {
		return "", ""
	}
	db = j.db
	if given, err := doc.LookupErr("db"); err == nil {
		if db, ok = given.StringValueOK(); !ok {
			return "", ""
		}
	}
	coll, _ = doc.Lookup("coll").StringValueOK()
	return db, coll
}

func (j reader) out(v bsoncore.Value) bool { return j.writes(v, "insert", "remove") }

func (j reader) merge(v bsoncore.Value) bool {
	into, matched, other := v, "merge", "insert"
	if doc, ok := v.DocumentOK(); ok {
		into = doc.Lookup("into")
		if when, err := doc.LookupErr("whenMatched"); err == nil {
			matched, _ = when.StringValueOK() // "": a pipeline, which updates
		}
		if when, err := doc.LookupErr("whenNotMatched"); err == nil {
			other, _ = when.StringValueOK()
		}
	}
	var actions []string
	if other == "insert" {
		actions = append(actions, "insert")
	}
	if matched != "fail" {
		actions = append(actions, "update")
	}
	return len(actions) > 0 && j.writes(into, actions...)
}

func (j reader) writes(v bsoncore.Value, actions ...string) bool {
	db, coll := j.target(v)
	if j.bypass {
		actions = append(actions, "bypassDocumentValidation")
	}
	return coll != "" && j.user.Can(auth.Collection(db, coll), actions...)
}
