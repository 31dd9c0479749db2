package router

import (
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// stable are the commands of MongoDB's stable API, version 1, as its manual
// lists them for 6.0.
var stable = names(
	"abortTransaction", "aggregate", "authenticate", "bulkWrite", "collMod", "commitTransaction", "count", "create", "createIndexes", "delete",
	"drop", "dropDatabase", "dropIndexes", "endSessions", "explain", "find", "findAndModify", "getMore", "hello", "insert", "killCursors",
	"listCollections", "listDatabases", "listIndexes", "ping", "refreshSessions", "saslContinue", "saslStart", "update",
)

// unstable are the fields of these commands, and the stages, that a genuine 6.0
// leaves out of it.
var (
	unstable = map[string]map[string]bool{
		"find":      names("awaitData", "max", "min", "noCursorTimeout", "oplogReplay", "options", "readOnce", "returnKey", "showRecordId", "tailable", "term"),
		"aggregate": names("explain", "isMapReduceCommand"),
		"create":    names("autoIndexId", "changeStreamPreAndPostImages", "indexOptionDefaults", "max", "size", "storageEngine"),
		"collMod":   names("changeStreamPreAndPostImages", "dryRun"),
	}
	unstableStages = names("$currentOp", "$fill", "$indexStats", "$listLocalSessions", "$listSessions", "$planCacheStats", "$shardedDataDistribution")
)

// checkStable refuses what is not in the stable API, as a mongos does: the
// members are not told that a client wants nothing else.
func checkStable(q *request) error {
	name := canonicalName(q.name)
	if !stable[name] {
		return failure(codeAPIStrict, "Provided apiStrict:true, but the command %s is not in API Version 1", q.name)
	}
	if explained, ok := q.body.Index(0).Value().DocumentOK(); ok && name == "explain" {
		first, err := explained.IndexErr(0)
		if err != nil {
			return failure(codeFailedToParse, "the explained command is empty")
		}
		return checkStableFields(canonicalName(first.Key()), explained)
	}
	return checkStableFields(name, q.body)
}

func checkStableFields(command string, body bsoncore.Document) error {
	elements, err := body.Elements()
	if err != nil {
		return failure(codeFailedToParse, "the command cannot be read: %v", err)
	}
	for _, e := range elements {
		if unstable[command][e.Key()] {
			return failure(codeAPIStrict, "BSON field '%s.%s' is not allowed with apiStrict:true.", command, e.Key())
		}
		list, isArray := e.Value().ArrayOK()
		switch {
		case isArray && e.Key() == "pipeline":
			err = eachStage(list, 0, checkStableStage)
		case isArray && e.Key() == "indexes" && command == "createIndexes":
			err = checkStableIndexes(list)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func checkStableStage(name string, v bsoncore.Value) error {
	if unstableStages[name] {
		return failure(codeAPIStrict, "%s is not allowed with 'apiStrict: true' in API Version 1", name)
	}
	doc, _ := v.DocumentOK()
	elements, _ := doc.Elements() // what cannot be read is refused by whoever reads it
	for _, e := range elements {
		if name == "$collStats" && e.Key() != "count" {
			return failure(codeAPIStrict, "only the 'count' option to $collStats is supported in API Version 1")
		}
	}
	return nil
}

func checkStableIndexes(list bsoncore.Array) error {
	values, _ := list.Values() // what cannot be read is refused by the members
	for _, v := range values {
		index, _ := v.DocumentOK()
		key, _ := index.Lookup("key").DocumentOK()
		fields, _ := key.Values()
		for _, field := range fields {
			if kind, _ := field.StringValueOK(); kind == "text" {
				return failure(codeAPIStrict, "text indexes cannot be created with apiStrict: true")
			}
		}
	}
	return nil
}
