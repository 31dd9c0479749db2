package wire

import (
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"
)

// AppendRequest appends an OP_MSG with body and sequences.
func AppendRequest(dst []byte, requestID int32, body bsoncore.Document, sequences []Sequence) []byte {
	return appendMsg(dst, requestID, 0, body, sequences)
}

// AppendReply appends the answer to m, as an OP_REPLY if m was an OP_QUERY.
func AppendReply(dst []byte, requestID int32, m Message, body bsoncore.Document) []byte {
	if m.OpCode != wiremessage.OpQuery {
		return appendMsg(dst, requestID, m.RequestID, body, nil)
	}
	start, dst := wiremessage.AppendHeaderStart(dst, requestID, m.RequestID, wiremessage.OpReply)
	dst = wiremessage.AppendReplyFlags(dst, wiremessage.AwaitCapable)
	dst = wiremessage.AppendReplyCursorID(dst, 0)
	dst = wiremessage.AppendReplyStartingFrom(dst, 0)
	dst = wiremessage.AppendReplyNumberReturned(dst, 1)
	dst = append(dst, body...)
	return bsoncore.UpdateLength(dst, start, int32(len(dst))-start)
}

func appendMsg(dst []byte, requestID, responseTo int32, body bsoncore.Document, sequences []Sequence) []byte {
	start, dst := wiremessage.AppendHeaderStart(dst, requestID, responseTo, wiremessage.OpMsg)
	dst = wiremessage.AppendMsgFlags(dst, 0)
	dst = wiremessage.AppendMsgSectionType(dst, wiremessage.SingleDocument)
	dst = append(dst, body...)
	for _, s := range sequences {
		dst = wiremessage.AppendMsgSectionType(dst, wiremessage.DocumentSequence)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(4+len(s.ID)+1+len(s.Data)))
		dst = append(dst, s.ID...)
		dst = append(dst, 0)
		dst = append(dst, s.Data...)
	}
	return bsoncore.UpdateLength(dst, start, int32(len(dst))-start)
}
