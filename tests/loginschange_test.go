package tests

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

const (
	loginsStack    = "tests-logins"
	loginsMongo    = "127.0.0.1:17317"
	loginsPage     = "http://127.0.0.1:13300"
	loginsSettings = `config:
  speedscale:shards: 1
  speedscale:configServers: 1
  speedscale:rateLimit: "0"
  speedscale:ports: {mongos: 17317, redis: 16679, insight: 18301, redisUi: 18381, gateway: 18300, frontend: 13300}
  speedscale:security: {auth: `
)

// Logins are turned on for a stack that stands without, and off again, under a
// stream of majority writes and of searches.
func TestLoginsAreTurnedOnAndOff(t *testing.T) {
	t.Parallel() // with other tests that have a stack of their own
	settings := filepath.Join(root(), "Pulumi."+loginsStack+".yaml")
	up := func(auth string) {
		require.NoError(t, os.WriteFile(settings, []byte(loginsSettings+auth+"}\n"), 0o600))
		start := time.Now()
		out, err := onStack(loginsStack, nil, "up")
		require.NoError(t, err, out)
		t.Logf("up with auth %s: %s", auth, time.Since(start).Round(100*time.Millisecond))
	}
	t.Cleanup(func() {
		out, err := onStack(loginsStack, nil, "destroy")
		require.NoError(t, err, out)
		require.NoError(t, os.Remove(settings))
	})
	up("false")
	healthyStack(t, loginsStack)
	require.NoError(t, mongoSays(t, host, loginsMongo, login{}, count))

	load := startLoad(t)
	defer load.stop()
	up("true")
	load.report("turned on")
	require.ErrorContains(t, mongoSays(t, host, loginsMongo, login{}, count), "requires authentication")
	healthyStack(t, loginsStack)
	unchanged(t)
	up("auto")
	require.ErrorContains(t, mongoSays(t, host, loginsMongo, login{}, count), "requires authentication", "what is on stays on")

	load.report("between")
	up("false")
	load.report("turned off")
	require.NoError(t, mongoSays(t, host, loginsMongo, login{}, count))
	healthyStack(t, loginsStack)
	unchanged(t)
	load.stop()

	stored := connect(t, "mongodb://"+loginsMongo).Database("logins").Collection("writes")
	for _, n := range load.writes.acked {
		require.NoError(t, stored.FindOne(t.Context(), bson.D{{Key: "_id", Value: n}}).Err(), "acknowledged write %d", n)
	}
}

func unchanged(t *testing.T) {
	t.Helper()
	out, err := onStack(loginsStack, nil, "preview", "--exit-code")
	require.NoError(t, err, out)
}

// load writes with a majority and searches through the page, until it is stopped.
type load struct {
	t       *testing.T
	writes  *writer
	end     context.CancelFunc
	running sync.WaitGroup

	mu       sync.Mutex
	searches int
	failed   []string
}

func startLoad(t *testing.T) *load {
	t.Helper()
	collection := func(uri string) *mongo.Collection {
		return connect(t, uri, options.Client().SetTimeout(10*time.Second).SetWriteConcern(writeconcern.Majority())).Database("logins").Collection("writes")
	}
	ctx, end := context.WithCancel(t.Context())
	l := &load{t: t, end: end, writes: &writer{collections: []*mongo.Collection{collection("mongodb://" + loginsMongo)}}}
	l.running.Go(func() { l.writes.run(ctx) })
	l.running.Go(func() { l.search(ctx) })
	l.running.Go(func() { // as soon as there is a login, there is a client with it
		tick := time.NewTicker(5 * time.Second) // to ask takes a second or two of CPU
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if out, err := onStack(loginsStack, nil, "uri", "mongo"); err == nil && strings.Contains(out, "@") {
				with := collection(strings.TrimSpace(out))
				l.writes.mu.Lock()
				l.writes.collections = append(l.writes.collections, with)
				l.writes.mu.Unlock()
				return
			}
		}
	})
	return l
}

func (l *load) search(ctx context.Context) {
	client := http.Client{Timeout: 30 * time.Second}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, loginsPage+"/backend/api/search?query=phone", nil)
		if err != nil || ctx.Err() != nil {
			return
		}
		answer, err := client.Do(request)
		if ctx.Err() != nil {
			return
		}
		l.mu.Lock()
		l.searches++
		switch {
		case err != nil:
			l.failed = append(l.failed, err.Error())
		case answer.StatusCode != http.StatusOK:
			l.failed = append(l.failed, answer.Status)
		}
		l.mu.Unlock()
		if err == nil {
			_ = answer.Body.Close()
		}
	}
}

// report logs what happened since the last report.
func (l *load) report(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes.mu.Lock()
	defer l.writes.mu.Unlock()
	l.t.Logf("%s: %d writes acknowledged in all, %d attempts repeated, longest gap %s; %d searches, %d failed %q",
		what, len(l.writes.acked), l.writes.failed, l.writes.longest.Round(time.Millisecond), l.searches, len(l.failed), l.failed)
	l.writes.failed, l.writes.longest, l.searches, l.failed = 0, 0, 0, nil
}

func (l *load) stop() {
	l.end()
	l.running.Wait()
}
