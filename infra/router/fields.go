package router

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// everywhere are the fields that any command may carry; more that a driver adds
// are stripped.
var everywhere = names("comment", "$readPreference", "readConcern", "writeConcern")

// fields are those of each command that is sent on, as a genuine 6.0 was seen to
// bear them (TestIntegrationFuzzCommands). What is not here is refused, for it
// may be what ends a mongod.
var fields = map[string]map[string]bool{
	"find": names("filter", "sort", "projection", "hint", "skip", "limit", "batchSize", "singleBatch", "max", "min", "returnKey", "showRecordId",
		"tailable", "awaitData", "oplogReplay", "noCursorTimeout", "allowPartialResults", "collation", "allowDiskUse", "let"),
	"aggregate":     names("pipeline", "explain", "allowDiskUse", "cursor", "bypassDocumentValidation", "collation", "hint", "let"),
	"getMore":       names("collection", "batchSize"),
	"killCursors":   names("cursors"),
	"count":         names("query", "limit", "skip", "hint", "collation", "fields"),
	"distinct":      names("key", "query", "hint", "collation"),
	"explain":       names("verbosity"),
	"insert":        names("documents", "ordered", "bypassDocumentValidation"),
	"update":        names("updates", "ordered", "bypassDocumentValidation", "let"),
	"delete":        names("deletes", "ordered", "let"),
	"findAndModify": names("query", "sort", "remove", "update", "new", "fields", "upsert", "bypassDocumentValidation", "collation", "arrayFilters", "hint", "let"),
	"create": names("capped", "size", "max", "autoIndexId", "idIndex", "storageEngine", "validator", "validationLevel", "validationAction", "indexOptionDefaults",
		"viewOn", "pipeline", "collation", "timeseries", "expireAfterSeconds", "clusteredIndex", "changeStreamPreAndPostImages"),
	"collMod": names("index", "validator", "validationLevel", "validationAction", "viewOn", "pipeline",
		"expireAfterSeconds", "timeseries", "changeStreamPreAndPostImages", "dryRun"),
	"createIndexes":    names("indexes", "commitQuorum"),
	"dropIndexes":      names("index"),
	"drop":             {},
	"dropDatabase":     {},
	"listCollections":  names("filter", "nameOnly", "authorizedCollections", "cursor"),
	"listIndexes":      names("cursor"),
	"listDatabases":    names("filter", "nameOnly", "authorizedDatabases"),
	"dbStats":          names("scale", "freeStorage"),
	"collStats":        names("scale"),
	"renameCollection": names("to", "dropTarget", "stayTemp"),

	"addShard":                     names("name"),
	"removeShard":                  {},
	"movePrimary":                  names("to"),
	"enableSharding":               names("primaryShard"),
	"shardCollection":              names("key", "unique", "numInitialChunks", "collation", "presplitHashedZones", "timeseries", "implicitlyCreateIndex", "enforceUniquenessCheck"),
	"refineCollectionShardKey":     names("key", "enforceUniquenessCheck"),
	"balancerStart":                names("maxTimeMS"),
	"balancerStop":                 names("maxTimeMS"),
	"balancerStatus":               {},
	"balancerCollectionStatus":     {},
	"configureCollectionBalancing": names("chunkSize", "defragmentCollection", "enableAutoSplitter"),
	"setAllowMigrations":           names("allowMigrations"),
	"addShardToZone":               names("zone"),
	"removeShardFromZone":          names("zone"),
	"updateZoneKeyRange":           names("min", "max", "zone"),
	"moveChunk":                    names("find", "bounds", "to", "forceJumbo", "_waitForDelete", "_secondaryThrottle", "secondaryThrottle", "waitForDelete"),
	"moveRange":                    names("toShard", "min", "max", "waitForDelete", "forceJumbo", "secondaryThrottle"),
	"split":                        names("find", "bounds", "middle"),
	"mergeChunks":                  names("bounds"),
	"getDefaultRWConcern":          names("inMemory"),
	"setDefaultRWConcern":          names("defaultReadConcern", "defaultWriteConcern"),
}

// unborne are fields that a mongod ends of, so that a mongos' clients can end one.
var unborne = map[string]map[string]bool{
	"collMod": names("cappedSize", "cappedMax"), // of a view
}

// statements are the fields of one update or delete in a list of them.
var statements = map[string]map[string]bool{
	"updates": names("q", "u", "c", "upsert", "multi", "collation", "arrayFilters", "hint"),
	"deletes": names("q", "limit", "collation", "hint"),
}

// stages are those of a pipeline, borne likewise.
var stages = names(
	"$addFields", "$bucket", "$bucketAuto", "$collStats", "$count", "$currentOp", "$densify", "$documents", "$facet", "$fill", "$geoNear", "$graphLookup",
	"$group", "$indexStats", "$limit", "$listLocalSessions", "$listSessions", "$lookup", "$match", "$merge", "$out", "$planCacheStats", "$project", "$redact", "$replaceRoot", "$replaceWith",
	"$sample", "$set", "$setWindowFields", "$shardedDataDistribution", "$skip", "$sort", "$sortByCount", "$unionWith", "$unset", "$unwind",
)

// denied are stages that a mongos has and this router does not. Any other name is
// no stage.
var denied = names("$changeStream", "$changeStreamSplitLargeEvent", "$search", "$searchMeta", "$vectorSearch")

// sequences are the lists that commands may carry as document sequences. A mongod
// takes any field in that way, one that nobody has looked at, too.
var sequences = map[string]string{"insert": "documents", "update": "updates", "delete": "deletes"}

// checkFields refuses a field that the command does not have.
func checkFields(q *request, elements []bsoncore.Element) error {
	name := canonicalName(q.name)
	allowed, sent := fields[name]
	if !sent {
		allowed, sent = accountFields[name]
	}
	if !sent {
		return nil // the router answers by itself
	}
	for i, e := range elements {
		switch key := e.Key(); {
		case i == 0 || allowed[key] || everywhere[key] || stripped[key]:
		case unborne[name][key]:
			return failure(codeNotSupported, "the embedded router does not support '%s' of %s: it can end a mongod", key, name)
		default:
			return unknownField(q.name, key)
		}
	}
	for _, s := range q.seqs {
		if s.ID != sequences[name] {
			return unknownField(q.name, s.ID)
		}
	}
	return checkStatements(q)
}

func unknownField(where, key string) error {
	return failure(codeUnknownField, "BSON field '%s.%s' is an unknown field.", where, key)
}

func canonicalName(name string) string {
	if known, ok := aliases[name]; ok {
		return known
	}
	return name
}

// checkStatements looks at each update and delete.
func checkStatements(q *request) error {
	if q.name != "update" && q.name != "delete" {
		return nil
	}
	list := q.name + "s"
	for _, write := range writesOf(q) {
		elements, err := write.Elements()
		if err != nil {
			return failure(codeFailedToParse, "one of the %s cannot be read: %v", list, err)
		}
		for _, e := range elements {
			if err := checkStatement(list, e); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkStatement(list string, e bsoncore.Element) error {
	key, v := e.Key(), e.Value()
	if !statements[list][key] {
		return unknownField(list, key)
	}
	if doc, ok := v.DocumentOK(); ok && key == "q" {
		return refuseInternal(doc, 0)
	}
	if pipeline, ok := v.ArrayOK(); ok && key == "u" {
		return checkPipeline(pipeline)
	}
	return nil
}

// checkPipeline refuses what is not on the list of stages.
func checkPipeline(pipeline bsoncore.Array) error {
	return eachStage(pipeline, 0, checkStage)
}

// eachStage checks each stage of a pipeline, and those of the pipelines that
// stages hold.
func eachStage(pipeline bsoncore.Array, depth int, check func(name string, v bsoncore.Value) error) error {
	if depth > maxDepth {
		return tooDeep()
	}
	list, err := pipeline.Values()
	if err != nil {
		return failure(codeFailedToParse, "a pipeline cannot be read: %v", err)
	}
	for _, v := range list {
		doc, ok := v.DocumentOK()
		if !ok {
			return failure(codeTypeMismatch, "Each element of the 'pipeline' array must be an object")
		}
		elements, err := doc.Elements()
		if err != nil || len(elements) != 1 {
			return failure(40323, "A pipeline stage specification object must contain exactly one field.")
		}
		name, v := elements[0].Key(), elements[0].Value()
		if err := check(name, v); err != nil {
			return err
		}
		if err := eachInnerStage(name, v, depth, check); err != nil {
			return err
		}
	}
	return nil
}

func eachInnerStage(name string, v bsoncore.Value, depth int, check func(string, bsoncore.Value) error) error {
	doc, ok := v.DocumentOK()
	if !ok {
		return nil
	}
	elements, err := doc.Elements()
	if err != nil {
		return failure(codeFailedToParse, "the stage %s cannot be read: %v", name, err)
	}
	for _, e := range elements {
		inner, isArray := e.Value().ArrayOK()
		if isArray && (name == "$facet" || e.Key() == "pipeline") {
			if err := eachStage(inner, depth+1, check); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkStage(name string, _ bsoncore.Value) error {
	switch {
	case denied[name]:
		return failure(codeNotSupported, "the embedded router does not support the stage %s", name)
	case strings.HasPrefix(name, "$_") || name == "$mergeCursors" || name == "$queue":
		return failure(codeNotSupported, "%s is internal to MongoDB", name)
	case !stages[name]:
		return failure(40324, "Unrecognized pipeline stage name: '%s'", name)
	}
	return nil
}
