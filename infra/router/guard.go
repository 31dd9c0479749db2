package router

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// maxDepth is MongoDB's own limit of nested documents.
const maxDepth = 200

// guard lets through what was seen to be borne by a genuine mongod when it comes
// from a router (fields.go), and nothing else. Four inputs were seen to end 6.0.5
// and 6.0.27: a cluster write with lsid and txnNumber; an explain of a cluster
// write; a $changeStream with events; a tailable cursor that awaits data, asked
// of MongoDB's router code.
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
		case key == "fromMongos" || key == "fromRouter" || key == "needsMerge" || key == "exchange" || strings.HasPrefix(key, "$_"):
			return failure(codeIllegalOperation, "the field '%s' is internal to MongoDB", key)
		}
	}
	if err := checkFields(q, elements); err != nil {
		return err
	}
	if !scanned[q.name] {
		return nil
	}
	for _, key := range []string{"pipeline", "update"} {
		if pipeline, ok := q.body.Lookup(key).ArrayOK(); ok {
			if err := checkPipeline(pipeline); err != nil {
				return err
			}
		}
	}
	return refuseInternal(q.body, 0)
}

// scanned are the commands that carry queries and pipelines.
var scanned = names("find", "aggregate", "count", "distinct", "findAndModify", "findandmodify", "explain", "create", "collMod", "usersInfo")

func tooDeep() error {
	return failure(codeBadValue, "the command is nested deeper than %d levels", maxDepth)
}

// refuseInternal looks at any depth for what only members say to each other; in
// a place where it would only be data it is refused too.
func refuseInternal(doc bsoncore.Document, depth int) error {
	if depth > maxDepth {
		return tooDeep()
	}
	elements, err := doc.Elements()
	if err != nil {
		return failure(codeFailedToParse, "the command cannot be read: %v", err)
	}
	for _, e := range elements {
		if key := e.Key(); key == "$changeStream" || key == "$mergeCursors" || strings.HasPrefix(key, "$_internal") {
			return failure(codeNotSupported, "the embedded router does not support %s", key)
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
		if err := refuseInternal(inner, depth+1); err != nil {
			return err
		}
	}
	return nil
}
