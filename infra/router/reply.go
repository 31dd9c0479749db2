package router

import (
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/cluster"
)

// Error codes of MongoDB that the router itself answers with.
const (
	codeBadValue             = 2
	codeHostUnreachable      = 6
	codeFailedToParse        = 9
	codeUnauthorized         = 13
	codeTypeMismatch         = 14
	codeProtocolError        = 17
	codeAuthenticationFailed = 18
	codeIllegalOperation     = 20
	codeNamespaceNotFound    = 26
	codeCursorNotFound       = 43
	codeNamespaceExists      = 48
	codeCommandNotFound      = 59
	codeShardKeyNotFound     = 61
	codeShardNotFound        = 70
	codeInvalidOptions       = 72
	codeInvalidNamespace     = 73
	codeNoReplication        = 76
	codeNotYetInitialized    = 94
	codeCannotSplit          = 51
	codeNamespaceNotSharded  = 118
	codeNotSupported         = 115
	codeInvalidSSL           = 140
	codeNoPrimary            = 133
	codeAPIVersion           = 322
	codeMechanismUnavailable = 334
	codeAPIStrict            = 323
	codeUnsupportedOpQuery   = 352
	codeStaleDBVersion       = 249
	codeStaleConfig          = 13388
	codeShardedView          = 169
	codeDuplicateField       = 40413
	codeUnknownField         = 40415
	codeLegacyQuery          = 5739101
)

var codeNames = map[int32]string{
	codeBadValue: "BadValue", codeHostUnreachable: "HostUnreachable", codeFailedToParse: "FailedToParse",
	codeIllegalOperation: "IllegalOperation", codeNamespaceNotFound: "NamespaceNotFound", codeCursorNotFound: "CursorNotFound",
	codeNamespaceExists: "NamespaceExists", codeCommandNotFound: "CommandNotFound", codeShardKeyNotFound: "ShardKeyNotFound",
	codeShardNotFound: "ShardNotFound", codeInvalidNamespace: "InvalidNamespace", codeNoReplication: "NoReplicationEnabled",
	codeNotYetInitialized: "NotYetInitialized", codeCannotSplit: "CannotSplit", codeNamespaceNotSharded: "NamespaceNotSharded", codeNotSupported: "CommandNotSupported",
	codeTypeMismatch: "TypeMismatch", codeInvalidOptions: "InvalidOptions", codeAPIVersion: "APIVersionError", codeAPIStrict: "APIStrictError",
	codeUnauthorized: "Unauthorized", codeProtocolError: "ProtocolError", codeAuthenticationFailed: "AuthenticationFailed", codeMechanismUnavailable: "MechanismUnavailable",
	codeNoPrimary: "FailedToSatisfyReadPreference", codeInvalidSSL: "InvalidSSLConfiguration", codeUnsupportedOpQuery: "UnsupportedOpQueryCommand",
}

// failed is an error that clients get as it is.
type failed struct {
	code    int32
	message string
}

func (e *failed) Error() string {
	return fmt.Sprintf("%s (%d): %s", codeNames[e.code], e.code, e.message)
}

func failure(code int32, format string, args ...any) error {
	return &failed{code: code, message: fmt.Sprintf(format, args...)}
}

// ok1 is the reply {…, ok: 1}.
func ok1(fields ...bson.E) bsoncore.Document {
	return document(append(fields[:len(fields):len(fields)], bson.E{Key: "ok", Value: 1.0}))
}

// errorReply is what the client gets for err.
func errorReply(err error) bsoncore.Document {
	code, message := int32(codeHostUnreachable), err.Error()
	var f *failed
	switch {
	case errors.As(err, &f):
		code, message = f.code, f.message
	case errors.Is(err, cluster.ErrNoShards):
		code, message = codeShardNotFound, "No shards found: add one with addShard"
	case errors.Is(err, cluster.ErrNotFound):
		code = codeNamespaceNotFound
	case errors.Is(err, cluster.ErrNowhere):
		code = codeNoPrimary
	}
	name := codeNames[code]
	if name == "" {
		name = fmt.Sprintf("Location%d", code)
	}
	return document(bson.D{
		{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: message}, {Key: "code", Value: code}, {Key: "codeName", Value: name},
	})
}

// What a mongod says of itself, not of the cluster. A driver that read it
// would mistake the router for that mongod.
var internal = map[string]bool{
	"$clusterTime": true, "operationTime": true, "$gleStats": true, "$replData": true, "$configTime": true,
	"$topologyTime": true, "lastCommittedOpTime": true, "topologyVersion": true, "$oplogQueryData": true,
	"opTime": true, "electionId": true,
}

// clean takes what is internal out of a reply. It works in place, for a reply
// may hold 16 MB; the given document must not be used again.
func clean(reply bsoncore.Document) bsoncore.Document {
	return appendFiltered(reply[:0], reply, func(key string) bool { return !internal[key] })
}

// filter copies the fields to keep of a valid document.
func filter(doc bsoncore.Document, keep func(key string) bool) bsoncore.Document {
	return appendFiltered(make([]byte, 0, len(doc)), doc, keep)
}

// appendFiltered appends the document to dst, which may be doc[:0]: it never
// writes beyond what it has read.
func appendFiltered(dst []byte, doc bsoncore.Document, keep func(key string) bool) bsoncore.Document {
	rest := doc[4:]
	dst = append(dst, doc[:4]...) // its length, for now
	for len(rest) > 1 {
		element, next, ok := bsoncore.ReadElement(rest)
		if !ok {
			break
		}
		rest = next
		if keep(element.Key()) {
			dst = append(dst, element...)
		}
	}
	dst = append(dst, 0)
	return bsoncore.UpdateLength(dst, 0, int32(len(dst)))
}
