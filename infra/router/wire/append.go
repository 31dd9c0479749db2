package wire

import (
	"encoding/binary"
	"io"
	"net"
	"slices"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"
)

// RequestSize is how many bytes an OP_MSG with body and sequences has.
func RequestSize(body bsoncore.Document, sequences []Sequence) int {
	size := HeaderSize + 5 + len(body)
	for _, s := range sequences {
		size += sequenceHead + len(s.ID) + len(s.Data)
	}
	return size
}

// sequenceHead is what a sequence has besides its id and its documents: a kind, a
// length, and the end of its id.
const sequenceHead = 1 + 4 + 1

// AppendRequest appends an OP_MSG with body and sequences.
func AppendRequest(dst []byte, requestID int32, body bsoncore.Document, sequences []Sequence) []byte {
	size := RequestSize(body, sequences)
	dst = slices.Grow(dst, size) // exactly, for it may be 48 MB
	dst = appendHead(dst, requestID, size)
	dst = append(dst, body...)
	for _, s := range sequences {
		dst = appendSequenceHead(dst, s)
		dst = append(dst, s.Data...)
	}
	return dst
}

// WriteRequest writes what AppendRequest appends, without copying it.
func WriteRequest(w io.Writer, requestID int32, body bsoncore.Document, sequences []Sequence) error {
	buffers := net.Buffers{appendHead(nil, requestID, RequestSize(body, sequences)), body}
	for _, s := range sequences {
		buffers = append(buffers, appendSequenceHead(nil, s), s.Data)
	}
	_, err := buffers.WriteTo(w)
	return err
}

func appendHead(dst []byte, requestID int32, size int) []byte {
	start, dst := wiremessage.AppendHeaderStart(dst, requestID, 0, wiremessage.OpMsg)
	dst = appendBody(dst, nil)
	return bsoncore.UpdateLength(dst, start, int32(size))
}

func appendSequenceHead(dst []byte, s Sequence) []byte {
	dst = wiremessage.AppendMsgSectionType(dst, wiremessage.DocumentSequence)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(4+len(s.ID)+1+len(s.Data)))
	dst = append(dst, s.ID...)
	return append(dst, 0)
}

func appendBody(dst []byte, body bsoncore.Document) []byte {
	dst = wiremessage.AppendMsgFlags(dst, 0)
	dst = wiremessage.AppendMsgSectionType(dst, wiremessage.SingleDocument)
	return append(dst, body...)
}

// smallReply is up to how many bytes a reply is written in one piece.
const smallReply = 64 * 1024

// WriteReply writes the answer to m, without copying a large body: as an OP_REPLY
// if m was an OP_QUERY.
func WriteReply(w io.Writer, requestID int32, m Message, body bsoncore.Document) error {
	opcode := wiremessage.OpMsg
	if m.Query {
		opcode = opReply
	}
	start, head := wiremessage.AppendHeaderStart(make([]byte, 0, 64+min(len(body), smallReply)), requestID, m.RequestID, opcode)
	if m.Query {
		head = binary.LittleEndian.AppendUint32(head, 8) // AwaitCapable
		head = binary.LittleEndian.AppendUint64(head, 0) // no cursor
		head = binary.LittleEndian.AppendUint32(head, 0) // starting from
		head = binary.LittleEndian.AppendUint32(head, 1) // one document
	} else {
		head = appendBody(head, nil)
	}
	head = bsoncore.UpdateLength(head, start, int32(len(head)+len(body)))
	if len(body) <= smallReply {
		_, err := w.Write(append(head, body...))
		return err
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err := w.Write(body)
	return err
}
