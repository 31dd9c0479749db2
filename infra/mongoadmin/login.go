package mongoadmin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/xdg-go/scram"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"speedscale/infra/router/wire"
)

// Login logs a new connection to the endpoint in, if its server asks for that.
type Login func(ctx context.Context, at Endpoint, conn net.Conn) error

// NoLogin is for servers without a keyfile.
func NoLogin(context.Context, Endpoint, net.Conn) error { return nil }

// WithKeyfiles logs in with the keyfile in the endpoint's container; read is ReadFile
// of a *dockerhost.Engine. Containers of one cluster have the same, so a keyfile that
// was read is tried at the others before theirs is read, too, which Docker takes a
// tenth of a second for.
func WithKeyfiles(read func(ctx context.Context, container, path string) ([]byte, error)) Login {
	return (&keyring{read: read}).logIn
}

// KeyfilePath is where the keyfile is in the container of a mongod or router.
const KeyfilePath = "/run/secrets/keyfile"

// keyring holds the keys of the keyfile that was read last.
type keyring struct {
	read func(ctx context.Context, container, path string) ([]byte, error)
	mu   sync.Mutex
	keys []*scram.Client // they remember what is costly to compute
}

func (k *keyring) logIn(ctx context.Context, at Endpoint, conn net.Conn) error {
	k.mu.Lock()
	keys := k.keys
	k.mu.Unlock()
	if err := logInWithAny(ctx, conn, keys); !errors.Is(err, ErrLogin) {
		return err
	}
	keys, err := k.readKeys(ctx, at)
	if err != nil || len(keys) == 0 { // the latter without a keyfile
		return err
	}
	return logInWithAny(ctx, conn, keys)
}

// readKeys reads the keyfile of the endpoint's container; no keys if it has none.
func (k *keyring) readKeys(ctx context.Context, at Endpoint) (keys []*scram.Client, err error) {
	text, err := k.read(ctx, at.Container, KeyfilePath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the keyfile of %s: %w", at.Container, err)
	}
	for _, key := range ParseKeyfile(text) {
		client, err := scram.SHA256.NewClient(systemUser, key, "")
		if err != nil {
			return nil, fmt.Errorf("the keyfile of %s has a key that is no password", at.Container)
		}
		keys = append(keys, client)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys = keys
	return keys, nil
}

// The user that stands for the cluster itself. It logs in with a key of the
// keyfile, exists on every mongod and router, and may do everything.
const (
	systemUser     = "__system"
	systemDatabase = "local"
)

// ParseKeyfile returns the keys of a keyfile: its text without white space, or,
// while a key is replaced by another, the items of a YAML list.
func ParseKeyfile(text []byte) (keys []string) {
	for line := range bytes.Lines(text) {
		item, listed := strings.CutPrefix(strings.TrimSpace(string(line)), "- ")
		if listed || len(keys) == 0 {
			keys = append(keys, "")
		}
		keys[len(keys)-1] += strings.Join(strings.Fields(item), "")
	}
	return slices.DeleteFunc(keys, func(key string) bool { return key == "" })
}

// logInWithAny logs a new connection in as the cluster itself, with the first key
// that the server accepts. Without any the error is ErrLogin.
func logInWithAny(ctx context.Context, conn net.Conn, keys []*scram.Client) error {
	err := ErrLogin
	for _, key := range keys {
		if err = logIn(ctx, conn, systemUser, systemDatabase, key); !errors.Is(err, ErrLogin) {
			return err
		}
	}
	return err
}

// logIn logs a connection in. The error is ErrLogin if the server answered that there
// is no such user or password.
func logIn(ctx context.Context, conn net.Conn, user, database string, client *scram.Client) error {
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
		defer func() { _ = conn.SetDeadline(time.Time{}) }()
	}
	talk := client.NewConversation()
	text, err := talk.Step("")
	command := bson.D{{Key: "saslStart", Value: 1}, {Key: "mechanism", Value: "SCRAM-SHA-256"}}
	for err == nil {
		var reply saslReply
		reply, err = ask(conn, append(command, bson.E{Key: "payload", Value: []byte(text)}, bson.E{Key: "$db", Value: database}))
		if err != nil || reply.Done && talk.Done() {
			break
		}
		if text, err = talk.Step(string(reply.Payload)); talk.Done() && !talk.Valid() {
			err = errors.New("the server does not know the password either")
		}
		command = bson.D{{Key: "saslContinue", Value: 1}, {Key: "conversationId", Value: reply.ConversationID}}
	}
	if err != nil {
		return fmt.Errorf("log in as %s: %w", user, err)
	}
	return nil
}

// saslReply is a server's reply to saslStart and saslContinue.
type saslReply struct {
	OK             float64 `bson:"ok"`
	Code           int     `bson:"code"`
	Message        string  `bson:"errmsg"`
	ConversationID int     `bson:"conversationId"`
	Done           bool    `bson:"done"`
	Payload        []byte  `bson:"payload"`
}

// ask sends a command on a connection that no driver uses yet.
func ask(conn net.Conn, command bson.D) (reply saslReply, err error) {
	body, err := bson.Marshal(command)
	if err != nil {
		return reply, err
	}
	if _, err := conn.Write(wire.AppendRequest(nil, 1, body, nil)); err != nil {
		return reply, err
	}
	header, rest, err := wire.ReadHeader(conn)
	if err != nil {
		return reply, err
	}
	message := append(header[:], make([]byte, rest)...)
	if _, err := io.ReadFull(conn, message[wire.HeaderSize:]); err != nil {
		return reply, err
	}
	parsed, err := wire.Parse(message)
	if err != nil {
		return reply, err
	}
	if err := bson.Unmarshal(parsed.Body, &reply); err != nil {
		return reply, err
	}
	switch {
	case reply.OK == 1:
		return reply, nil
	case reply.Code == codeAuthenticationFailed:
		return reply, fmt.Errorf("%w: %s", ErrLogin, reply.Message)
	}
	return reply, mongo.CommandError{Code: int32(reply.Code), Message: reply.Message} //nolint:gosec // MongoDB's codes are small
}
