package reference

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/dependency"
	"speedscale/app/internal/mongostore"
	"speedscale/app/internal/seed"
	"speedscale/internal/redisacl"
	"speedscale/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// program puts one where it is called, which runs a script.
func program(t *testing.T, path, script string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700)) //nolint:gosec // it is run
}

// needs is a folder of a reference that needs something.
func needs(t *testing.T, requirements string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "requirements.txt"), []byte(requirements), 0o600))
	return dir
}

// python plays one whose venv has a python that runs pip.
func python(t *testing.T, pip string) {
	t.Helper()
	bin := t.TempDir()
	program(t, filepath.Join(bin, "pip"), pip)
	program(t, filepath.Join(bin, "python3"), `mkdir -p "$4/bin" && cp "`+filepath.Join(bin, "pip")+`" "$4/bin/python"`)
	t.Setenv("PATH", bin+":/usr/bin:/bin")
}

func TestAPipThatFailsIsHeard(t *testing.T) {
	python(t, "seq 1 100; echo 'ERROR: No matching distribution found for nothing==1' >&2; exit 1")
	err := Prepare(t.Context(), needs(t, "nothing==1\n"), filepath.Join(t.TempDir(), "venv"))
	require.ErrorContains(t, err, "requirements.txt")
	require.ErrorContains(t, err, "exit status 1")
	require.ErrorContains(t, err, "ERROR: No matching distribution found for nothing==1")
	require.NotContains(t, err.Error(), "\n50\n", "only the last lines")
}

func TestAMissingVenvModuleIsHeard(t *testing.T) {
	bin := t.TempDir()
	program(t, filepath.Join(bin, "python3"), "echo 'ensurepip is not available' >&2; exit 1")
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	err := Prepare(t.Context(), needs(t, ""), filepath.Join(t.TempDir(), "venv"))
	require.ErrorContains(t, err, "python3-venv")
	require.ErrorContains(t, err, "ensurepip is not available")
}

func TestAnEnvironmentIsMadeOnceForTheSameRequirements(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	python(t, "echo made >>"+log)
	dir, venv := needs(t, "a==1\n"), filepath.Join(t.TempDir(), "venv")
	for range 2 {
		require.NoError(t, Prepare(t.Context(), dir, venv))
	}
	text, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, "made\n", string(text))
	require.NoError(t, Prepare(t.Context(), needs(t, "a==2\n"), venv))
	text, err = os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, "made\nmade\n", string(text))
}

func TestAReferenceThatEndsSaysWhy(t *testing.T) {
	venv := t.TempDir()
	program(t, filepath.Join(venv, "bin", "python"), "echo \"KeyError: 'MONGO_URI'\" >&2; exit 3")
	_, err := Start(t.Context(), t.TempDir(), venv, "mongodb://x", "redis://x")
	require.ErrorContains(t, err, "ended before it answered")
	require.ErrorContains(t, err, "exit status 3")
	require.ErrorContains(t, err, "KeyError: 'MONGO_URI'")
}

// The reference keeps the contract of the gateway for what is measured, on a genuine
// MongoDB and a Redis with logins.
func TestTheReferenceKeepsTheContract(t *testing.T) {
	testenv.Needs(t, "python3")
	mongod, redis := testenv.Mongod(t), testenv.LockedRedis(t)
	root := filepath.Join("..", "..", "..", "..", "..")
	dir, venv := filepath.Join(root, "tests", "reference"), filepath.Join(root, ".speedscale", "reference-venv")
	require.NoError(t, os.MkdirAll(filepath.Dir(venv), 0o750))
	if err := Prepare(t.Context(), dir, venv); err != nil {
		testenv.Missing(t, "the reference's packages: %v", err)
	}

	uri := "mongodb://" + mongod.Addr() + "/speedscale"
	first := seeded(t, uri)
	s, err := Start(t.Context(), dir, venv, uri, testenv.RedisURL(redisacl.Admin, redis.Addr()))
	require.NoError(t, err)
	defer s.Stop()

	require.Equal(t, "SpeedScale FastAPI Gateway is running", s.get(t, "/", http.StatusOK)["message"])
	search := "/api/search?query=" + url.QueryEscape(" "+strings.ToUpper(catalog.Words(first.Name)[0])+" ")
	cold, hot := s.get(t, search, http.StatusOK), s.get(t, search, http.StatusOK)
	require.Equal(t, "MONGODB_DISK 🐢 (FastAPI)", cold["source"])
	require.Equal(t, "REDIS_CACHE ⚡ (FastAPI)", hot["source"])
	require.Equal(t, []any{false, true}, []any{cold["cached"], hot["cached"]})
	require.Regexp(t, `^\d+ms$`, hot["time"])
	require.NotEmpty(t, cold["data"])
	require.Equal(t, cold["data"], hot["data"])
	require.EqualValues(t, cold["count"], len(cold["data"].([]any)))

	wanted, err := json.Marshal(first)
	require.NoError(t, err)
	found, err := json.Marshal(s.get(t, "/api/products/"+string(first.ID), http.StatusOK)["data"])
	require.NoError(t, err)
	require.JSONEq(t, string(wanted), string(found), "a product as our gateway shows it")
	require.Equal(t, true, s.get(t, "/api/products/"+string(first.ID), http.StatusOK)["cached"])

	require.Equal(t, "Query required", s.get(t, "/api/search?query=%20%20", http.StatusBadRequest)["detail"])
	require.Equal(t, "Product not found", s.get(t, "/api/products/ffffffffffffffffffffffff", http.StatusNotFound)["detail"])
	require.Equal(t, "Product not found", s.get(t, "/api/products/nothing", http.StatusNotFound)["detail"])
	for _, bad := range []string{"/api/search", "/api/search?query=", "/api/search?query=" + strings.Repeat("a", 101)} {
		require.NotEmpty(t, s.get(t, bad, http.StatusUnprocessableEntity)["detail"], bad)
	}
}

// seeded are a few products in MongoDB, of which it returns the first.
func seeded(t *testing.T, uri string) catalog.Product {
	t.Helper()
	store, err := mongostore.Open(uri, "speedscale", nil, dependency.Observer{})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close(t.Context())) }()
	var products []catalog.Product
	for n := range 100 {
		products = append(products, seed.Product(n))
	}
	require.NoError(t, store.EnsureIndexes(t.Context()))
	require.NoError(t, store.Insert(t.Context(), products))
	return products[0]
}

func (s *Server) get(t *testing.T, path string, status int) (answer map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL.String()+path, nil)
	require.NoError(t, err)
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, status, response.StatusCode, "%s: %s\n%s", path, body, s.log.bytes())
	require.NoError(t, json.Unmarshal(body, &answer))
	return answer
}
