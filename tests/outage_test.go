package tests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const gateway = "http://127.0.0.1:18000"

// seen is what a client saw of one answer.
type seen struct {
	status int
	source string // the first word of the answer's source, if it has one
	detail string // the problem's sentence, if it is one
	took   time.Duration
}

func (s seen) String() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", s.status, s.source, s.detail)) + " in " + s.took.Round(time.Millisecond).String()
}

// look asks the gateway itself. An answer must come within 10 s, whatever
// fails, and must be JSON.
func look(t *testing.T, path string) seen {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, gateway+path, nil)
	require.NoError(t, err)
	start := time.Now()
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, answer.Body.Close()) }()
	var body struct{ Source, Detail string }
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&body))
	source, _, _ := strings.Cut(body.Source, " ")
	return seen{answer.StatusCode, source, body.Detail, time.Since(start)}
}

// Each of the gateway's dependencies fails while it serves: what is in the
// cache, what was in it a while ago and what never was. It is ready again by
// itself when they are.
func TestOutagesAsClientsSeeThem(t *testing.T) {
	cache := cacheOf(t, stackName)
	const (
		fromMongoDB, fromRedis = "MONGODB_DISK", "REDIS_CACHE"
		noDatabase             = "The database does not answer, please try again"
	)
	good := func(source string) seen { return seen{status: http.StatusOK, source: source} }
	bad := seen{status: http.StatusServiceUnavailable, detail: noDatabase}
	mongos, store := prefix+"mongos", prefix+"redis-cache"
	shard := func(verb string) []string {
		return []string{verb, prefix + "shard2-node1", prefix + "shard2-node2", prefix + "shard2-node3"}
	}
	for _, c := range []struct {
		name                        string
		begin, end                  []string // docker
		kept, expired, never, ready seen
	}{
		{"mongos is killed", []string{"kill", mongos}, []string{"start", mongos}, good(fromRedis), good(fromRedis), bad, bad},
		{"mongos hangs", []string{"pause", mongos}, []string{"unpause", mongos}, good(fromRedis), good(fromRedis), bad, bad},
		{"a shard is killed", shard("kill"), shard("start"), good(fromRedis), good(fromRedis), bad, bad},
		{"Redis is killed", []string{"kill", store}, []string{"start", store}, good(fromMongoDB), good(fromMongoDB), good(fromMongoDB), good("")},
		{"Redis hangs", []string{"pause", store}, []string{"unpause", store}, good(fromMongoDB), good(fromMongoDB), good(fromMongoDB), good("")},
		{"both are killed", []string{"kill", mongos, store}, []string{"start", mongos, store}, bad, bad, bad, bad},
	} {
		t.Run(c.name, func(t *testing.T) {
			healthy(t)
			require.NoError(t, cache.FlushDB(t.Context()).Err())
			for _, query := range []string{"laptop", "keyboard"} {
				require.Equal(t, fromMongoDB, look(t, search(query)).source)
				require.Equal(t, fromRedis, look(t, search(query)).source)
			}
			require.EqualValues(t, 1, cache.Del(t.Context(), "search:keyboard").Val())

			docker(t, c.begin...)
			defer func() {
				docker(t, c.end...)
				healthy(t)
				eventually(t, time.Minute, "the gateway has its stores back", func() error {
					if got := look(t, search("speaker")); got.status != http.StatusOK {
						return errors.New(got.String())
					}
					return nil
				})
			}()
			for what, ask := range map[string]struct {
				path string
				want seen
			}{
				"what is kept": {search("laptop"), c.kept}, "what has expired": {search("keyboard"), c.expired},
				"what never was kept": {search("monitor"), c.never}, "whether it is ready": {"/health/ready", c.ready},
			} {
				got := look(t, ask.path)
				t.Logf("%s: %s: %s", c.name, what, got)
				if what != "whether it is ready" {
					require.Equal(t, ask.want.detail, got.detail, what)
					require.Equal(t, ask.want.source, got.source, what)
				}
				require.Equal(t, ask.want.status, got.status, what)
			}
			require.Equal(t, http.StatusOK, look(t, "/health/live").status)
		})
	}
}

func search(query string) string { return "/api/search?query=" + url.QueryEscape(query) }

// A shard loses its primary while clients ask for what no cache has: each is
// answered, from a secondary until there is a new primary.
func TestReadsGoOnWithoutAPrimary(t *testing.T) {
	healthy(t)
	victim := primaryContainer(t, "shard1ReplSet")
	ctx, stop := context.WithCancel(t.Context())
	var answered atomic.Int64
	var longest time.Duration
	var mu sync.Mutex
	var asking sync.WaitGroup
	for i := range 8 {
		asking.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				got := look(t, search(fmt.Sprintf("laptop %d %d", i, n)))
				if got.status != http.StatusOK {
					t.Errorf("client %d, request %d: %s", i, n, got)
					return
				}
				answered.Add(1)
				mu.Lock()
				longest = max(longest, got.took)
				mu.Unlock()
			}
		})
	}
	more := func(n int64) {
		start := answered.Load()
		eventually(t, time.Minute, "clients are answered", func() error {
			if now := answered.Load(); now < start+n && !t.Failed() {
				return fmt.Errorf("%d answers since", now-start)
			}
			return nil
		})
	}
	more(100)
	docker(t, "kill", victim)
	eventually(t, time.Minute, "there is another primary", func() error {
		for _, s := range readStatus(t).Sets {
			if s.Name == "shard1ReplSet" && s.Primary() != "" && s.Primary() != strings.TrimPrefix(victim, prefix)+":27017" {
				return nil
			}
		}
		return errors.New("none")
	})
	more(100)
	stop()
	asking.Wait()
	docker(t, "start", victim)
	healthy(t)
	t.Logf("killed %s: %d cold searches answered, none failed, the longest in %s", victim, answered.Load(), longest.Round(time.Millisecond))
}

// The gateway is told to stop while many clients ask: each request that it
// took is answered, and whoever comes later is refused the connection.
func TestAStoppingGatewayAnswersWhatItTook(t *testing.T) {
	healthy(t)
	name := prefix + "api-gateway"
	direct := "http://" + docker(t, "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", name) + ":8000"
	const clients = 32
	var answered, broken atomic.Int64
	var asking sync.WaitGroup
	for i := range clients {
		asking.Go(func() {
			// One connection each: those that wait to be accepted when the server
			// closes its door would be cut off, and were not taken. A request that
			// crosses with the end of an idle connection is sent again.
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			client := &http.Client{Timeout: 30 * time.Second, Transport: transport}
			for n := 0; ; n++ {
				err := fetch(t.Context(), client, direct+search(fmt.Sprintf("laptop %d %d", i, n)))
				switch {
				case errors.Is(err, syscall.ECONNREFUSED), t.Context().Err() != nil:
					return
				case err != nil:
					broken.Add(1)
					t.Errorf("client %d, request %d: %v", i, n, err)
					return
				}
				answered.Add(1)
			}
		})
	}
	eventually(t, time.Minute, "all clients are answered", func() error {
		if n := answered.Load(); n < 10*clients && broken.Load() == 0 {
			return fmt.Errorf("%d answers", n)
		}
		return nil
	})
	docker(t, "stop", "-t", "30", name)
	asking.Wait()
	code := docker(t, "inspect", "-f", "{{.State.ExitCode}}", name)
	docker(t, "start", name)
	healthy(t)
	t.Logf("%d clients: %d requests answered, %d broken", clients, answered.Load(), broken.Load())
	require.Equal(t, "0", code)
	require.Zero(t, broken.Load())
}

// fetch is nil when the whole of a good answer has come.
func fetch(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", answer.StatusCode)
	}
	return err
}
