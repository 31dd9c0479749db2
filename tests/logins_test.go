package tests

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// from is a place from which somebody tries to get in: the host, or a container.
type from string

const host from = ""

// DialContext connects from that place. On the host a server is named by its
// published port, in a container by its name on the network.
func (f from) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if f == host {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	name, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	// When one direction ends the other is ended, too: nothing stays in the container.
	const relay = `exec 3<>/dev/tcp/$0/$1 4<&0 || exit; cat <&3 & from=$!; cat <&4 >&3 & to=$!; exec 3<&- 4<&-; wait -n; kill $from $to 2>/dev/null; wait`
	cmd := exec.Command("docker", "exec", "-i", string(f), "bash", "-c", relay, name, port)
	near, far := net.Pipe()
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = far
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_, _ = io.Copy(in, far)
		_ = in.Close()
	}()
	go func() { // the server may end the connection first
		_ = cmd.Wait()
		_ = far.Close()
	}()
	return near, nil
}

func (f from) String() string {
	if f == host {
		return "the host"
	}
	return string(f)
}

// login is what somebody tries to get in with; zero: nothing.
type login struct{ user, password, database string }

func (l login) String() string {
	if l.user == "" {
		return "no login"
	}
	return l.user + "@" + l.database
}

// mongoSays is the answer to a command. The client does not ask for more than one
// connection, so that there is one answer.
func mongoSays(t *testing.T, at from, address string, who login, command bson.D, by ...*tls.Config) error {
	t.Helper()
	opts := options.Client().ApplyURI("mongodb://" + address).SetDirect(true).SetDialer(at).SetServerMonitoringMode("poll").
		SetConnectTimeout(time.Minute).SetTimeout(2 * time.Minute)
	if len(by) > 0 {
		opts.SetTLSConfig(by[0])
	}
	if who.user != "" {
		opts.SetAuth(options.Credential{Username: who.user, Password: who.password, AuthSource: who.database, AuthMechanism: "SCRAM-SHA-256"})
	}
	c, err := mongo.Connect(opts)
	require.NoError(t, err)
	defer func() { _ = c.Disconnect(t.Context()) }()
	return c.Database("speedscale").RunCommand(t.Context(), command).Err()
}

var (
	count      = bson.D{{Key: "count", Value: "products"}}
	createUser = bson.D{{Key: "createUser", Value: "intruder"}, {Key: "pwd", Value: "p"}, {Key: "roles", Value: bson.A{"readWrite"}}}
	insert     = bson.D{{Key: "insert", Value: "products"}, {Key: "documents", Value: bson.A{bson.D{}}}}
)

// Nobody gets in: at no server, from nowhere, without a login, with a wrong one, or
// with that of somebody who may do something else.
func TestNobodyGetsIn(t *testing.T) {
	inside := from(prefix + "frontend")
	admin := login{"admin", password(t, "mongo", "admin"), "admin"}
	gateway := login{"gateway", password(t, "mongo", "gateway"), "admin"}
	monitor := login{"monitor", password(t, "mongo", "monitor"), "admin"}
	wrong := login{"admin", "wrong", "admin"}
	noLogin := login{}
	const unauthorized, unknown = 13, 18

	type attempt struct {
		from    from
		address string
		who     login
		command bson.D
		code    int
	}
	var attempts []attempt
	for place, router := range map[from]string{host: "127.0.0.1:17017", inside: "mongos:27017"} {
		attempts = append(attempts,
			attempt{place, router, noLogin, count, unauthorized},
			attempt{place, router, noLogin, createUser, unauthorized},
			attempt{place, router, wrong, count, unknown},
			attempt{place, router, login{"gateway", gateway.password, "speedscale"}, count, unknown},
			attempt{place, router, login{"__system", "wrong", "local"}, count, unknown},
			attempt{place, router, monitor, count, unauthorized},
			attempt{place, router, monitor, insert, unauthorized},
			attempt{place, router, gateway, createUser, unauthorized},
		)
	}
	for _, member := range memberNames() {
		attempts = append(attempts,
			attempt{inside, member + ":27017", noLogin, count, unauthorized},
			attempt{inside, member + ":27017", wrong, count, unknown},
			// On its own host there is MongoDB's localhost exception, which must be closed.
			attempt{from(containerOf(member)), "127.0.0.1:27017", noLogin, createUser, unauthorized},
		)
		if strings.HasPrefix(member, "shard") {
			attempts = append(attempts, attempt{inside, member + ":27017", admin, count, unknown}) // it has no users of its own
		}
	}
	for _, a := range attempts {
		err := mongoSays(t, a.from, a.address, a.who, a.command)
		var refused mongo.ServerError
		require.ErrorAs(t, err, &refused, "%s → %s, %s, %s", a.from, a.address, a.who, a.command[0].Key)
		require.True(t, refused.HasErrorCode(a.code), "%s → %s, %s, %s: %v", a.from, a.address, a.who, a.command[0].Key, err)
		t.Logf("| %s | %s | %s | %s | %s |", a.from, a.address, a.who, a.command[0].Key, words(err))
	}
	for who, command := range map[login]bson.D{admin: count, gateway: count} {
		require.NoError(t, mongoSays(t, host, "127.0.0.1:17017", who, command), who)
		require.NoError(t, mongoSays(t, inside, "mongos:27017", who, command), who)
	}
	require.NoError(t, mongoSays(t, host, "127.0.0.1:17017", monitor, bson.D{{Key: "ping", Value: 1}}))
}

// words are the server's own, without the driver's.
func words(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, "("); i >= 0 {
		text = text[i:]
	}
	return text
}

func memberNames() (names []string) {
	for i := 1; i <= 3; i++ {
		names = append(names, fmt.Sprintf("config-server-%d", i), fmt.Sprintf("shard1-node%d", i), fmt.Sprintf("shard2-node%d", i))
	}
	return names
}

// containerOf is the container of a member, named as on the network.
func containerOf(member string) string {
	return prefix + strings.Replace(member, "config-server-", "config-", 1)
}

// password is that of a user, as `speedscale uri` prints it.
func password(t *testing.T, server, user string) string {
	return passwordOf(t, stackName, server, user)
}

func passwordOf(t *testing.T, stack, server, user string) string {
	t.Helper()
	_, rest, found := strings.Cut(uriOf(t, stack, server, user), "://"+user+":")
	require.True(t, found)
	secret, _, found := strings.Cut(rest, "@")
	require.True(t, found)
	return secret
}

func TestNobodyGetsIntoRedis(t *testing.T) {
	inside := from(prefix + "frontend")
	monitor, gateway, ui := password(t, "redis", "monitor"), password(t, "redis", "gateway"), password(t, "redis", "ui")
	for place, address := range map[from]string{host: "127.0.0.1:16379", inside: "redis:6379"} {
		for _, a := range []struct {
			user, password string
			command        []any
			want           string
		}{
			{"", "", []any{"get", "search:phone"}, "NOAUTH"},
			{"", "", []any{"info"}, "NOAUTH"},
			{"admin", "wrong", []any{"ping"}, "WRONGPASS"},
			{"default", "anything", []any{"ping"}, "WRONGPASS"},
			{"monitor", monitor, []any{"get", "search:phone"}, "NOPERM"},
			{"monitor", monitor, []any{"slowlog", "get"}, "NOPERM"},
			{"ui", ui, []any{"del", "search:phone"}, "NOPERM"},
			{"ui", ui, []any{"acl", "list"}, "NOPERM"},
			{"gateway", gateway, []any{"flushall"}, "NOPERM"},
			{"gateway", gateway, []any{"get", "another"}, "NOPERM"},
		} {
			c := redis.NewClient(&redis.Options{Addr: address, Dialer: place.DialContext, Username: a.user, Password: a.password, MaxRetries: -1, DisableIdentity: true, DialTimeout: time.Minute, ReadTimeout: time.Minute})
			err := c.Do(t.Context(), a.command...).Err()
			require.NoError(t, c.Close())
			require.ErrorContains(t, err, a.want, "%s → %s, %s, %v", place, address, a.user, a.command)
			t.Logf("| %s | %s | %s | %v | %s |", place, address, a.user, a.command, err)
		}
	}
}

func TestThePagesAboutTheCacheAskForALogin(t *testing.T) {
	inside := from(prefix + "frontend")
	for _, a := range []struct {
		from           from
		url            string
		user, password string
	}{
		{host, "http://127.0.0.1:18001/", "", ""},
		{host, "http://127.0.0.1:18001/api/keys", "", ""},
		{host, "http://127.0.0.1:18001/", "admin", "wrong"},
		{inside, "http://redis:8001/", "", ""},
		{inside, "http://redis:8001/", "admin", "wrong"},
		{host, "http://127.0.0.1:18081/apiv2/server/info", "", ""},
		{inside, "http://redis-ui:8081/apiv2/server/info", "", ""},
		{inside, "http://redis-ui:8081/apiv2/server/info", "admin", "wrong"},
	} {
		status, body := ask(t, a.from, a.url, a.user, a.password)
		require.Equal(t, http.StatusUnauthorized, status, "%s → %s, %s: %s", a.from, a.url, a.user, body)
		t.Logf("| %s | %s | %s | %d %s |", a.from, a.url, a.user, status, strings.TrimSpace(body))
	}
	status, body := ask(t, host, "http://127.0.0.1:18001/", "admin", password(t, "insight", "admin"))
	require.Equal(t, http.StatusOK, status, body)
}

func ask(t *testing.T, at from, url, user, password string) (status int, body string) {
	t.Helper()
	client := http.Client{Timeout: time.Minute, Transport: &http.Transport{DialContext: at.DialContext, DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	if user != "" {
		request.SetBasicAuth(user, password)
	}
	answer, err := client.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(text)
}

// No secret is shown: not by Docker, in no log, state or plan, and in no list of
// processes.
func TestNoSecretIsShown(t *testing.T) {
	secrets := map[string]string{"keyfile": docker(t, "exec", prefix+"mongos", "cat", "/run/secrets/keyfile")}
	for server, users := range map[string][]string{"mongo": {"admin", "gateway", "monitor"}, "redis": {"admin", "gateway", "monitor", "ui"}, "insight": {"admin"}} {
		for _, user := range users {
			secrets[server+" "+user] = password(t, server, user)
		}
	}
	require.Len(t, noneIsShown(t, stackName, secrets), 15)
}

// noneIsShown looks for the secrets in all that can be seen of a stack, and returns its
// containers.
func noneIsShown(t *testing.T, stack string, secrets map[string]string) (containers []string) {
	t.Helper()
	for _, secret := range secrets {
		require.GreaterOrEqual(t, len(secret), 32)
	}
	containers = lines(docker(t, "ps", "-aq", "--filter", "label=speedscale.stack="+stack))
	shown := func(args ...string) string {
		out, err := onStack(stack, nil, args...)
		require.NoError(t, err, out)
		return out
	}
	places := map[string]func() string{
		"docker inspect": func() string { return docker(t, append([]string{"inspect"}, containers...)...) },
		"docker inspect of the images": func() string {
			images := lines(docker(t, append([]string{"inspect", "-f", "{{.Image}}"}, containers...)...))
			return docker(t, append([]string{"inspect"}, images...)...)
		},
		"logs": func() string {
			var all strings.Builder
			for _, c := range containers {
				all.WriteString(docker(t, "logs", c))
			}
			return all.String()
		},
		"processes": func() string {
			out, err := exec.Command("ps", "axeww", "-o", "args").Output()
			require.NoError(t, err)
			return string(out)
		},
		"state":          func() string { return stateFiles(t) },
		"preview":        func() string { return shown("preview") },
		"preview --diff": func() string { return shown("preview", "--diff") },
		"preview --json": func() string { return shown("preview", "--json") },
		"status": func() string {
			out, _ := onStack(stack, nil, "status", "--json") // it fails where a busy machine lets the stack look ill
			return out
		},
		"plan": func() string { return exported(t, stack) },
	}
	for place, look := range places {
		text := look()
		require.NotEmpty(t, text, place)
		for name, secret := range secrets {
			require.False(t, strings.Contains(text, secret), "%s shows %s", place, name) // without showing it once more
		}
		t.Logf("%s: %d bytes, %d secrets, 0 hits", place, len(text), len(secrets))
	}
	return containers
}

// exported is what the engine exports of a stack.
func exported(t *testing.T, stack string, args ...string) string {
	t.Helper()
	out, err := exec.Command("make", "-C", root(), "-s", "pulumi", "STACK="+stack, "ARGS="+strings.Join(append([]string{"stack export"}, args...), " ")).CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

// stateFiles are all files of the engine, with histories and backups.
func stateFiles(t *testing.T) string {
	t.Helper()
	var all bytes.Buffer
	for _, folder := range []string{filepath.Join(root(), ".pulumi"), filepath.Join(root(), ".speedscale", "pulumi-home", "workspaces")} {
		err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
			if errors.Is(err, os.ErrNotExist) || err == nil && entry.IsDir() {
				return nil
			}
			text, err := os.ReadFile(path)
			if !errors.Is(err, os.ErrNotExist) { // other tests' stacks come and go
				all.Write(text)
			}
			return nil
		})
		require.NoError(t, err)
	}
	return all.String()
}
