package router

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// A client that wants the stable API alone is refused through the router what a
// genuine mongod refuses, and nothing else.
func testStableAPI(t *testing.T, g *genuine) {
	run(t, g.client, "stable", bson.D{{Key: "insert", Value: "c"}, {Key: "documents", Value: bson.A{bson.D{{Key: "a", Value: 1}}}}})
	member := direct(t, g.primary(t, "shard1"))
	strict := bson.D{{Key: "apiVersion", Value: "1"}, {Key: "apiStrict", Value: true}}
	refusing := 0
	for _, text := range []string{
		`{"find": "c", "sort": {"a": 1}, "projection": {"a": 1}, "skip": 1, "limit": 1, "batchSize": 1, "let": {"x": 1}, "allowDiskUse": true}`,
		`{"find": "c", "hint": {"_id": 1}, "max": {"_id": 9}}`, `{"find": "c", "hint": {"_id": 1}, "min": {"_id": 0}}`,
		`{"find": "c", "returnKey": false}`, `{"find": "c", "showRecordId": true}`, `{"find": "c", "tailable": true}`, `{"find": "c", "awaitData": true}`,
		`{"find": "c", "oplogReplay": true}`, `{"find": "c", "noCursorTimeout": true}`, `{"find": "c", "term": 1}`, `{"find": "c", "readOnce": true}`, `{"find": "c", "options": {}}`,
		`{"find": "c", "filter": {"$where": "true"}}`, `{"find": "c", "projection": {"x": {"$meta": "recordId"}}}`,
		`{"aggregate": "c", "pipeline": [], "cursor": {}}`, `{"aggregate": "c", "pipeline": [], "cursor": {}, "explain": false}`,
		`{"aggregate": "c", "pipeline": [{"$fill": {"output": {"a": {"value": 1}}}}], "cursor": {}}`,
		`{"aggregate": "c", "pipeline": [{"$densify": {"field": "a", "range": {"step": 1, "bounds": "full"}}}], "cursor": {}}`,
		`{"aggregate": "c", "pipeline": [{"$setWindowFields": {"sortBy": {"a": 1}, "output": {"x": {"$sum": "$a"}}}}], "cursor": {}}`,
		`{"aggregate": 1, "pipeline": [{"$documents": [{"a": 1}]}], "cursor": {}}`,
		`{"aggregate": "c", "pipeline": [{"$indexStats": {}}], "cursor": {}}`, `{"aggregate": "c", "pipeline": [{"$planCacheStats": {}}], "cursor": {}}`,
		`{"aggregate": "c", "pipeline": [{"$collStats": {"count": {}}}], "cursor": {}}`, `{"aggregate": "c", "pipeline": [{"$collStats": {"storageStats": {}}}], "cursor": {}}`,
		`{"aggregate": "c", "pipeline": [{"$collStats": {"count": {}, "latencyStats": {}}}], "cursor": {}}`, `{"aggregate": "c", "pipeline": [{"$collStats": {}}], "cursor": {}}`,
		`{"aggregate": "c", "pipeline": [{"$lookup": {"from": "c", "pipeline": [{"$indexStats": {}}], "as": "x"}}], "cursor": {}}`,
		`{"aggregate": "c", "pipeline": [{"$unionWith": {"coll": "c", "pipeline": [{"$collStats": {"latencyStats": {}}}]}}], "cursor": {}}`,
		`{"aggregate": "c", "pipeline": [{"$facet": {"x": [{"$unionWith": {"coll": "c", "pipeline": [{"$fill": {"output": {"a": {"value": 1}}}}]}}]}}], "cursor": {}}`,
		`{"aggregate": "c", "pipeline": [{"$facet": {"x": [{"$match": {}}]}}], "cursor": {}}`,
		`{"explain": {"aggregate": "c", "pipeline": [{"$indexStats": {}}], "cursor": {}}}`, `{"explain": {"find": "c", "tailable": true}}`, `{"explain": {"find": "c"}}`,
		`{"count": "c", "query": {}, "fields": {}}`, `{"distinct": "c", "key": "a"}`, `{"explain": {"distinct": "c", "key": "a"}}`,
		`{"insert": "c", "documents": [{"b": 1}], "bypassDocumentValidation": true}`, `{"update": "c", "updates": [{"q": {}, "u": {"$set": {"a": 1}}}], "let": {"x": 1}}`,
		`{"delete": "c", "deletes": [{"q": {"z": 1}, "limit": 1}], "let": {"x": 1}}`, `{"findAndModify": "c", "query": {"z": 1}, "update": {"$set": {"a": 1}}, "new": true, "fields": {"a": 1}}`,
		`{"create": "capped", "capped": true, "size": 4096}`, `{"create": "max", "max": 5}`, `{"create": "uncapped", "capped": false}`, `{"create": "auto", "autoIndexId": true}`,
		`{"create": "engine", "storageEngine": {}}`, `{"create": "defaults", "indexOptionDefaults": {}}`, `{"create": "images", "changeStreamPreAndPostImages": {"enabled": false}}`,
		`{"create": "view", "viewOn": "c", "pipeline": [{"$indexStats": {}}]}`, `{"create": "clustered", "clusteredIndex": {"key": {"_id": 1}, "unique": true}}`, `{"create": "times", "timeseries": {"timeField": "t"}}`,
		`{"collMod": "c", "changeStreamPreAndPostImages": {"enabled": false}}`, `{"collMod": "c", "dryRun": true}`, `{"collMod": "c", "validator": {}}`,
		`{"createIndexes": "c", "indexes": [{"key": {"x": "text"}, "name": "text"}]}`, `{"createIndexes": "c", "indexes": [{"key": {"x": "2dsphere"}, "name": "place"}]}`,
		`{"createIndexes": "c", "indexes": [{"key": {"y": 1}, "name": "y", "sparse": true, "hidden": true}]}`, `{"dropIndexes": "c", "index": "y"}`,
		`{"listCollections": 1, "filter": {}, "nameOnly": true, "authorizedCollections": true}`, `{"listIndexes": "c"}`, `{"collStats": "c"}`, `{"dbStats": 1}`,
	} {
		var cmd bson.D
		require.NoError(t, bson.UnmarshalExtJSON([]byte(text), false, &cmd))
		want, wantText := strictly(t, member, append(cmd, strict...))
		got, gotText := strictly(t, g.client, append(cmd, strict...))
		require.Equal(t, want, got, "%s: a mongod says %q, the router %q", text, wantText, gotText)
		if want {
			refusing++
		}
	}
	require.Greater(t, refusing, 25, "a mongod refuses these")
}

// strictly says whether the command is refused as not in the stable API.
func strictly(t *testing.T, at *mongo.Client, cmd bson.D) (refused bool, text string) {
	t.Helper()
	err := at.Database("stable").RunCommand(t.Context(), cmd).Err()
	var server mongo.ServerError
	if err != nil {
		require.True(t, errors.As(err, &server), "%v", err)
	}
	return server != nil && server.HasErrorCode(codeAPIStrict), fmt.Sprint(err)
}
