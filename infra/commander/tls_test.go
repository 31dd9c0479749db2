package commander

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"speedscale/internal/mongods"
	"speedscale/internal/redisacl"
	"speedscale/internal/testenv"
	"speedscale/internal/tlsfiles"
)

// stand is Redis Commander, as its container runs it, in front of a Redis that speaks
// TLS.
type stand struct {
	port           int
	redis          *testenv.Process
	ofRedis, files testenv.TLS
	token          string
}

func newStand(t *testing.T, byRedis, own *testenv.Authority) *stand {
	t.Helper()
	testenv.Needs(t, "node")
	cache, err := mongods.Cache()
	require.NoError(t, err)
	installed := filepath.Join(cache, "redis-commander-0.9.0")
	program := filepath.Join(installed, "app")
	if _, err := os.Stat(program); err != nil {
		testenv.Missing(t, "Redis Commander: run `bin/speedscale images` (%v)", err)
	}
	s := &stand{port: testenv.FreePort(t), ofRedis: testenv.NewTLS(t, byRedis), files: testenv.NewTLS(t, own)}
	s.redis = s.ofRedis.LockedRedis(t)
	dir := filepath.Dir(s.files.CertificateFile)
	text, err := File(Config{Host: "localhost", Port: s.redis.Port, TLS: true, RedisPassword: testenv.RedisPassword(redisacl.UI), Visitor: "visitor", Password: "s3cret"})
	require.NoError(t, err)
	testenv.Replace(t, filepath.Join(dir, FileName), text)
	testenv.Replace(t, filepath.Join(dir, TLSScriptName), TLSScript)

	node := exec.CommandContext(t.Context(), "node", "bin/redis-commander", "--nosave", "--address", "127.0.0.1", "--port", fmt.Sprint(s.port))
	node.Dir = program
	node.Env = append(
		os.Environ(), "HOME="+t.TempDir(), "NODE_ENV=production", "NODE_CONFIG_DIR="+filepath.Join(installed, "config")+":"+dir,
		"NODE_OPTIONS=--max-old-space-size=48 --require "+filepath.Join(dir, TLSScriptName),
	)
	var log bytes.Buffer
	node.Stdout, node.Stderr = &log, &log
	require.NoError(t, node.Start())
	t.Cleanup(func() {
		_ = node.Process.Kill()
		_ = node.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	require.Eventually(t, func() bool { return s.health(t, "/healthcheck") == http.StatusOK }, time.Minute, 50*time.Millisecond)
	return s
}

// health is what the container's own check is answered, 0 for nothing.
func (s *stand) health(t *testing.T, path string) int {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d%s", HealthPort, path))
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// ask is a visitor who trusts what the file says, and comes by a new connection.
func (s *stand) ask(t *testing.T, method, path string, form url.Values) (body string, connection *tls.ConnectionState) {
	t.Helper()
	trust, err := tlsfiles.Client(s.files.AuthorityFile)
	require.NoError(t, err)
	visitor := http.Client{Transport: &http.Transport{TLSClientConfig: trust, DisableKeepAlives: true}, Timeout: 20 * time.Second}
	request, err := http.NewRequestWithContext(t.Context(), method, fmt.Sprintf("https://localhost:%d%s", s.port, path), strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "Bearer "+s.token)
	answer, err := visitor.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(text), answer.TLS
}

func (s *stand) signIn(t *testing.T) {
	t.Helper()
	body, _ := s.ask(t, http.MethodPost, "/signin", url.Values{"username": {"visitor"}, "password": {"s3cret"}})
	var answer struct{ BearerToken string }
	require.NoError(t, json.Unmarshal([]byte(body), &answer), body)
	s.token = answer.BearerToken
}

func (s *stand) eventuallyShows(t *testing.T, want string) {
	t.Helper()
	var last string
	require.Eventually(t, func() bool {
		s.signIn(t)
		last, _ = s.ask(t, http.MethodGet, fmt.Sprintf("/apiv2/keystree/R:localhost:%d:0", s.redis.Port), nil)
		return strings.Contains(last, want)
	}, time.Minute, 100*time.Millisecond, "%s", &last)
}

// admin may do everything in the Redis.
func (s *stand) admin(t *testing.T) *redis.Client {
	client := redis.NewClient(&redis.Options{
		Addr: s.redis.Addr(), Username: redisacl.Admin, Password: testenv.RedisPassword(redisacl.Admin),
		TLSConfig: &tls.Config{InsecureSkipVerify: true},
	})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

func TestServesHTTPSAndAsksRedisByTLS(t *testing.T) {
	before, after := testenv.NewAuthority(t, "before"), testenv.NewAuthority(t, "after")
	s := newStand(t, before, before)
	admin := s.admin(t)
	require.NoError(t, admin.Set(t.Context(), "search:lamp", "on", 0).Err())
	s.eventuallyShows(t, "search")
	require.Equal(t, http.StatusNotFound, s.health(t, "/connections"), "only the check goes without TLS")

	// Another authority takes over, and Redis cuts its clients off: all goes on.
	testenv.Replace(t, s.files.AuthorityFile, before.PEM+after.PEM)
	testenv.Replace(t, s.files.CertificateFile, after.Certificate(t))
	testenv.Replace(t, s.ofRedis.CertificateFile, after.Certificate(t))
	require.NoError(t, admin.Do(t.Context(), "config", "set", "tls-cert-file", s.ofRedis.CertificateFile, "tls-key-file", s.ofRedis.CertificateFile).Err())
	require.NoError(t, admin.Do(t.Context(), "client", "kill", "type", "normal", "skipme", "yes").Err())
	_, connection := s.ask(t, http.MethodGet, "/", nil)
	require.Equal(t, "after", connection.PeerCertificates[0].Issuer.CommonName)
	require.NoError(t, admin.Set(t.Context(), "other:lamp", "on", 0).Err())
	s.eventuallyShows(t, "other")

	// What is half written does not count, and what is no TLS ends nothing.
	testenv.Replace(t, s.files.CertificateFile, before.Certificate(t)[:300])
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	require.NoError(t, err)
	_, err = conn.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, conn)
	require.NoError(t, conn.Close())
	_, connection = s.ask(t, http.MethodGet, "/", nil)
	require.Equal(t, "after", connection.PeerCertificates[0].Issuer.CommonName)
}

func TestRedisOfAnotherAuthorityIsRefused(t *testing.T) {
	s := newStand(t, testenv.NewAuthority(t, "another"), testenv.NewAuthority(t, "ours"))
	require.NoError(t, s.admin(t).Set(t.Context(), "search:lamp", "on", 0).Err())
	s.signIn(t)
	body, _ := s.ask(t, http.MethodGet, "/apiv2/server/info", nil)
	require.NotContains(t, body, "Redis version")
}

// The container's variables reach every node in it: those that serve nothing need no
// file.
func TestTheScriptIsHarmlessElsewhere(t *testing.T) {
	testenv.Needs(t, "node")
	script := filepath.Join(t.TempDir(), TLSScriptName)
	testenv.Replace(t, script, TLSScript)
	node := exec.CommandContext(t.Context(), "node", "--require", script, "--eval", "console.log('done')")
	out, err := node.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, "done\n", string(out))
	node = exec.CommandContext(t.Context(), "node", "--require", script, "--eval", "require('http').createServer(() => {})")
	out, err = node.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "server.pem: ENOENT")
}
