package registry

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/cli/cli/config/types"
	"github.com/stretchr/testify/require"

	"speedscale/infra/dockerhost/fake"
)

// TestMain gives the tests a docker configuration of their own: its place is
// looked up once a process.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "")
	if err == nil {
		err = os.Setenv("DOCKER_CONFIG", dir)
	}
	if err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir) // it is under /tmp
	os.Exit(code)
}

// from has an engine that gets images by these answers, by reference.
func from(pulls pulls) *fake.Engine { return &fake.Engine{Registry: fake.Registry{Pulls: pulls}} }

type pulls = map[string]func(context.Context) (io.ReadCloser, error)

// says is a pull of which the engine says these lines.
func says(lines ...string) func(context.Context) (io.ReadCloser, error) {
	return func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(strings.Join(lines, "\n"))), nil
	}
}

func refuses(text string) func(context.Context) (io.ReadCloser, error) {
	return func(context.Context) (io.ReadCloser, error) { return nil, errors.New(text) }
}

// fetch is one image, mongo, and what was said of it.
func fetch(t *testing.T, e *fake.Engine, ref string) (said []string, err error) {
	t.Helper()
	err = Fetch(t.Context(), e, map[string]string{"imageRefs.mongo": ref}, func(line string) { said = append(said, line) })
	return said, err
}

func TestOnlyWhatIsMissingIsFetched(t *testing.T) {
	e := from(pulls{"mongo:7.0": says(`{"status":"Pulling from library/mongo"}`, `{"status":"Pull complete","id":"a"}`)})
	e.Images = []string{"nginx:1.30"}
	var said []string
	err := Fetch(t.Context(), e, map[string]string{"imageRefs.mongo": "mongo:7.0", "imageRefs.nginx": "nginx:1.30"}, func(line string) { said = append(said, line) })
	require.NoError(t, err)
	require.Equal(t, []string{"pulling mongo:7.0", "pulled mongo:7.0"}, said)
}

func TestEveryRefusalNamesTheSettingAndTheWayOut(t *testing.T) {
	const is = "speedscale:imageRefs.mongo is host:5000/mongo:7: "
	for name, c := range map[string]struct {
		pull func(context.Context) (io.ReadCloser, error)
		want string
	}{
		"no such tag":      {refuses("manifest for host:5000/mongo:7 not found: manifest unknown: x"), is + "host:5000 has no such image: name one that exists"},
		"no such name":     {refuses("repository host:5000/mongo not found: name unknown"), is + "host:5000 has no such image: name one that exists"},
		"login":            {refuses("Head http://host:5000/v2/mongo: no basic auth credentials"), is + "host:5000 asks for a login, or has no such image: `docker login host:5000`, and run this again"},
		"denied":           {refuses("pull access denied for mongo, repository does not exist or may require 'docker login'"), is + "host:5000 asks for a login"},
		"too many":         {refuses("toomanyrequests: You have reached your pull rate limit"), is + "host:5000 gives no more for now; wait, or log in"},
		"architecture":     {says(`{"status":"x"}`, `{"errorDetail":{"message":"no matching manifest for linux/arm64/v8 in the manifest list entries"},"error":"x"}`), is + "host:5000 has that image, but not for the engine's architecture"},
		"gone":             {refuses("dial tcp 127.0.0.1:5000: connect: connection refused"), is + "it cannot be fetched from host:5000: dial tcp 127.0.0.1:5000: connect: connection refused. What was fetched is kept: run this again"},
		"breaks off":       {says(`{"status":"Downloading","id":"a"}`, `{"errorDetail":{"message":"unexpected EOF"},"error":"unexpected EOF"}`), is + "it cannot be fetched from host:5000: unexpected EOF."},
		"engine goes away": {says(`{"status":"Downl`), is + "it cannot be fetched from host:5000: read what the engine says: unexpected EOF."},
	} {
		t.Run(name, func(t *testing.T) {
			e := from(pulls{"host:5000/mongo:7": c.pull})
			_, err := fetch(t, e, "host:5000/mongo:7")
			require.ErrorContains(t, err, c.want)
			require.Len(t, strings.Split(err.Error(), "\n"), 1)
		})
	}
}

func TestAllImagesThatCannotBeHadAreNamedAtOnce(t *testing.T) {
	gone := refuses("connection refused")
	e := from(pulls{"mongo:7": gone, "nginx:1": gone})
	err := Fetch(t.Context(), e, map[string]string{"imageRefs.nginx": "nginx:1", "imageRefs.mongo": "mongo:7"}, func(string) {})
	require.ErrorContains(t, err, "speedscale:imageRefs.mongo is mongo:7: ")
	require.ErrorContains(t, err, "\nspeedscale:imageRefs.nginx is nginx:1: ")
}

// A misspelt tag is told although another image takes for ever.
func TestTheFirstErrorEndsTheOthers(t *testing.T) {
	defer func(d time.Duration) { othersMayFail = d }(othersMayFail)
	othersMayFail = 10 * time.Millisecond
	e := from(pulls{
		"mongo:7": func(ctx context.Context) (io.ReadCloser, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
		"nginx:x": refuses("manifest unknown"),
	})
	err := Fetch(t.Context(), e, map[string]string{"imageRefs.mongo": "mongo:7", "imageRefs.nginx": "nginx:x"}, func(string) {})
	require.EqualError(t, err, "speedscale:imageRefs.nginx is nginx:x: docker.io has no such image: name one that exists")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, Fetch(ctx, e, map[string]string{"imageRefs.mongo": "mongo:7"}, func(string) {}), context.Canceled)
}

func TestAPullThatGoesSilentEnds(t *testing.T) {
	defer func(d time.Duration) { silence = d }(silence)
	silence = 50 * time.Millisecond
	e := from(pulls{"mongo:7": func(ctx context.Context) (io.ReadCloser, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	_, err := fetch(t, e, "mongo:7")
	require.ErrorContains(t, err, "it cannot be fetched from docker.io: nothing came for 50ms.")
}

func TestAPullSaysHowFarItIs(t *testing.T) {
	defer func(d time.Duration) { reportEvery = d }(reportEvery)
	reportEvery = 0
	e := from(pulls{"mongo:7": says(
		`{"status":"Downloading","id":"a","progressDetail":{"current":1000000,"total":30000000}}`,
		`{"status":"Retrying in 2 seconds","id":"a"}`,
		`{"status":"Retrying in 1 second","id":"a"}`,
		`{"status":"Download complete","id":"a"}`,
	)})
	said, err := fetch(t, e, "mongo:7")
	require.NoError(t, err)
	require.Equal(t, []string{
		"pulling mongo:7", "pulling mongo:7: 1MB of at least 30MB", "pulling mongo:7: the registry broke off, the engine tries again",
		"pulling mongo:7: 30MB of at least 30MB", "pulled mongo:7",
	}, said)
}

func TestTheDockerCommandsLoginIsUsed(t *testing.T) {
	file := filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json")
	t.Cleanup(func() { require.NoError(t, os.Remove(file)) })
	kept := func(user, password string) string {
		return base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	}
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil,
		`{"auths":{"host:5000":{"auth":%q},"https://index.docker.io/v1/":{"auth":%q}}}`, kept("me", "secret"), kept("hub", "other")), 0o600))
	for ref, want := range map[string][2]string{
		"host:5000/mongo:7": {"me", "secret"}, "mongo:7": {"hub", "other"}, "other.test/mongo:7": {"", ""},
	} {
		e := from(pulls{ref: refuses("unauthorized: wrong password")})
		_, err := fetch(t, e, ref)
		if want[0] == "" {
			require.ErrorContains(t, err, "other.test asks for a login")
		} else {
			require.ErrorContains(t, err, "refuses the login that `docker login` has kept")
		}
		require.NotContains(t, err.Error(), "secret")
		raw, err := base64.URLEncoding.DecodeString(e.Logins[0])
		require.NoError(t, err)
		var auth types.AuthConfig
		require.NoError(t, json.Unmarshal(raw, &auth))
		require.Equal(t, want, [2]string{auth.Username, auth.Password})
	}
}

func TestPinKeepsTheTag(t *testing.T) {
	sum, old := "sha256:"+strings.Repeat("ab", 32), "sha256:"+strings.Repeat("cd", 32)
	e := &fake.Engine{Registry: fake.Registry{Digests: map[string]string{
		"docker.io/library/mongo:7.0": sum, "ghcr.io/x/commander:latest": sum, "docker.io/library/nginx:1.30": sum,
	}}}
	pinned, err := Pin(t.Context(), e, map[string]string{
		"a": "mongo:7.0", "b": "ghcr.io/x/commander", "c": "nginx:1.30@" + old, "d": "mongo@" + old,
	})
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"a": "mongo:7.0@" + sum, "b": "ghcr.io/x/commander:latest@" + sum, "c": "nginx:1.30@" + sum, "d": "mongo@" + old,
	}, pinned)

	e.Refusal = errors.New("manifest unknown")
	_, err = Pin(t.Context(), e, map[string]string{"imageRefs.mongo": "mongo:8"})
	require.EqualError(t, err, "speedscale:imageRefs.mongo is mongo:8: docker.io has no such image: name one that exists")
}
