package tests

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

func unchanged(t *testing.T, stack string) {
	t.Helper()
	out, err := onStack(stack, nil, "preview", "--exit-code")
	require.NoError(t, err, out)
}

// load writes with a majority and searches through the page, until it is stopped.
type load struct {
	t       *testing.T
	page    string
	writes  *writer
	end     context.CancelFunc
	running sync.WaitGroup

	mu       sync.Mutex
	searches int
	failed   []string
}

// startLoad begins with a client of that address of a stack's router.
func startLoad(t *testing.T, stack, uri, page string) *load {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	l := &load{t: t, page: page, end: end, writes: &writer{pause: 20 * time.Millisecond}} // the machine has other tests to run
	l.also(uri)
	l.running.Go(func() { l.writes.run(ctx) })
	l.running.Go(func() { l.search(ctx) })
	l.running.Go(func() { // as soon as there is another way in, there is a client of it
		tick := time.NewTicker(5 * time.Second) // to ask takes a second or two of CPU
		defer tick.Stop()
		for last := uri; ; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			out, err := onStack(stack, nil, "uri", "mongo")
			if now := strings.TrimSpace(out); err == nil && now != last && strings.HasPrefix(now, "mongodb:") {
				last = now
				l.also(now)
			}
		}
	})
	return l
}

// also has a client of that address write when the others cannot.
func (l *load) also(uri string) {
	client := connect(l.t, uri, options.Client().SetTimeout(10*time.Second).SetServerSelectionTimeout(300*time.Millisecond).SetWriteConcern(writeconcern.Majority()))
	l.writes.mu.Lock()
	defer l.writes.mu.Unlock()
	l.writes.collections = append(l.writes.collections, client.Database("logins").Collection("writes"))
}

// stored demands every write that was acknowledged.
func (l *load) stored(uri string) {
	l.t.Helper()
	found := connect(l.t, uri).Database("logins").Collection("writes")
	for _, n := range l.writes.acked {
		require.NoError(l.t, found.FindOne(l.t.Context(), bson.D{{Key: "_id", Value: n}}).Err(), "acknowledged write %d", n)
	}
}

func (l *load) search(ctx context.Context) {
	// Which authority is trusted makes no difference to what is measured here.
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // see above
	defer client.CloseIdleConnections()
	schemes := []string{"http", "https"}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		<-tick.C
		query := "phone" // which comes from the cache; every other search does not
		if n%2 == 1 {
			query += strconv.Itoa(n)
		}
		address := "://" + l.page + "/backend/api/search?query=" + query
		err := searched(ctx, client, schemes[0]+address)
		if err != nil && ctx.Err() == nil { // the page may speak the other by now
			if searched(ctx, client, schemes[1]+address) == nil {
				slices.Reverse(schemes)
				err = nil
			}
		}
		if ctx.Err() != nil {
			return
		}
		l.mu.Lock()
		l.searches++
		if err != nil {
			l.failed = append(l.failed, err.Error())
		}
		l.mu.Unlock()
	}
}

func searched(ctx context.Context, client *http.Client, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}

// served is what clients saw while something changed.
type served struct {
	gap    time.Duration // the longest without an acknowledged write
	failed []string      // searches, by what went wrong
}

// report logs what happened since the last report, and returns it.
func (l *load) report(what string) (seen served) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes.mu.Lock()
	defer l.writes.mu.Unlock()
	l.t.Logf("%s: %d writes acknowledged in all, %d attempts repeated, longest gap %s; %d searches, %d failed %v",
		what, len(l.writes.acked), l.writes.failed, l.writes.longest.Round(time.Millisecond), l.searches, len(l.failed), kinds(l.failed))
	seen = served{l.writes.longest, l.failed}
	l.writes.failed, l.writes.longest, l.searches, l.failed = 0, 0, 0, nil
	return seen
}

// kinds counts failures by their last words, which are the reason.
func kinds(failed []string) map[string]int {
	count := map[string]int{}
	for _, text := range failed {
		words := strings.Split(text, ": ")
		count[words[len(words)-1]]++
	}
	return count
}

// answers leaves out the searches that got no answer: a page that changes between http
// and https refuses connections for a second, while its container is replaced.
func (s served) answers() served {
	return served{s.gap, slices.DeleteFunc(slices.Clone(s.failed), func(text string) bool { return text[0] < '1' || text[0] > '9' })}
}

// searchPatience is how long a search waits for a router that is away.
const searchPatience = 3 * time.Second

// outlast is for changes that replace the router's container. On a machine on which it is
// away for longer than a search waits, many fail.
func (s served) outlast(t *testing.T) {
	t.Helper()
	if s.gap <= searchPatience {
		s.hardlyAny(t)
	}
}

// hardlyAny is for changes by which no search has to fail: on a busy machine one may,
// for other reasons.
func (s served) hardlyAny(t *testing.T) {
	t.Helper()
	require.LessOrEqual(t, len(s.failed), 3, "searches that failed: %v", kinds(s.failed))
}

func (l *load) stop() {
	l.end()
	l.running.Wait()
}
