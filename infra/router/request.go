package router

import (
	"fmt"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/auth"
	"speedscale/infra/router/wire"
)

// request is a client's command.
type request struct {
	name   string // the command's, as sent
	db     string
	body   bsoncore.Document
	seqs   []wire.Sequence
	client int32  // connection number
	peer   string // the client's address
	by     *login
	user   *auth.User // nil if nobody has to be asked
}

func newRequest(m wire.Message) (*request, error) {
	first, err := m.Body.IndexErr(0)
	if err != nil {
		return nil, failure(codeFailedToParse, "the command is empty")
	}
	db, ok := m.Body.Lookup("$db").StringValueOK()
	if !ok {
		return nil, failure(40571, "OP_MSG requests require a $db argument")
	}
	if db == "" || strings.ContainsAny(db, "/\\. \"$\x00") {
		return nil, failure(codeInvalidNamespace, "Invalid database name: '%s'", db)
	}
	return &request{name: first.Key(), db: db, body: m.Body, seqs: m.Sequences}, nil
}

// collection is the command's first value, a collection's name.
func (q *request) collection() (string, error) {
	name, ok := q.body.Index(0).Value().StringValueOK()
	if !ok {
		return "", failure(codeInvalidNamespace, "collection name has invalid type %s", q.body.Index(0).Value().Type)
	}
	if name == "" {
		return "", failure(codeInvalidNamespace, "Invalid namespace specified '%s.'", q.db)
	}
	return name, nil
}

// namespace is the command's first value where that is a whole namespace.
func (q *request) namespace() (db, ns string, err error) {
	ns, ok := q.body.Index(0).Value().StringValueOK()
	db, coll, found := strings.Cut(ns, ".")
	if !ok || !found || db == "" || coll == "" {
		return "", "", failure(codeInvalidNamespace, "%s needs a namespace \"<database>.<collection>\", not %s", q.name, q.body.Index(0).Value())
	}
	return db, ns, nil
}

// text is the string under key, "" without.
func (q *request) text(key string) string {
	s, _ := q.body.Lookup(key).StringValueOK()
	return s
}

// has says whether the client sent the field.
func (q *request) has(key string) bool {
	_, err := q.body.LookupErr(key)
	return err == nil
}

// onConfig says whether the config servers own the database.
func (q *request) onConfig() bool { return q.db == "config" || q.db == "admin" }

// Never forwarded: sessions (with a txnNumber they crash a mongod), what
// drivers add for mongos itself, and what only a mongos may say to a shard.
var stripped = map[string]bool{
	"lsid": true, "txnNumber": true, "$clusterTime": true, "$configTime": true, "$topologyTime": true,
	"apiVersion": true, "apiStrict": true, "apiDeprecationErrors": true, "$queryOptions": true,
	"$audit": true, "$client": true, "$impersonatedUser": true, "$configServerState": true, "$oplogQueryData": true,
	"$replData": true, "$db": true, "shardVersion": true, "databaseVersion": true, "mayBypassWriteBlocking": true,
	"maxTimeMS": true,
}

// forward is the command under another name, without what is stripped, with the
// time limit (0 for none), and with extra in place of the client's fields of
// those names.
func (q *request) forward(name string, limit time.Duration, extra bson.D) bsoncore.Document {
	extra = extra[:len(extra):len(extra)]
	if limit > 0 {
		extra = append(extra, bson.E{Key: "maxTimeMS", Value: millis(limit)})
	}
	return q.renamed(name, append(extra, bson.E{Key: "$db", Value: q.db}))
}

func (q *request) renamed(name string, extra bson.D) bsoncore.Document {
	start, dst := bsoncore.AppendDocumentStart(make([]byte, 0, len(q.body)+128))
	dst = appendRenamed(dst, q.body, name, extra)
	dst = appendExtra(dst, extra)
	dst, _ = bsoncore.AppendDocumentEnd(dst, start)
	return dst
}

func appendRenamed(dst []byte, body bsoncore.Document, name string, replaced bson.D) []byte {
	rest := body[4:]
	for i := 0; len(rest) > 1; i++ {
		element, next, ok := bsoncore.ReadElement(rest)
		if !ok {
			break // the body was validated when it came
		}
		rest = next
		key := element.Key()
		switch {
		case i == 0:
			dst = bsoncore.AppendHeader(dst, bsoncore.Type(element[0]), name)
			dst = append(dst, element.Value().Data...)
		case stripped[key] || contains(replaced, key):
		default:
			dst = append(dst, element...)
		}
	}
	return dst
}

func contains(fields bson.D, key string) bool {
	for _, e := range fields {
		if e.Key == key {
			return true
		}
	}
	return false
}

func appendExtra(dst []byte, extra bson.D) []byte {
	if len(extra) == 0 {
		return dst
	}
	doc := document(extra)
	return append(dst, doc[4:len(doc)-1]...)
}

// pick copies the fields that the client sent out of keys.
func (q *request) pick(keys ...string) bson.D {
	var out bson.D
	for _, key := range keys {
		if v, err := q.body.LookupErr(key); err == nil {
			out = append(out, bson.E{Key: key, Value: raw(v)})
		}
	}
	return out
}

func millis(d time.Duration) int64 { return max(1, int64((d+time.Millisecond-1)/time.Millisecond)) }

func raw(v bsoncore.Value) bson.RawValue {
	return bson.RawValue{Type: bson.Type(v.Type), Value: v.Data}
}

// document encodes what the router itself wrote.
func document(d bson.D) bsoncore.Document {
	b, err := bson.Marshal(d)
	if err != nil {
		panic(fmt.Sprintf("a document of the router's own cannot be encoded: %v", err))
	}
	return b
}
