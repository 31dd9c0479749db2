package router

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/secure"
)

// wantsTLS says so by a client's first three bytes, which a handshake begins with:
// its kind and the version, 3.1 or 3.3. The first byte alone would not do: a hello of
// 278 bytes begins with the same one. A message that began with all three would have
// 64 KB or more, and no client says so much first.
func wantsTLS(first []byte) bool { return first[0] == 0x16 && first[1] == 3 && first[2] > 0 }

var errPlain = errors.New("the client does not use TLS, which --tlsMode requireTLS asks for")

// secure agrees on TLS with a client that wants it.
func (r *Router) secure(ctx context.Context, c *conn) error {
	if r.tls == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.limits.Transfer)
	defer cancel()
	if err := c.SetReadDeadline(time.Now().Add(r.limits.Transfer)); err != nil {
		return err
	}
	first, err := c.in.Peek(3)
	if err != nil {
		return err
	}
	switch {
	case wantsTLS(first):
		secured, err := r.tls.Accept(ctx, begun{c.raw, c.in})
		if err != nil {
			return fmt.Errorf("agree on TLS: %w", err)
		}
		c.Conn, c.in = secured, bufio.NewReader(secured)
	case r.tls.Mode() == secure.Require:
		return errPlain
	}
	return c.SetReadDeadline(time.Time{})
}

// begun is a connection of which a part has been read ahead.
type begun struct {
	net.Conn
	in *bufio.Reader
}

func (b begun) Read(p []byte) (int, error) { return b.in.Read(p) }

// rotateCertificates has connections to come use what the files hold now. Without
// TLS there is nothing to do, and mongods say so by {ok: 1}.
func (r *Router) rotateCertificates(_ context.Context, q *request) (bsoncore.Document, error) {
	message := q.body.Lookup("message")
	if _, isText := message.StringValueOK(); !isText && q.has("message") {
		return nil, failure(codeTypeMismatch, "BSON field 'rotateCertificates.message' is the wrong type '%s', expected type 'string'", message.Type)
	}
	if r.tls == nil {
		return ok1(), nil
	}
	if err := r.tls.Reload(); err != nil {
		return nil, failure(codeInvalidSSL, "the certificates stay as they are: %v", err)
	}
	r.log.Info("the certificates were read again", "message", q.text("message"))
	return ok1(), nil
}

// modes are what parameters call the mode of TLS, the older name first.
func (r *Router) modes() bson.D {
	mode := r.tls.Mode()
	older := map[secure.Mode]string{secure.Allow: "allowSSL", secure.Prefer: "preferSSL", secure.Require: "requireSSL", secure.Disabled: "disabled"}
	return bson.D{{Key: "sslMode", Value: older[mode]}, {Key: "tlsMode", Value: string(mode)}}
}
