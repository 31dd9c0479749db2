package testenv

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"speedscale/internal/redisacl"
)

// PatientRedis follows a Redis's address in a URL, for tests that are not about
// a Redis that does not answer: on a busy machine a healthy one may be slow.
const PatientRedis = "?dial_timeout=30s&read_timeout=30s&write_timeout=30s&pool_timeout=30s"

// Redis starts Debian's redis-server and waits until it answers. Its users are the
// stack's, for the program under test; default may do everything, for the test.
func Redis(t testing.TB) *Process {
	t.Helper()
	return RedisAt(t, FreePort(t))
}

// RedisAt is Redis on a chosen port, for tests that take it away and bring it
// back.
func RedisAt(t testing.TB, port int) *Process {
	t.Helper()
	return startRedis(t, port, redisUsers(t, true), ping)
}

// LockedRedis is a Redis as the stack has it: without a login it answers nobody.
func LockedRedis(t testing.TB) *Process {
	t.Helper()
	return startRedis(t, FreePort(t), RedisUsers(t), ping)
}

// LoadingRedis is a locked one that loads its data for as long as a test may run,
// and answers between one key and the next.
func LoadingRedis(t testing.TB) *Process {
	t.Helper()
	dir := t.TempDir()
	save := func(ctx context.Context, client *redis.Client) error {
		_, err := client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for n := range 10_000 {
				pipe.Set(ctx, strconv.Itoa(n), strings.Repeat(rand.Text(), 50), 0)
			}
			return pipe.Save(ctx).Err()
		})
		return err
	}
	startRedis(t, FreePort(t), RedisUsers(t), save, "--dir", dir).Stop()
	loads := func(ctx context.Context, client *redis.Client) error {
		if err := client.Ping(ctx).Err(); !redis.HasErrorPrefix(err, "LOADING") {
			return fmt.Errorf("it does not load: %w", err)
		}
		return nil
	}
	return startRedis(t, FreePort(t), RedisUsers(t), loads, "--dir", dir, "--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024")
}

func ping(ctx context.Context, client *redis.Client) error { return client.Ping(ctx).Err() }

// RedisUsers is the text of the aclfile, with the tests' passwords.
func RedisUsers(t testing.TB) string { return redisUsers(t, false) }

func redisUsers(t testing.TB, open bool) string {
	t.Helper()
	passwords := map[string]string{}
	for _, user := range redisacl.Names() {
		passwords[user] = RedisPassword(user)
	}
	text, err := redisacl.File(passwords, open)
	if err != nil {
		t.Fatalf("write Redis's users: %v", err)
	}
	return text
}

// RedisPassword is a user's password in tests, with what needs care in URLs and
// in shells.
func RedisPassword(user string) string { return "sécret of '" + user + `' /@:%20"$HOME` }

// RedisURL is where a user reaches the Redis at addr, which options may follow.
func RedisURL(user, addr string) string {
	return "redis://" + url.UserPassword(user, RedisPassword(user)).String() + "@" + addr
}

// startRedis waits until ready, as admin, is content with the server.
func startRedis(t testing.TB, port int, users string, ready func(context.Context, *redis.Client) error, args ...string) *Process {
	t.Helper()
	NeedsRedis(t)
	path, err := redisPath()
	if err != nil {
		t.Fatalf("find Redis: %v", err)
	}
	dir := t.TempDir()
	acl := filepath.Join(dir, "users.acl")
	if err := os.WriteFile(acl, []byte(users), 0o600); err != nil {
		t.Fatalf("write Redis's users: %v", err)
	}
	argv := []string{"redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--dir", dir, "--aclfile", acl}
	p := start(t, path, nil, append(argv, args...), port)
	p.waitFor(t, "redis-server", func(ctx context.Context) error {
		// One question an attempt: of a Redis that loads, on a busy machine, each takes long.
		opts := &redis.Options{Addr: p.Addr(), Username: redisacl.Admin, Password: RedisPassword(redisacl.Admin), MaxRetries: -1, DisableIdentity: true}
		if slices.Contains(args, "--tls-port") {
			opts.TLSConfig = anybody
		}
		client := redis.NewClient(opts)
		defer func() { _ = client.Close() }()
		return ready(ctx, client)
	})
	return p
}

// NeedsRedis skips a test that will start a Redis later, where it is too late to
// be skipped.
func NeedsRedis(t testing.TB) {
	t.Helper()
	if _, err := redisPath(); err != nil {
		Missing(t, "Redis: apt-get install redis-tools (%v)", err)
	}
}

// redisPath prefers a redis-server; Debian's redis-tools ships the same binary
// under another name, and it acts by the name it is called with, so no daemon
// needs to be installed.
func redisPath() (string, error) {
	if path, err := exec.LookPath("redis-server"); err == nil {
		return path, nil
	}
	return exec.LookPath("redis-check-rdb")
}
