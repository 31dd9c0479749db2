package router

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// maxDepth is MongoDB's own limit of nested documents.
const maxDepth = 200

// guard refuses what crashes a mongod when it comes from a router, and what
// only a genuine mongos may say. Four inputs were seen to end 6.0.5 and 6.0.27: a
// cluster write with lsid and txnNumber; an explain of a cluster write; a
// $changeStream with events; a tailable cursor that awaits data.
func guard(q *request) error {
	elements, err := q.body.Elements()
	if err != nil {
		return failure(codeFailedToParse, "the command cannot be read: %v", err)
	}
	for _, e := range elements {
		switch key := e.Key(); {
		case key == "startTransaction" || key == "autocommit":
			return failure(codeIllegalOperation, "the embedded router does not support transactions")
		case key == "txnNumber":
			// Dropping it silently would break the promise that a retried write
			// is carried out once.
			return failure(codeIllegalOperation, "Transaction numbers are only allowed on a replica set member or mongos; "+
				"the embedded router does not support retryable writes (set retryWrites=false)")
		case key == "awaitData" && q.name == "find" && !isFalse(e.Value()):
			return failure(codeNotSupported, "the embedded router does not support cursors that await data")
		case key == "fromMongos" || key == "fromRouter" || key == "needsMerge" || key == "exchange" || strings.HasPrefix(key, "$_"):
			return failure(codeIllegalOperation, "the field '%s' is internal to MongoDB", key)
		}
	}
	if scanned[q.name] {
		return refuseStages(q.body, 0)
	}
	return nil
}

func isFalse(v bsoncore.Value) bool {
	b, ok := v.BooleanOK()
	return ok && !b
}

// scanned are the commands that can carry a pipeline, directly or inside.
var scanned = map[string]bool{
	"aggregate": true, "explain": true, "create": true, "collMod": true,
}

// refuseStages looks for forbidden stages at any depth; one in a place where
// it would only be data is refused too.
func refuseStages(doc bsoncore.Document, depth int) error {
	if depth > maxDepth {
		return failure(codeBadValue, "the command is nested deeper than %d levels", maxDepth)
	}
	elements, err := doc.Elements()
	if err != nil {
		return failure(codeFailedToParse, "the command cannot be read: %v", err)
	}
	for _, e := range elements {
		switch key := e.Key(); {
		case key == "$changeStream":
			return failure(codeNotSupported, "the embedded router does not support change streams")
		case key == "$mergeCursors" || strings.HasPrefix(key, "$_internal"):
			return failure(codeNotSupported, "%s is internal to MongoDB", key)
		}
		v := e.Value()
		var inner bsoncore.Document
		switch v.Type {
		case bsoncore.TypeEmbeddedDocument:
			inner = v.Document()
		case bsoncore.TypeArray:
			inner = bsoncore.Document(v.Array())
		default:
			continue
		}
		if err := refuseStages(inner, depth+1); err != nil {
			return err
		}
	}
	return nil
}
