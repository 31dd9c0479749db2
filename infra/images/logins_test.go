package images

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"speedscale/infra/commander"
	"speedscale/internal/redisacl"
	"speedscale/internal/testenv"
)

const visitorsPassword = `s3cret of "visitors' \ é`

// TestIntegrationLogins runs the two images that show the cache as a stack with
// logins does, and looks for passwords wherever Docker shows things.
func TestIntegrationLogins(t *testing.T) {
	testenv.NeedsDocker(t)
	testenv.Needs(t, "mmdebstrap", "npm", "python3")
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	prepared, err := Prepare(t.Context(), Options{Root: root, Source: Packages})
	require.NoError(t, err)
	network := fmt.Sprintf("speedscale-test-logins-%d", os.Getpid())
	docker(t, "network", "create", network)
	t.Cleanup(func() { _ = exec.Command("docker", "network", "rm", network).Run() })

	redis := createWithFiles(t, network, prepared[RedisStack], map[string]string{
		"/run/secrets/users.acl":     testenv.RedisUsers(t),
		"/run/secrets/redis-monitor": testenv.RedisPassword(redisacl.Monitor),
		"/run/secrets/redis-ui":      testenv.RedisPassword(redisacl.UI),
		"/run/secrets/page":          visitorsPassword,
	}, "--network-alias", "redis", "--publish", "127.0.0.1::8001", "--env", "REDIS_ARGS=--save --aclfile /run/secrets/users.acl",
		"--env", "REDIS_USER="+redisacl.UI, "--env", "REDIS_PASSWORD_FILE=/run/secrets/redis-ui",
		"--env", "PAGE_USER=visitor", "--env", "PAGE_PASSWORD_FILE=/run/secrets/page")
	config, err := commander.File(commander.Config{
		Host: "redis", Port: 6379, RedisPassword: testenv.RedisPassword(redisacl.UI), Visitor: "visitor", Password: visitorsPassword,
	})
	require.NoError(t, err)
	ui := createWithFiles(t, network, prepared[RedisCommander], map[string]string{"/run/secrets/" + commander.FileName: config},
		"--publish", "127.0.0.1::8081", "--env", "NODE_CONFIG_DIR="+commander.Folder+":/run/secrets")

	eventuallyHealthy(t, redis, prepared[RedisStack].Health)
	require.Contains(t, docker(t, "exec", redis, "redis-cli", "get", "search:lamp"), "NOAUTH")
	pageAsksForALogin(t, "http://"+docker(t, "port", redis, "8001/tcp"))
	eventuallyHealthy(t, ui, prepared[RedisCommander].Health)
	commanderAsksForALogin(t, "http://"+docker(t, "port", ui, "8081/tcp"))

	for _, container := range []string{redis, ui} {
		seen := docker(t, "inspect", container) + docker(t, "top", container, "eww", "-o", "pid,args") + docker(t, "history", "--no-trunc", docker(t, "inspect", "--format", "{{.Image}}", container))
		logs, err := exec.Command("docker", "logs", container).CombinedOutput()
		require.NoError(t, err)
		for _, secret := range []string{"s3cret", "sécret", "secret of"} {
			require.NotContains(t, seen+string(logs), secret)
		}
	}
}

// createWithFiles starts a container that has the files as a stack's secrets
// are: root's, and for everybody in the container to read.
func createWithFiles(t *testing.T, network string, image Image, files map[string]string, flags ...string) (container string) {
	t.Helper()
	name := network + "-" + image.Name
	build(t, image, name)
	t.Cleanup(func() {
		if t.Failed() {
			logs, _ := exec.Command("docker", "logs", "--tail", "30", name).CombinedOutput()
			t.Logf("last lines of %s:\n%s", name, logs)
		}
		_ = exec.Command("docker", "rm", "--force", "--volumes", name).Run()
	})
	docker(t, append(append([]string{"create", "--name", name, "--network", network, "--memory", "150m"}, flags...), name)...)
	tree := t.TempDir()
	for file, content := range files {
		require.NoError(t, os.MkdirAll(filepath.Join(tree, filepath.Dir(file)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(tree, file), []byte(content), 0o444))
	}
	docker(t, "cp", tree+"/.", name+":/")
	docker(t, "start", name)
	return name
}

// send answers the status and the body.
func send(t require.TestingT, request *http.Request) (status int, body string) {
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(text)
}

func pageAsksForALogin(t *testing.T, page string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, page+"/api/overview", nil)
	require.NoError(t, err)
	status, body := send(t, request)
	require.Equal(t, http.StatusUnauthorized, status, body)
	request.SetBasicAuth("visitor", visitorsPassword)
	status, body = send(t, request)
	require.Equal(t, http.StatusOK, status, body)
	require.Contains(t, body, "ReJSON")
}

func commanderAsksForALogin(t *testing.T, ui string) {
	t.Helper()
	const at = "R:redis:6379:0"
	token := ""
	ask := func(t require.TestingT, method, path string, form url.Values) (int, string) {
		request, err := http.NewRequest(method, ui+path, strings.NewReader(form.Encode()))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Authorization", "Bearer "+token)
		return send(t, request)
	}
	signIn := func(password string) string {
		_, body := ask(t, http.MethodPost, "/signin", url.Values{"username": {"visitor"}, "password": {password}})
		var answer struct{ BearerToken string }
		require.NoError(t, json.Unmarshal([]byte(body), &answer))
		return answer.BearerToken
	}
	for _, path := range []string{"/connections", "/apiv2/server/info", "/apiv2/keystree/" + at, "/apiv2/key/" + at + "/lamp"} {
		status, _ := ask(t, http.MethodGet, path, nil)
		require.Equal(t, http.StatusUnauthorized, status, path)
	}
	for _, guess := range []string{"", "s3cret"} {
		require.Empty(t, signIn(guess))
	}
	token = signIn(visitorsPassword)
	require.NotEmpty(t, token)
	require.EventuallyWithT(t, func(t *assert.CollectT) { // it is still connecting, perhaps
		_, body := ask(t, http.MethodGet, "/apiv2/server/info", nil)
		require.Contains(t, body, "Redis version")
	}, time.Minute, 100*time.Millisecond)
	for path, want := range map[string]string{"/apiv2/keystree/" + at: `"data":[]`, "/apiv2/key/" + at + "/lamp": `"type":"none"`} {
		status, body := ask(t, http.MethodGet, path, nil)
		require.Equal(t, http.StatusOK, status, body)
		require.Contains(t, body, want)
	}
	_, body := ask(t, http.MethodPost, "/apiv2/key/"+at+"/lamp", url.Values{"keyType": {"string"}, "stringValue": {"on"}})
	require.Contains(t, body, "read-only")
	_, body = ask(t, http.MethodPost, "/apiv2/exec/"+at, url.Values{"cmd": {"keys *"}})
	require.Contains(t, body, "NOPERM", "what it takes for harmless, Redis refuses")
}
