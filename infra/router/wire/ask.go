package wire

import (
	"io"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// Ask sends a command over a connection that nobody else uses, and returns the
// reply, be it an error.
func Ask(conn io.ReadWriter, command bsoncore.Document) (bsoncore.Document, error) {
	if _, err := conn.Write(AppendRequest(nil, 1, command, nil)); err != nil {
		return nil, err
	}
	header, rest, err := ReadHeader(conn)
	if err != nil {
		return nil, err
	}
	reply := append(header[:], make([]byte, rest)...)
	if _, err := io.ReadFull(conn, reply[HeaderSize:]); err != nil {
		return nil, err
	}
	message, err := Parse(reply)
	return message.Body, err
}
