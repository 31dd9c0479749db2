package router

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/cluster"
	"speedscale/infra/router/replset"
	"speedscale/infra/router/wire"
)

// maxForwarded is up to how many bytes of documents go on in one message. A
// client may send 48 MB at once; with what the router adds it would be too long,
// and several at once are more than a member has memory for. Any one document
// fits.
const maxForwarded = wire.MaxDocumentSize + 64*1024

// parts are q with its sequence of documents cut into such of limit bytes at most;
// q alone if it is not longer.
func (q *request) parts(limit int) []*request {
	if len(q.seqs) != 1 || len(q.seqs[0].Data) <= limit {
		return []*request{q}
	}
	var parts []*request
	for data := q.seqs[0].Data; len(data) > 0; {
		size := fitting(data, limit)
		part := *q
		part.seqs = []wire.Sequence{{ID: q.seqs[0].ID, Data: data[:size]}}
		parts = append(parts, &part)
		data = data[size:]
	}
	return parts
}

// fitting is how many bytes of data are whole documents that go into limit; all
// of it where it cannot be read, for a mongod to refuse it.
func fitting(data []byte, limit int) int {
	size := 0
	for size < len(data) {
		doc, _, ok := bsoncore.ReadDocument(data[size:])
		if !ok || len(doc) < 5 {
			return len(data)
		}
		if size > 0 && size+len(doc) > limit {
			break
		}
		size += len(doc)
	}
	return size
}

// inParts sends the parts of a write one after another. The replies become one,
// as if it had been sent as a whole.
func inParts(ctx context.Context, parts []*request, send func(context.Context, *request) (bsoncore.Document, error)) (bsoncore.Document, error) {
	if len(parts) == 1 {
		return send(ctx, parts[0])
	}
	var all total
	ordered := !parts[0].has("ordered") || truthy(parts[0].body.Lookup("ordered"))
	for i, part := range parts {
		reply, err := send(ctx, part)
		if i == 0 && (err != nil || !replset.OK(reply)) {
			return reply, err
		}
		if err != nil {
			reply = errorReply(err)
		}
		if !replset.OK(reply) { // the parts before are written, and the client must know
			reply = refusal(reply, documentsOf(part.seqs[0]), ordered)
		}
		all.add(reply, len(documentsOf(part.seqs[0])))
		if ordered && len(all.errors) > 0 {
			break
		}
	}
	return all.reply(), nil
}

// refusal is what a write says whose documents were all refused, or the first of
// which was.
func refusal(failed bsoncore.Document, documents []bsoncore.Document, first bool) bsoncore.Document {
	var list bson.A
	for i := range documents {
		list = append(list, bson.D{
			{Key: "index", Value: int32(i)}, {Key: "code", Value: cluster.Code(failed)}, {Key: "errmsg", Value: failed.Lookup("errmsg").StringValue()},
		})
		if first {
			break
		}
	}
	return ok1(bson.E{Key: "n", Value: int32(0)}, bson.E{Key: "writeErrors", Value: list})
}

// total adds up the replies to the parts of a write.
type total struct {
	n, modified      int64
	hasModified      bool
	upserted, errors bson.A
	concern          *bson.RawValue
	documents        int // in the parts so far
}

func (s *total) add(reply bsoncore.Document, documents int) {
	n, _ := reply.Lookup("n").AsInt64OK()
	modified, has := reply.Lookup("nModified").AsInt64OK()
	s.n, s.modified, s.hasModified = s.n+n, s.modified+modified, s.hasModified || has
	s.upserted = append(s.upserted, s.shifted(reply, "upserted")...)
	s.errors = append(s.errors, s.shifted(reply, "writeErrors")...)
	if v, err := reply.LookupErr("writeConcernError"); err == nil {
		concern := raw(v)
		s.concern = &concern
	}
	s.documents += documents
}

// shifted is a list of a reply, whose indexes count from its part's beginning.
func (s *total) shifted(reply bsoncore.Document, list string) (out bson.A) {
	array, _ := reply.Lookup(list).ArrayOK()
	values, _ := array.Values()
	for _, v := range values {
		var entry bson.D
		doc, ok := v.DocumentOK()
		if !ok || bson.Unmarshal(doc, &entry) != nil {
			continue
		}
		for i := range entry {
			if index, ok := entry[i].Value.(int32); ok && entry[i].Key == "index" {
				entry[i].Value = index + int32(s.documents)
			}
		}
		out = append(out, entry)
	}
	return out
}

func (s *total) reply() bsoncore.Document {
	fields := bson.D{{Key: "n", Value: int32(s.n)}}
	if s.hasModified {
		fields = append(fields, bson.E{Key: "nModified", Value: int32(s.modified)})
	}
	if len(s.upserted) > 0 {
		fields = append(fields, bson.E{Key: "upserted", Value: s.upserted})
	}
	if len(s.errors) > 0 {
		fields = append(fields, bson.E{Key: "writeErrors", Value: s.errors})
	}
	if s.concern != nil {
		fields = append(fields, bson.E{Key: "writeConcernError", Value: *s.concern})
	}
	return ok1(fields...)
}

// documentsOf are the documents of a sequence, up to one that cannot be read.
func documentsOf(s wire.Sequence) (out []bsoncore.Document) {
	for data := s.Data; len(data) > 0; {
		doc, rest, ok := bsoncore.ReadDocument(data)
		if !ok {
			break
		}
		out, data = append(out, doc), rest
	}
	return out
}
