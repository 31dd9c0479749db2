package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/xdg-go/scram"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// Scram is the mechanism by which the router logs in.
const Scram = "SCRAM-SHA-256"

// Membership is how the router logs in to the members of its cluster.
type Membership struct {
	// Each begins a conversation with a key, and remembers what is costly to
	// compute. Unlike the key, a function shows nothing when it is printed.
	keys []func() *scram.ClientConversation
	// computing has one connection compute what all to a member need; a burst of
	// them would take all processors for seconds.
	computing sync.Mutex
	// Optional lets members be that do not know the keys yet.
	Optional bool
}

func newMembership(keys []string) (*Membership, error) {
	m := &Membership{}
	for _, key := range keys {
		client, err := scram.SHA256.NewClient(System.Name, key, "")
		if err != nil {
			return nil, errors.New("a key cannot be used as a password")
		}
		m.keys = append(m.keys, client.NewConversation)
	}
	return m, nil
}

// Ask sends a command to a member, over the connection that is to be logged in.
type Ask func(ctx context.Context, cmd bson.D) (bsoncore.Document, error)

// ErrRefused says that the server knows no such name and password.
var ErrRefused = errors.New("wrong name or password")

// refusals: BadValue, AuthenticationFailed, CommandNotFound, MechanismUnavailable.
var refusals = []int32{2, 18, 59, 334}

// Login logs a connection in, with the first key that the member takes.
func (m *Membership) Login(ctx context.Context, ask Ask) (err error) {
	for _, key := range m.keys {
		talk := key()
		step := func(heard string) (string, error) {
			m.computing.Lock()
			defer m.computing.Unlock()
			return talk.Step(heard)
		}
		if err = login(ctx, System.DB, talk, step, ask); !errors.Is(err, ErrRefused) {
			break
		}
	}
	switch {
	case m.Optional && errors.Is(err, ErrRefused):
		return nil
	case err != nil:
		return fmt.Errorf("log in with the keyfile: %w", err)
	}
	return nil
}

// LogIn logs a connection in with a password.
func LogIn(ctx context.Context, who Name, password string, ask Ask) error {
	client, err := scram.SHA256.NewClient(who.Name, password, "")
	if err != nil {
		return errors.New("this cannot be a password")
	}
	talk := client.NewConversation()
	return login(ctx, who.DB, talk, talk.Step, ask)
}

func login(ctx context.Context, db string, talk *scram.ClientConversation, step func(string) (string, error), ask Ask) error {
	cmd := func(said string) bson.D {
		return bson.D{
			{Key: "saslStart", Value: 1},
			{Key: "mechanism", Value: Scram},
			{Key: "payload", Value: bson.Binary{Data: []byte(said)}},
			{Key: "options", Value: bson.D{{Key: "skipEmptyExchange", Value: true}}},
			{Key: "$db", Value: db},
		}
	}
	heard := ""
	for {
		said, err := step(heard)
		if err != nil {
			return errors.New("the server's answer is no SCRAM") // its words stay secret
		}
		reply, err := ask(ctx, cmd(said))
		if err != nil {
			return fmt.Errorf("log in: %w", err)
		}
		_, payload, ok := reply.Lookup("payload").BinaryOK()
		if !ok {
			return refused(reply)
		}
		heard = string(payload)
		if done, _ := reply.Lookup("done").BooleanOK(); done {
			if _, err := step(heard); err != nil || !talk.Valid() {
				return errors.New("the server does not know the password itself")
			}
			return nil
		}
		id, _ := reply.Lookup("conversationId").AsInt64OK()
		cmd = func(said string) bson.D {
			return bson.D{
				{Key: "saslContinue", Value: 1},
				{Key: "conversationId", Value: int32(id)},
				{Key: "payload", Value: bson.Binary{Data: []byte(said)}},
				{Key: "$db", Value: db},
			}
		}
	}
}

func refused(reply bsoncore.Document) error {
	code, _ := reply.Lookup("code").AsInt32OK()
	if slices.Contains(refusals, code) {
		return ErrRefused
	}
	return fmt.Errorf("the login is refused with code %d", code)
}
