package router

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xdg-go/scram"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"speedscale/infra/router/auth"
	"speedscale/infra/router/cluster"
	"speedscale/infra/router/wire"
	"speedscale/internal/mongods"
	"speedscale/internal/testenv"
)

// tell sends a command without a driver, and returns the answer's code, or 0.
func (c rawClient) tell(t testing.TB, db string, cmd bson.D) int32 {
	t.Helper()
	reply := c.ask(t, wire.AppendRequest(nil, 1, document(append(cmd[:len(cmd):len(cmd)], bson.E{Key: "$db", Value: db})), nil))
	return cluster.Code(reply.Body)
}

func saslStart(mechanism string, said any) bson.D {
	return bson.D{{Key: "saslStart", Value: 1}, {Key: "mechanism", Value: mechanism}, {Key: "payload", Value: said}}
}

func saslContinue(said any) bson.D {
	return bson.D{{Key: "saslContinue", Value: 1}, {Key: "conversationId", Value: 1}, {Key: "payload", Value: said}}
}

func payload(text string) bson.Binary { return bson.Binary{Data: []byte(text)} }

func testConversations(t *testing.T, g *genuine) {
	first := saslStart(auth.Scram, payload("n,,n=root,r=nonce"))
	for name, c := range map[string]struct {
		db   string
		cmds []bson.D
		want int32 // of the last one
	}{
		"a first message":           {"admin", []bson.D{first}, 0},
		"and once more":             {"admin", []bson.D{first, first, first}, 0},
		"nothing begun":             {"admin", []bson.D{saslContinue(payload("x"))}, codeProtocolError},
		"out of order":              {"admin", []bson.D{first, saslContinue(payload("nonsense")), saslContinue(payload("x"))}, codeProtocolError},
		"a wrong proof":             {"admin", []bson.D{first, saslContinue(payload("c=biws,r=nonce,p=x"))}, codeAuthenticationFailed},
		"a huge payload":            {"admin", []bson.D{saslStart(auth.Scram, payload("n,,n="+string(make([]byte, 20_000))+",r=n"))}, codeBadValue},
		"a huge proof":              {"admin", []bson.D{first, saslContinue(bson.Binary{Data: make([]byte, 30_000)})}, codeBadValue},
		"no payload":                {"admin", []bson.D{{{Key: "saslStart", Value: 1}, {Key: "mechanism", Value: auth.Scram}}}, codeBadValue},
		"a payload of numbers":      {"admin", []bson.D{saslStart(auth.Scram, 5)}, codeBadValue},
		"nothing":                   {"admin", []bson.D{saslStart(auth.Scram, payload(""))}, codeBadValue},
		"by X.509":                  {"admin", []bson.D{saslStart("MONGODB-X509", payload(""))}, codeMechanismUnavailable},
		"in plain":                  {"admin", []bson.D{saslStart("PLAIN", payload("\x00root\x00x"))}, codeMechanismUnavailable},
		"authenticate":              {"admin", []bson.D{{{Key: "authenticate", Value: 1}, {Key: "mechanism", Value: "MONGODB-X509"}}}, codeMechanismUnavailable},
		"a member, unproven":        {"local", []bson.D{saslStart(auth.Scram, payload("n,,n=__system,r=nonce")), saslContinue(payload("c=biws,r=nonce,p=x"))}, codeAuthenticationFailed},
		"a member elsewhere":        {"admin", []bson.D{saslStart(auth.Scram, payload("n,,n=__system,r=nonce"))}, codeAuthenticationFailed},
		"somebody of local":         {"local", []bson.D{saslStart(auth.Scram, payload("n,,n=root,r=nonce"))}, codeAuthenticationFailed},
		"nobody":                    {"admin", []bson.D{saslStart(auth.Scram, payload("n,,n=,r=nonce"))}, codeBadValue},
		"a logout":                  {"admin", []bson.D{first, {{Key: "logout", Value: 1}}}, 0},
		"a logout in the middle":    {"admin", []bson.D{first, {{Key: "logout", Value: 1}}, saslContinue(payload("x"))}, codeProtocolError},
		"a command in the middle":   {"admin", []bson.D{first, {{Key: "find", Value: "c"}}}, codeUnauthorized},
		"administration before all": {"test", []bson.D{{{Key: "listDatabases", Value: 1}}}, codeUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, g.address)
			for i, cmd := range c.cmds {
				if got := conn.tell(t, c.db, cmd); i == len(c.cmds)-1 {
					require.Equal(t, c.want, got)
				}
			}
		})
	}
	t.Run("a large message before the login", func(t *testing.T) {
		conn := dial(t, g.address)
		conn.send(t, message(bson.D{{Key: "ping", Value: 1}, {Key: "comment", Value: make([]byte, 100_000)}}))
		conn.closed(t)
	})
	t.Run("many that never finish", func(t *testing.T) {
		var open []rawClient
		for range maxRelays + 20 {
			conn := dial(t, g.address)
			require.Zero(t, conn.tell(t, "admin", first))
			open = append(open, conn)
		}
		eventually(t, "the oldest make room", func() error {
			if n := g.router.logins.relays.count(); n > maxRelays {
				return fmt.Errorf("%d are under way", n)
			}
			return nil
		})
		require.NoError(t, g.as(t, "root", "admin").Ping(context.Background(), nil))
		require.EqualValues(t, codeHostUnreachable, open[0].tell(t, "admin", saslContinue(payload("x"))))
		for _, conn := range open {
			require.NoError(t, conn.Close())
		}
		eventually(t, "none is left", func() error {
			if n := g.router.logins.relays.count(); n > 0 {
				return fmt.Errorf("%d are under way", n)
			}
			return nil
		})
	})
	t.Run("hello", func(t *testing.T) {
		conn := dial(t, g.address)
		reply := conn.ask(t, message(bson.D{{Key: "hello", Value: 1}, {Key: "saslSupportedMechs", Value: "admin.root"}})).Body
		require.Contains(t, reply.Lookup("saslSupportedMechs").String(), auth.Scram)
		require.Equal(t, "isdbgrid", reply.Lookup("msg").StringValue())
		reply = conn.ask(t, message(bson.D{{Key: "hello", Value: 1}})).Body
		require.Zero(t, reply.Lookup("saslSupportedMechs"))
		internal := append(saslStart(auth.Scram, payload("n,,n=__system,r=nonce")), bson.E{Key: "db", Value: "admin"})
		reply = conn.ask(t, message(bson.D{{Key: "hello", Value: 1}, {Key: "speculativeAuthenticate", Value: internal}})).Body
		require.Zero(t, reply.Lookup("speculativeAuthenticate"))
		require.EqualValues(t, 1, reply.Lookup("ok").Double())
	})
}

// testOddConversations plays clients that say anything. No server may end, and
// nobody may get in.
func testOddConversations(t *testing.T, g *genuine) {
	var all sync.WaitGroup
	end := time.Now().Add(5 * time.Second)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for worker := range uint64(4) {
		all.Go(func() {
			r := rand.New(rand.NewPCG(seed, worker))
			for time.Now().Before(end) && !t.Failed() {
				conn := dial(t, g.address)
				for range r.IntN(6) {
					reply, err := conn.exchange(wire.AppendRequest(nil, 1, document(oddWords(r)), nil))
					if err != nil {
						break
					}
					if done, _ := reply.Body.Lookup("done").BooleanOK(); done {
						t.Errorf("somebody got in")
					}
				}
				_ = conn.Close()
			}
		})
	}
	all.Wait()
	require.True(t, g.alive())
	require.NoError(t, g.client.Ping(context.Background(), nil))
}

// testOddAccounts changes users and roles in all odd ways, as somebody who may.
func testOddAccounts(t *testing.T, g *genuine) {
	ctx := context.Background()
	var list []string
	for name := range accountFields {
		list = append(list, name)
	}
	slices.Sort(list)
	end, seed := time.Now().Add(5*time.Second), uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	var all sync.WaitGroup
	var worked atomic.Int64
	for worker := range uint64(4) {
		f := &fuzzer{Rand: rand.New(rand.NewPCG(seed, worker)), g: g}
		all.Go(func() {
			for time.Now().Before(end) && g.alive() {
				if g.client.Database("odd").RunCommand(ctx, oddAccount(f, pick(f, list...))).Err() == nil {
					worked.Add(1)
				}
			}
		})
	}
	all.Wait()
	require.True(t, g.alive())
	require.Positive(t, worked.Load())
	require.NoError(t, g.client.Ping(ctx, nil))
}

func oddAccount(f *fuzzer, name string) bson.D {
	about := pick[any](f, "x", "x", "y", 1, role("x", "odd"), bson.D{{Key: "user", Value: "x"}, {Key: "db", Value: "odd"}}, bson.D{{Key: "forAllDBs", Value: true}}, bson.A{"x", "y"}, f.odd())
	cmd := bson.D{{Key: name, Value: about}}
	for field := range accountFields[name] {
		var value any
		switch field {
		case "pwd":
			value = pick[any](f, "x", "x", f.odd())
		case "roles":
			value = pick[any](f, bson.A{}, bson.A{"x"}, bson.A{"y", "read"}, bson.A{role("read", "odd")}, bson.A{f.odd()}, f.odd())
		case "privileges":
			value = pick[any](f, bson.A{}, bson.A{privilege(collection("odd", ""), "find")}, bson.A{privilege(bson.D{{Key: "db", Value: "odd"}, {Key: "system_buckets", Value: "x"}}, "find", "x")}, bson.A{f.odd()}, f.odd())
		case "filter":
			value = f.query()
		case "mechanisms":
			value = pick[any](f, bson.A{auth.Scram}, bson.A{f.odd()}, f.odd())
		case "authenticationRestrictions":
			value = pick[any](f, bson.A{}, bson.A{bson.D{{Key: "clientSource", Value: bson.A{"::1", "x"}}}}, f.odd())
		default:
			value = pick[any](f, true, true, bson.D{}, f.odd())
		}
		if f.IntN(2) == 0 || field == "roles" || field == "privileges" || field == "pwd" {
			cmd = append(cmd, bson.E{Key: field, Value: value})
		}
	}
	return cmd
}

func oddWords(r *rand.Rand) bson.D {
	text := []byte("n,,n=root,r=nonce")
	for range r.IntN(4) {
		text[r.IntN(len(text))] = byte(r.IntN(256))
	}
	if r.IntN(4) == 0 {
		text = text[:r.IntN(len(text))]
	}
	said := []any{bson.Binary{Data: text}, bson.Binary{Subtype: byte(r.IntN(256)), Data: text}, string(text), r.Int64(), nil, bson.D{}, bson.Binary{Data: []byte("c=biws,r=" + string(text) + ",p=AAAA")}}[r.IntN(7)]
	db := []string{"admin", "local", "config", "$external", "", "x"}[r.IntN(6)]
	mechanism := []string{auth.Scram, auth.Scram, "SCRAM-SHA-1", "PLAIN", "MONGODB-X509", ""}[r.IntN(6)]
	var cmd bson.D
	switch r.IntN(5) {
	case 0:
		cmd = saslContinue(said)
		cmd[1].Value = []any{1, r.Int32(), "x", nil}[r.IntN(4)]
	case 1:
		inner := append(saslStart(mechanism, said), bson.E{Key: "db", Value: db})
		cmd = bson.D{{Key: "hello", Value: 1}, {Key: "saslSupportedMechs", Value: []any{"admin.root", "x", 5, "local.__system", bson.D{}}[r.IntN(5)]}, {Key: "speculativeAuthenticate", Value: []any{inner, inner, bson.D{}, 1}[r.IntN(4)]}}
	default:
		cmd = append(saslStart(mechanism, said), bson.E{Key: "options", Value: []any{bson.D{{Key: "skipEmptyExchange", Value: true}}, 1, nil}[r.IntN(3)]})
	}
	return append(cmd, bson.E{Key: "$db", Value: db})
}

// testSecretsStaySecret looks for secrets in all that the router logs and says.
func testSecretsStaySecret(t *testing.T, g *genuine) {
	member, err := auth.ReadKeyfile(testenv.Keyfile(t))
	require.NoError(t, err)
	var logged locked
	log := slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c, err := cluster.Open("configReplSet", addresses(g.config), nil, member, log)
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Close(context.Background())) }()
	r := New(c, mongods.Default, DefaultLimits, log)
	address, stop := serve(t, r)
	defer stop()

	jane := loginAs(t, "mongodb://"+address, credential("root", "admin", password))
	said := ""
	for _, cmd := range []bson.D{
		user("secretive"), user("secretive"),
		{{Key: "updateUser", Value: "nobody"}, {Key: "pwd", Value: password}},
		{{Key: "createUser", Value: 5}, {Key: "pwd", Value: password}},
		{{Key: "createUser", Value: bson.D{{Key: "pwd", Value: password}}}},
		append(user("secretive"), bson.E{Key: "nonsense", Value: 1}), append(user("secretive"), bson.E{Key: "pwd", Value: password}),
	} {
		said += fmt.Sprint(ask(jane, "admin", cmd))
	}
	poor := loginAs(t, "mongodb://"+address, credential("secretive", "admin", password))
	said += fmt.Sprint(ask(poor, "admin", user("other")), ask(poor, "admin", bson.D{{Key: "updateUser", Value: "root"}, {Key: "pwd", Value: password}}))
	said += fmt.Sprint(loginAs(t, "mongodb://"+address, credential("root", "admin", "not "+password)).Ping(context.Background(), nil))
	said += dial(t, address).ask(t, message(saslContinue(payload(password)))).Body.String()
	said += dial(t, address).ask(t, message(saslStart("PLAIN", payload(password)))).Body.String()
	said += dial(t, address).ask(t, message(saslStart(auth.Scram, payload(password)))).Body.String()
	require.Contains(t, said, "not authorized")
	for _, text := range []string{said, logged.String(), fmt.Sprintf("%+v %#v", member, member)} {
		require.NotContains(t, text, password)
		require.NotContains(t, text, testenv.Key)
	}
	require.Contains(t, logged.String(), "a command failed")
}

type locked struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(b)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.String()
}

func testRevoking(t *testing.T, g *genuine) {
	ctx := context.Background()
	find := bson.D{{Key: "find", Value: "c"}}
	run(t, g.client, "revoked", user("jane", "readWrite"))
	jane := g.as(t, "jane", "revoked")
	coll := jane.Database("revoked").Collection("c")
	fill(t, coll, 20)

	run(t, g.client, "revoked", bson.D{{Key: "revokeRolesFromUser", Value: "jane"}, {Key: "roles", Value: bson.A{"readWrite"}}})
	refused(t, jane, "revoked", find, codeUnauthorized)
	run(t, g.client, "revoked", bson.D{{Key: "createRole", Value: "reads"}, {Key: "roles", Value: bson.A{}}, {Key: "privileges", Value: bson.A{privilege(collection("revoked", ""), "find")}}})
	run(t, g.client, "revoked", bson.D{{Key: "grantRolesToUser", Value: "jane"}, {Key: "roles", Value: bson.A{"reads"}}})
	run(t, jane, "revoked", find)
	run(t, g.client, "revoked", bson.D{{Key: "revokePrivilegesFromRole", Value: "reads"}, {Key: "privileges", Value: bson.A{privilege(collection("revoked", ""), "find")}}})
	refused(t, jane, "revoked", find, codeUnauthorized)

	run(t, g.client, "revoked", bson.D{{Key: "grantRolesToUser", Value: "jane"}, {Key: "roles", Value: bson.A{"read"}}})
	one := loginAs(t, "mongodb://"+g.address+"/?maxPoolSize=1", credential("jane", "revoked", password))
	run(t, one, "revoked", find)
	run(t, g.client, "revoked", bson.D{{Key: "dropUser", Value: "jane"}})
	require.Contains(t, refused(t, one, "revoked", find, codeUnauthorized), "requires authentication")
	run(t, g.client, "revoked", user("jane", "read")) // another one of that name
	refused(t, one, "revoked", find, codeUnauthorized)

	// Behind the router's back: within 30 s (TestUsersAreAskedForAgain), and at once
	// where it is told.
	other := g.as(t, "jane", "revoked")
	run(t, other, "revoked", find)
	run(t, g.asMember(t), "revoked", bson.D{{Key: "dropUser", Value: "jane"}})
	run(t, other, "revoked", find)
	run(t, g.client, "admin", bson.D{{Key: "invalidateUserCache", Value: 1}})
	refused(t, other, "revoked", find, codeUnauthorized)
	require.NoError(t, other.Ping(ctx, nil))
}

func testCursorsHaveOwners(t *testing.T, g *genuine) {
	ctx := context.Background()
	run(t, g.client, "owned", user("jane", "readWrite"))
	run(t, g.client, "owned", user("joe", "readWrite"))
	jane, joe := g.as(t, "jane", "owned"), g.as(t, "joe", "owned")
	fill(t, jane.Database("owned").Collection("c"), 20)
	cursor, err := jane.Database("owned").Collection("c").Find(ctx, bson.D{}, options.Find().SetBatchSize(2))
	require.NoError(t, err)
	more := bson.D{{Key: "getMore", Value: cursor.ID()}, {Key: "collection", Value: "c"}}
	kill := bson.D{{Key: "killCursors", Value: "c"}, {Key: "cursors", Value: bson.A{cursor.ID()}}}
	refused(t, joe, "owned", more, codeUnauthorized)
	refused(t, joe, "owned", kill, codeUnauthorized)
	refused(t, g.client, "owned", more, codeUnauthorized)
	refused(t, connect(t, "mongodb://"+g.address), "owned", more, codeUnauthorized)
	run(t, g.as(t, "jane", "owned"), "owned", append(more, bson.E{Key: "batchSize", Value: 2}))
	run(t, g.client, "owned", kill) // killAnyCursor
	refused(t, jane, "owned", more, codeCursorNotFound)
}

// testStatus: the router knows who a client is.
func testStatus(t *testing.T, g *genuine) {
	run(t, g.client, "status", user("jane", "read"))
	jane := g.as(t, "jane", "status")
	info := run(t, jane, "admin", bson.D{{Key: "connectionStatus", Value: 1}, {Key: "showPrivileges", Value: true}})["authInfo"].(bson.D)
	require.Equal(t, bson.A{bson.D{{Key: "user", Value: "jane"}, {Key: "db", Value: "status"}}}, info[0].Value)
	require.Equal(t, bson.A{role("read", "status")}, info[1].Value)
	require.NotEmpty(t, info[2].Value)
	require.Len(t, run(t, jane, "status", bson.D{{Key: "usersInfo", Value: "jane"}})["users"], 1)
	refused(t, jane, "status", bson.D{{Key: "usersInfo", Value: 1}}, codeUnauthorized)
	found := run(t, g.client, "admin", bson.D{{Key: "getParameter", Value: "*"}})
	require.Equal(t, "keyFile", found["clusterAuthMode"])
	stranger := run(t, connect(t, "mongodb://"+g.address), "admin", bson.D{{Key: "connectionStatus", Value: 1}})
	require.Empty(t, stranger["authInfo"].(bson.D)[0].Value)
}

// testLoginsOnOneConnection: the last login counts, one that fails does not.
func testLoginsOnOneConnection(t *testing.T, g *genuine) {
	run(t, g.client, "twice", user("jane", "read"))
	conn := dial(t, g.address)
	who := func() string {
		reply := conn.ask(t, message(bson.D{{Key: "connectionStatus", Value: 1}})).Body
		return reply.Lookup("authInfo", "authenticatedUsers").String()
	}
	require.Equal(t, "[]", who())
	require.Zero(t, conn.login(t, "jane", "twice", password))
	require.Contains(t, who(), "jane")
	require.Zero(t, conn.tell(t, "twice", bson.D{{Key: "find", Value: "c"}}))
	require.EqualValues(t, codeAuthenticationFailed, conn.login(t, "root", "admin", "wrong"))
	require.Contains(t, who(), "jane")
	require.Zero(t, conn.login(t, "root", "admin", password))
	require.Contains(t, who(), "root")
	require.NotContains(t, who(), "jane")
	require.Zero(t, conn.tell(t, "admin", bson.D{{Key: "logout", Value: 1}}))
	require.Equal(t, "[]", who())
	require.EqualValues(t, codeUnauthorized, conn.tell(t, "twice", bson.D{{Key: "find", Value: "c"}}))
}

// login logs in without a driver, and returns the code of the last answer.
func (c rawClient) login(t testing.TB, name, db, pwd string) int32 {
	t.Helper()
	client, err := scram.SHA256.NewClient(name, pwd, "")
	require.NoError(t, err)
	talk, heard := client.NewConversation(), ""
	for cmd := saslStart; ; cmd = func(_ string, said any) bson.D { return saslContinue(said) } {
		said, err := talk.Step(heard)
		require.NoError(t, err)
		words := append(cmd(auth.Scram, payload(said)), bson.E{Key: "$db", Value: db})
		reply := c.ask(t, wire.AppendRequest(nil, 1, document(words), nil)).Body
		if done, _ := reply.Lookup("done").BooleanOK(); done || cluster.Code(reply) != 0 {
			return cluster.Code(reply)
		}
		_, answer := reply.Lookup("payload").Binary()
		heard = string(answer)
	}
}

// testSmuggling: what would pass by the check is refused.
func testSmuggling(t *testing.T, g *genuine) {
	run(t, g.client, "smuggled", user("jane", bson.D{{Key: "role", Value: "read"}, {Key: "db", Value: "smuggled"}}))
	jane := g.as(t, "jane", "smuggled")
	fill(t, g.client.Database("hidden").Collection("c"), 3)
	fill(t, g.client.Database("smuggled").Collection("c"), 3)
	var specification bson.M
	infos := run(t, g.client, "hidden", bson.D{{Key: "listCollections", Value: 1}})["cursor"].(bson.D)[2].Value.(bson.A)[0].(bson.D)
	raw, err := bson.Marshal(infos)
	require.NoError(t, err)
	require.NoError(t, bson.Unmarshal(raw, &specification))
	uuid := bson.Raw(raw).Lookup("info", "uuid")
	refused(t, jane, "smuggled", bson.D{{Key: "find", Value: uuid}}, codeUnauthorized)
	refused(t, jane, "smuggled", bson.D{{Key: "aggregate", Value: uuid}, {Key: "pipeline", Value: bson.A{}}, {Key: "cursor", Value: bson.D{}}}, codeUnauthorized)
	aggregate := func(stages ...any) bson.D {
		return bson.D{{Key: "aggregate", Value: "c"}, {Key: "pipeline", Value: append(bson.A{}, stages...)}, {Key: "cursor", Value: bson.D{}}}
	}
	lookup := func(fields ...bson.E) bson.D {
		return bson.D{{Key: "$lookup", Value: append(bson.D(fields), bson.E{Key: "pipeline", Value: bson.A{}}, bson.E{Key: "as", Value: "x"})}}
	}
	from := func(v any) bson.E { return bson.E{Key: "from", Value: v} }
	elsewhere := bson.D{{Key: "db", Value: "hidden"}, {Key: "coll", Value: "c"}}
	for name, cmd := range map[string]bson.D{
		"from elsewhere":       aggregate(lookup(from(elsewhere))),
		"twice from":           aggregate(lookup(from("c"), from(elsewhere))),
		"twice db":             aggregate(lookup(from(bson.D{{Key: "db", Value: "smuggled"}, {Key: "coll", Value: "c"}, {Key: "db", Value: "hidden"}}))),
		"in a facet":           aggregate(bson.D{{Key: "$facet", Value: bson.D{{Key: "a", Value: bson.A{lookup(from(elsewhere))}}}}}),
		"to elsewhere":         aggregate(bson.D{{Key: "$out", Value: elsewhere}}),
		"merged twice":         aggregate(bson.D{{Key: "$merge", Value: bson.D{{Key: "into", Value: "c"}, {Key: "into", Value: elsewhere}}}}),
		"an update, not a set": {{Key: "update", Value: "c"}, {Key: "updates", Value: bson.A{}}},
	} {
		require.True(t, isDenied(ask(jane, "smuggled", cmd)), name)
	}
	for _, cmd := range []bson.D{
		append(aggregate(), bson.E{Key: "pipeline", Value: bson.A{lookup(from(elsewhere))}}),
		{{Key: "find", Value: "c"}, {Key: "filter", Value: bson.D{}}, {Key: "filter", Value: bson.D{}}},
	} {
		refused(t, jane, "smuggled", cmd, codeDuplicateField)
	}
	for _, cmd := range []bson.D{
		{{Key: "find", Value: "c"}, {Key: "$audit", Value: bson.D{{Key: "$impersonatedUser", Value: bson.D{{Key: "user", Value: "root"}, {Key: "db", Value: "admin"}}}}}},
		{{Key: "find", Value: "c"}, {Key: "$client", Value: bson.D{}}, {Key: "shardVersion", Value: bson.D{}}, {Key: "databaseVersion", Value: bson.D{}}},
	} {
		run(t, jane, "smuggled", cmd)
	}
	conn := dial(t, g.address)
	require.EqualValues(t, codeUnauthorized, conn.tell(t, "smuggled", bson.D{{Key: "createUser", Value: "x"}}), "not logged in")
	for _, q := range []*request{
		{name: "createUser", body: document(bson.D{{Key: "createUser", Value: "x"}}), seqs: []wire.Sequence{{ID: "roles", Data: document(role("root", "admin"))}}},
		{name: "aggregate", body: document(aggregate()), seqs: []wire.Sequence{{ID: "pipeline", Data: document(lookup(from(elsewhere)))}}},
		{name: "update", body: document(bson.D{{Key: "update", Value: "c"}}), seqs: []wire.Sequence{{ID: "updates.0", Data: document(bson.D{})}}},
	} {
		require.ErrorContains(t, guard(q), "unknown field", "%s in a sequence", q.name)
	}
	refused(t, jane, "smuggled", append(aggregate(), bson.E{Key: "fromMongos", Value: true}), codeIllegalOperation)
	require.Equal(t, mongo.ErrNoDocuments, g.client.Database("hidden").Collection("x").FindOne(context.Background(), bson.D{}).Err())
}
