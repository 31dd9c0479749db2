package wire

import (
	"encoding/binary"
	"io"
	"net"
	"slices"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"
)

// AppendRequest appends an OP_MSG with body and sequences.
func AppendRequest(dst []byte, requestID int32, body bsoncore.Document, sequences []Sequence) []byte {
	size := HeaderSize + 5 + len(body)
	for _, s := range sequences {
		size += 6 + len(s.ID) + len(s.Data)
	}
	dst = slices.Grow(dst, size) // exactly, for it may be 48 MB
	start, dst := wiremessage.AppendHeaderStart(dst, requestID, 0, wiremessage.OpMsg)
	dst = appendBody(dst, body)
	for _, s := range sequences {
		dst = wiremessage.AppendMsgSectionType(dst, wiremessage.DocumentSequence)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(4+len(s.ID)+1+len(s.Data)))
		dst = append(dst, s.ID...)
		dst = append(dst, 0)
		dst = append(dst, s.Data...)
	}
	return bsoncore.UpdateLength(dst, start, int32(len(dst))-start)
}

func appendBody(dst []byte, body bsoncore.Document) []byte {
	dst = wiremessage.AppendMsgFlags(dst, 0)
	dst = wiremessage.AppendMsgSectionType(dst, wiremessage.SingleDocument)
	return append(dst, body...)
}

// WriteReply writes the answer to m, without copying body: as an OP_REPLY if m
// was an OP_QUERY.
func WriteReply(w io.Writer, requestID int32, m Message, body bsoncore.Document) error {
	opcode := wiremessage.OpMsg
	if m.Query {
		opcode = opReply
	}
	start, head := wiremessage.AppendHeaderStart(make([]byte, 0, 64), requestID, m.RequestID, opcode)
	if m.Query {
		head = binary.LittleEndian.AppendUint32(head, 8) // AwaitCapable
		head = binary.LittleEndian.AppendUint64(head, 0) // no cursor
		head = binary.LittleEndian.AppendUint32(head, 0) // starting from
		head = binary.LittleEndian.AppendUint32(head, 1) // one document
	} else {
		head = appendBody(head, nil)
	}
	head = bsoncore.UpdateLength(head, start, int32(len(head)+len(body)))
	buffers := net.Buffers{head, body}
	_, err := buffers.WriteTo(w)
	return err
}
