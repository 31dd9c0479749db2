package mongoadmin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/auth"
	"speedscale/infra/router/wire"
)

// Login logs a new connection to the endpoint in, if its server asks for that.
type Login func(ctx context.Context, at Endpoint, conn net.Conn) error

// NoLogin is for servers without a keyfile.
func NoLogin(context.Context, Endpoint, net.Conn) error { return nil }

// WithKeyfiles logs in as the cluster itself, with the keyfile in the endpoint's
// container; read is ReadFile of a *dockerhost.Engine. Containers of one cluster have
// the same keyfile, so one that was read is tried at the others before theirs is read,
// too, which Docker takes a tenth of a second for.
func WithKeyfiles(read func(ctx context.Context, container, path string) ([]byte, error)) Login {
	return (&keyring{read: read}).logIn
}

// KeyfilePath is where the keyfile is in the container of a mongod or router.
const KeyfilePath = "/run/secrets/keyfile"

// keyring holds the keyfile that was read last.
type keyring struct {
	read func(ctx context.Context, container, path string) ([]byte, error)
	last atomic.Pointer[auth.Membership]

	// reading has one keyfile read at a time: whoever waited tries that one first.
	reading sync.Mutex
}

func (k *keyring) logIn(ctx context.Context, at Endpoint, conn net.Conn) error {
	tried := k.last.Load()
	if err := logInAs(ctx, conn, tried); !errors.Is(err, ErrLogin) {
		return err
	}
	k.reading.Lock()
	defer k.reading.Unlock()
	if last := k.last.Load(); last != tried {
		if err := logInAs(ctx, conn, last); !errors.Is(err, ErrLogin) {
			return err
		}
	}
	own, err := k.readKeyfile(ctx, at)
	if err != nil || own == nil {
		return err
	}
	k.last.Store(own)
	return logInAs(ctx, conn, own)
}

// logInAs logs in as the cluster itself; nil, for no keyfile, is refused.
func logInAs(ctx context.Context, conn net.Conn, member *auth.Membership) error {
	if member == nil {
		return ErrLogin
	}
	return logIn(ctx, conn, member.Login)
}

// readKeyfile reads the keyfile of the endpoint's container; nil if it has none.
func (k *keyring) readKeyfile(ctx context.Context, at Endpoint) (*auth.Membership, error) {
	text, err := k.read(ctx, at.Container, KeyfilePath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var own *auth.Membership
	if err == nil {
		own, err = auth.ParseKeyfile(text)
	}
	if err != nil {
		return nil, fmt.Errorf("read the keyfile of %s: %w", at.Container, err)
	}
	return own, nil
}

// logIn logs in on a connection that no driver uses yet. The error is ErrLogin if the
// server knows no such name and password.
func logIn(ctx context.Context, conn net.Conn, login func(context.Context, auth.Ask) error) error {
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
		defer func() { _ = conn.SetDeadline(time.Time{}) }()
	}
	return login(ctx, func(_ context.Context, command bson.D) (bsoncore.Document, error) { return ask(conn, command) })
}

// ask sends a command and returns the reply, be it an error.
func ask(conn net.Conn, command bson.D) (bsoncore.Document, error) {
	body, err := bson.Marshal(command)
	if err != nil {
		return nil, err
	}
	return wire.Ask(conn, body)
}
