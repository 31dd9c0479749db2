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

	"speedscale/infra/pki"
	"speedscale/infra/router/auth"
	"speedscale/infra/router/wire"
	"speedscale/internal/secretfile"
)

// ReadFile reads a file in a container; it is that of a *dockerhost.Engine. The error
// is fs.ErrNotExist if there is no such file.
type ReadFile func(ctx context.Context, container, path string) ([]byte, error)

// NoFiles is for servers outside of containers, without TLS and logins.
func NoFiles(context.Context, string, string) ([]byte, error) { return nil, fs.ErrNotExist }

// Files in the container of a mongod or router that speaks TLS, or that has a keyfile.
const (
	KeyfilePath   = secretfile.Dir + "/" + secretfile.Keyfile
	AuthorityPath = secretfile.Dir + "/" + secretfile.Authorities
)

// entry is how a server is entered: by TLS, if authorities are given (PEM), and as the
// cluster itself, if it has a keyfile.
type entry struct {
	authorities string
	member      *auth.Membership
}

// keyring has the entries of the cluster's servers. Containers of one cluster usually
// have the same files, so those that were read last are tried at the others before
// theirs are read, too, which Docker takes a tenth of a second for.
type keyring struct {
	read ReadFile
	last atomic.Pointer[entry]

	// reading has the files of one container read at a time: whoever waited tries
	// those first.
	reading sync.Mutex
}

// dialError is that of a connection that no other entry would have helped.
type dialError struct{ error }

func (e dialError) Unwrap() error { return e.error }

// entered tells whether an attempt need not be made again with other files.
func entered(err error) bool {
	_, unreachable := errors.AsType[dialError](err)
	return err == nil || unreachable
}

// enter connects as the endpoint's server asks. The driver cannot do that: a client has
// one set of options for good, but the container behind the endpoint may be replaced by
// one with other files, or without.
func (k *keyring) enter(ctx context.Context, at Endpoint, dial func() (net.Conn, error)) (net.Conn, error) {
	tried := k.last.Load()
	if conn, err := tried.try(ctx, at, dial); entered(err) {
		return conn, err
	}
	k.reading.Lock()
	defer k.reading.Unlock()
	if last := k.last.Load(); last != tried {
		if conn, err := last.try(ctx, at, dial); entered(err) {
			return conn, err
		}
	}
	own, err := k.readEntry(ctx, at)
	if err != nil {
		return nil, err
	}
	k.last.Store(own)
	return own.enter(ctx, at, dial)
}

// try enters with what was read in another container. A server that asks for nothing
// answers to anybody, and one that asks for a login does, too: so without a keyfile it
// is not known whether this was the right entry.
func (e *entry) try(ctx context.Context, at Endpoint, dial func() (net.Conn, error)) (net.Conn, error) {
	if e == nil || e.member == nil {
		return nil, ErrLogin
	}
	return e.enter(ctx, at, dial)
}

func (e *entry) enter(ctx context.Context, at Endpoint, dial func() (net.Conn, error)) (net.Conn, error) {
	conn, err := e.connect(ctx, at, dial)
	if err != nil || e.member == nil {
		return conn, err
	}
	if err := logIn(ctx, conn, e.member.Login); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// connect connects without a login.
func (e *entry) connect(ctx context.Context, at Endpoint, dial func() (net.Conn, error)) (net.Conn, error) {
	conn, err := dial()
	if err != nil {
		return nil, dialError{err}
	}
	if e.authorities == "" {
		return conn, nil
	}
	host, _, err := net.SplitHostPort(at.Host)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return pki.Connect(ctx, conn, e.authorities, host)
}

// readEntry reads the files in the endpoint's container.
func (k *keyring) readEntry(ctx context.Context, at Endpoint) (*entry, error) {
	own := &entry{}
	authorities, err := k.readFile(ctx, at, AuthorityPath)
	if err != nil {
		return nil, err
	}
	own.authorities = string(authorities)
	keys, err := k.readFile(ctx, at, KeyfilePath)
	if err == nil && keys != nil {
		own.member, err = auth.ParseKeyfile(keys)
	}
	if err != nil {
		return nil, fmt.Errorf("read the keyfile of %s: %w", at.Container, err)
	}
	return own, nil
}

// readFile is nil if there is no such file.
func (k *keyring) readFile(ctx context.Context, at Endpoint, path string) ([]byte, error) {
	text, err := k.read(ctx, at.Container, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s of %s: %w", path, at.Container, err)
	}
	return text, nil
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
