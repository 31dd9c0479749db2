// Package wire reads and writes the part of MongoDB's wire protocol that a
// router needs: OP_MSG, and OP_QUERY for the first hello of older drivers.
package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"
)

// Limits that hello announces, in bytes; the same as a mongos's.
const (
	HeaderSize      = 16
	MaxMessageSize  = 48_000_000
	MaxDocumentSize = 16 * 1024 * 1024
	MaxWriteBatch   = 100_000
)

// ErrMalformed marks a message that no reply can be trusted to reach: the
// connection must be closed.
var ErrMalformed = errors.New("malformed message")

// Sequence is a document sequence of an OP_MSG (kind 1), such as an insert's
// documents. Data holds the documents one after another, not validated.
type Sequence struct {
	ID   string
	Data []byte
}

// Opcodes that wiremessage calls deprecated; first messages still use them.
const (
	opReply wiremessage.OpCode = 1
	opQuery wiremessage.OpCode = 2004
)

// Message is a request or a reply.
type Message struct {
	RequestID  int32
	Body       bsoncore.Document
	Sequences  []Sequence
	MoreToCome bool   // the sender expects no answer
	Query      bool   // an OP_QUERY, as older drivers say hello
	Namespace  string // OP_QUERY only: "<database>.$cmd"
}

// ReadHeader reads a header and returns it with the size of what follows.
func ReadHeader(r io.Reader) (header [HeaderSize]byte, rest int, err error) {
	if _, err = io.ReadFull(r, header[:]); err != nil {
		return header, 0, err
	}
	size := int64(int32(binary.LittleEndian.Uint32(header[:4])))
	if size < HeaderSize || size > MaxMessageSize {
		return header, 0, fmt.Errorf("%w: its header says %d bytes, allowed are %d to %d", ErrMalformed, size, HeaderSize, MaxMessageSize)
	}
	return header, int(size) - HeaderSize, nil
}

// Parse reads a client's whole message, header included. What it returns shares
// b.
func Parse(b []byte) (Message, error) {
	m, err := ParseReply(b)
	if err != nil {
		return Message{}, err
	}
	if err := m.Body.Validate(); err != nil {
		return Message{}, fmt.Errorf("%w: its body is no BSON document: %w", ErrMalformed, err)
	}
	return m, nil
}

// ParseReply is Parse for what a mongod sent: its body may have 16 MB, and is
// not looked through.
func ParseReply(b []byte) (Message, error) {
	length, requestID, _, opcode, rest, ok := wiremessage.ReadHeader(b)
	if !ok || int(length) != len(b) {
		return Message{}, fmt.Errorf("%w: its header says %d bytes, it has %d", ErrMalformed, length, len(b))
	}
	m := Message{RequestID: requestID, Query: opcode == opQuery}
	var err error
	switch opcode {
	case wiremessage.OpMsg:
		err = m.parseMsg(rest)
	case opQuery:
		err = m.parseQuery(rest)
	default:
		err = fmt.Errorf("%w: opcode %d (%s) is not supported", ErrMalformed, opcode, opcode)
	}
	if err != nil {
		return Message{}, err
	}
	return m, nil
}

func (m *Message) parseMsg(b []byte) error {
	flags, b, ok := wiremessage.ReadMsgFlags(b)
	if !ok {
		return fmt.Errorf("%w: it ends before its flags", ErrMalformed)
	}
	if unknown := flags & 0xFFFF &^ (wiremessage.ChecksumPresent | wiremessage.MoreToCome); unknown != 0 {
		return fmt.Errorf("%w: required flag bits 0x%x are not known", ErrMalformed, uint32(unknown))
	}
	m.MoreToCome = flags&wiremessage.MoreToCome != 0
	if flags&wiremessage.ChecksumPresent != 0 {
		// TCP has its own; ours, like a driver's, is optional to verify.
		if len(b) < 4 {
			return fmt.Errorf("%w: it ends before its checksum", ErrMalformed)
		}
		b = b[:len(b)-4]
	}
	for len(b) > 0 {
		var err error
		if b, err = m.parseSection(b); err != nil {
			return err
		}
	}
	if m.Body == nil {
		return fmt.Errorf("%w: it has no body", ErrMalformed)
	}
	return nil
}

func (m *Message) parseSection(b []byte) ([]byte, error) {
	kind, b, ok := wiremessage.ReadMsgSectionType(b)
	if !ok {
		return nil, fmt.Errorf("%w: it ends before a section", ErrMalformed)
	}
	switch kind {
	case wiremessage.SingleDocument:
		if m.Body != nil {
			return nil, fmt.Errorf("%w: it has two bodies", ErrMalformed)
		}
		m.Body, b, ok = readDocument(b)
		if !ok {
			return nil, fmt.Errorf("%w: its body is cut off", ErrMalformed)
		}
	case wiremessage.DocumentSequence:
		var s Sequence
		s.ID, s.Data, b, ok = readSequence(b)
		if !ok {
			return nil, fmt.Errorf("%w: a document sequence is cut off", ErrMalformed)
		}
		m.Sequences = append(m.Sequences, s)
	default:
		return nil, fmt.Errorf("%w: section kind %d is not known", ErrMalformed, kind)
	}
	return b, nil
}

func (m *Message) parseQuery(b []byte) error {
	if len(b) < 4 { // flags
		return fmt.Errorf("%w: an OP_QUERY is cut off", ErrMalformed)
	}
	name, b, found := bytes.Cut(b[4:], []byte{0})
	ok := found && len(b) >= 8
	if ok {
		m.Namespace = string(name)
		m.Body, _, ok = readDocument(b[8:]) // after numberToSkip and numberToReturn
	}
	if !ok {
		return fmt.Errorf("%w: an OP_QUERY is cut off", ErrMalformed)
	}
	return nil
}

// readDocument is bsoncore's, with the bounds that it leaves to Validate.
func readDocument(b []byte) (doc bsoncore.Document, rest []byte, ok bool) {
	if len(b) < 5 {
		return nil, nil, false
	}
	n := int64(int32(binary.LittleEndian.Uint32(b)))
	if n < 5 || n > int64(len(b)) {
		return nil, nil, false
	}
	return bsoncore.Document(b[:n]), b[n:], true
}

func readSequence(b []byte) (id string, data, rest []byte, ok bool) {
	if len(b) < 4 {
		return "", nil, nil, false
	}
	n := int64(int32(binary.LittleEndian.Uint32(b)))
	if n < 5 || n > int64(len(b)) {
		return "", nil, nil, false
	}
	name, data, ok := bytes.Cut(b[4:n], []byte{0})
	return string(name), data, b[n:], ok
}
