package router

import (
	"context"
	"encoding/base64"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/auth"
	"speedscale/infra/router/replset"
)

// logins is what a router with a keyfile has besides.
type logins struct {
	optional bool // with --transitionToAuth
	users    users
	relays   relays
}

// login is who a client is. Only its connection's goroutine uses it.
type login struct {
	name  auth.Name // zero: nobody
	id    string
	relay *relay // while it logs in
}

func (l *login) nobody() bool { return l.name == auth.Name{} }

// end is for a client that goes.
func (l *login) end() {
	if l.relay != nil {
		l.relay.end()
		l.relay = nil
	}
}

// mustLogin says whether the client has yet to log in.
func (r *Router) mustLogin(c *conn) bool {
	return r.logins != nil && !r.logins.optional && c.login.nobody()
}

// user is the client's user as it is now, nil without a login: a user that is gone
// has none any more.
func (r *Router) user(ctx context.Context, l *login) (*auth.User, error) {
	if r.logins == nil || l == nil || l.nobody() {
		return nil, nil
	}
	user, err := r.logins.users.get(ctx, l.name)
	if err != nil {
		return nil, failure(codeHostUnreachable, "%v", err)
	}
	if user == nil || user.ID != l.id {
		l.name = auth.Name{}
		return nil, nil
	}
	return user, nil
}

// maxSASL is how long a client's message of a login may be, in bytes. The longest
// names and nonces have a tenth of it.
const maxSASL = 16 << 10

// mechanisms are those by which clients may log in, if the config servers offer
// them.
var mechanisms = []string{auth.Scram, "SCRAM-SHA-1"}

var errLogin = failure(codeAuthenticationFailed, "Authentication failed.")

// claimed is the user that the first message of a login names.
func claimed(body bsoncore.Document, db string) (auth.Name, error) {
	mechanism, _ := body.Lookup("mechanism").StringValueOK()
	if !slices.Contains(mechanisms, mechanism) {
		return auth.Name{}, failure(codeMechanismUnavailable, "the embedded router knows only the mechanisms SCRAM-SHA-256 and SCRAM-SHA-1")
	}
	payload, err := payloadOf(body)
	if err != nil {
		return auth.Name{}, err
	}
	user, err := auth.FirstUser(string(payload))
	if err != nil {
		return auth.Name{}, failure(codeBadValue, "%v", err)
	}
	name := auth.Name{Name: user, DB: db}
	if name.Reserved() {
		return auth.Name{}, errLogin
	}
	return name, nil
}

func payloadOf(body bsoncore.Document) ([]byte, error) {
	if len(body) > maxSASL {
		return nil, failure(codeBadValue, "a message of a login may have %d bytes", maxSASL)
	}
	v := body.Lookup("payload")
	if text, ok := v.StringValueOK(); ok { // as older shells send it
		if payload, err := base64.StdEncoding.DecodeString(text); err == nil {
			return payload, nil
		}
	}
	_, payload, ok := v.BinaryOK()
	if !ok {
		return nil, failure(codeBadValue, "the payload of a login must be binary")
	}
	return payload, nil
}

func (r *Router) saslStart(ctx context.Context, q *request) (bsoncore.Document, error) {
	q.by.end()
	who, err := claimed(q.body, q.db)
	if err != nil {
		return nil, err
	}
	one, err := r.relayTo(who)
	if err != nil {
		return nil, err
	}
	q.by.relay = one
	cmd := append(bson.D{{Key: "saslStart", Value: 1}}, q.pick("mechanism", "payload", "autoAuthorize", "options")...)
	return r.converse(ctx, q, append(cmd, bson.E{Key: "$db", Value: q.db}))
}

func (r *Router) saslContinue(ctx context.Context, q *request) (bsoncore.Document, error) {
	if q.by.relay == nil {
		return nil, failure(codeProtocolError, "No SASL session state found")
	}
	if _, err := payloadOf(q.body); err != nil {
		q.by.end()
		return nil, err
	}
	cmd := append(bson.D{{Key: "saslContinue", Value: 1}}, q.pick("conversationId", "payload")...)
	return r.converse(ctx, q, append(cmd, bson.E{Key: "$db", Value: q.by.relay.who.DB}))
}

// converse passes on one message of a login. The last one makes the client who it
// says it is.
func (r *Router) converse(ctx context.Context, q *request, cmd bson.D) (bsoncore.Document, error) {
	reply, err := q.by.relay.ask(ctx, cmd)
	if err != nil {
		q.by.end()
		return nil, err
	}
	done, _ := reply.Lookup("done").BooleanOK()
	switch {
	case !replset.OK(reply):
		q.by.end()
	case done:
		defer q.by.end()
		if err := r.welcome(ctx, q.by); err != nil {
			return nil, err
		}
	}
	return reply, nil
}

// welcome notes who the client is: whom its first message named, if the config
// server, which has checked the password, says the same. It takes the place of
// whoever the connection was before.
func (r *Router) welcome(ctx context.Context, l *login) error {
	status, err := l.relay.ask(ctx, bson.D{{Key: "connectionStatus", Value: 1}, {Key: "$db", Value: "admin"}})
	if err != nil {
		return err
	}
	var found struct {
		Info struct {
			Users []struct{ User, DB string } `bson:"authenticatedUsers"`
		} `bson:"authInfo"`
	}
	if err := bson.Unmarshal(status, &found); err != nil {
		return err
	}
	who := l.relay.who
	if users := found.Info.Users; len(users) != 1 || users[0].User != who.Name || users[0].DB != who.DB || who.Reserved() {
		r.log.Warn("a login is refused: the config server knows the client as somebody else than it said")
		return errLogin
	}
	r.logins.users.drop(who) // it may have been made anew
	user, err := r.logins.users.get(ctx, who)
	switch {
	case err != nil:
		return failure(codeHostUnreachable, "%v", err)
	case user == nil:
		return errLogin
	case user.Restricted:
		// The config servers see the router's address in place of the client's.
		r.log.Warn("a login is refused: the embedded router does not support authenticationRestrictions", "user", who.String())
		return errLogin
	}
	l.name, l.id = who, user.ID
	return nil
}

// helloFields are the parts of a hello that a login consists of, answered by the
// config servers.
func (r *Router) helloFields(ctx context.Context, q *request) (bson.D, error) {
	if r.logins == nil {
		return nil, nil
	}
	ask, who := q.pick("saslSupportedMechs"), auth.Name{}
	if first, ok := q.body.Lookup("speculativeAuthenticate").DocumentOK(); ok {
		db, _ := first.Lookup("db").StringValueOK()
		if name, err := claimed(first, db); err == nil { // else the client begins once more
			who, ask = name, append(ask, q.pick("speculativeAuthenticate")...)
		}
	}
	if len(ask) == 0 {
		return nil, nil
	}
	q.by.end()
	one, err := r.relayTo(who)
	if err != nil {
		return nil, err
	}
	reply, err := one.ask(ctx, append(append(bson.D{{Key: "hello", Value: 1}}, ask...), bson.E{Key: "$db", Value: "admin"}))
	if err != nil {
		one.end()
		return nil, err
	}
	if _, begun := reply.Lookup("speculativeAuthenticate").DocumentOK(); begun && who != (auth.Name{}) {
		q.by.relay = one
	} else {
		one.end()
	}
	answer := &request{body: reply}
	return answer.pick("saslSupportedMechs", "speculativeAuthenticate"), nil
}

func (r *Router) logout(_ context.Context, q *request) (bsoncore.Document, error) {
	q.by.end()
	q.by.name = auth.Name{}
	return ok1(), nil
}

func (r *Router) authenticate(context.Context, *request) (bsoncore.Document, error) {
	return nil, failure(codeMechanismUnavailable, "the embedded router knows no command authenticate, only saslStart with SCRAM-SHA-256 or SCRAM-SHA-1")
}
