package rediscache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/dependency"
	"speedscale/internal/redisacl"
	"speedscale/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	quiet      = slog.New(slog.DiscardHandler)
	noObserver = dependency.Observer{Command: func(context.Context, string, time.Duration, bool) {}}
	ttls       = TTLs{Search: 60 * time.Second, Product: 300 * time.Second, Similar: 120 * time.Second}
)

// connect logs in as the stack's gateway does, so that a command which that user
// may not give fails a test.
func connect(t *testing.T, addr string) *redis.Client {
	t.Helper()
	client, _ := counting(t, addr+testenv.PatientRedis)
	return client
}

// counting also counts the commands that the client sent, or tried to.
func counting(t *testing.T, addr string) (*redis.Client, *atomic.Int32) {
	t.Helper()
	sent := new(atomic.Int32)
	client, err := Connect(testenv.RedisURL(redisacl.Gateway, addr), nil, dependency.Observer{Command: func(context.Context, string, time.Duration, bool) { sent.Add(1) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client, sent
}

// look is the test's own client, which may do everything.
func look(t *testing.T, addr string) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: addr, ReadTimeout: 30 * time.Second})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

// loader counts the loads.
type loader struct {
	loads atomic.Int32
	value Value
	err   error
}

func (l *loader) load(context.Context) (Value, error) {
	l.loads.Add(1)
	return l.value, l.err
}

func lamp() *loader { return &loader{value: Value{JSON: []byte(`{"count":1,"data":["lamp"]}`)}} }

func TestSecondReadComesFromRedis(t *testing.T) {
	client := connect(t, testenv.Redis(t).Addr())
	cache, l := New(client, ttls, quiet), lamp()
	for i, want := range []Origin{Loaded, Cached, Cached} {
		object, origin, err := cache.Get(t.Context(), Search, "gaming laptop", l.load)
		require.NoError(t, err)
		require.Equal(t, want, origin, "read %d", i)
		require.Equal(t, l.value.JSON, object)
	}
	require.EqualValues(t, 1, l.loads.Load())
	entry, err := client.Get(t.Context(), "search:gaming laptop").Result()
	require.NoError(t, err)
	require.Equal(t, string(l.value.JSON), entry)
}

func TestTTLs(t *testing.T) {
	addr := testenv.Redis(t).Addr()
	client, cache, l := look(t, addr), New(connect(t, addr), ttls, quiet), lamp()
	for class, ttl := range ttls {
		spread := map[time.Duration]bool{}
		for i := range 20 {
			_, _, err := cache.Get(t.Context(), class, fmt.Sprint(i), l.load)
			require.NoError(t, err)
			left := client.PTTL(t.Context(), fmt.Sprintf("%s:%d", class, i)).Val()
			require.LessOrEqual(t, left, ttl)
			require.Greater(t, left, ttl*85/100)
			spread[left.Truncate(time.Second)] = true
		}
		require.Greater(t, len(spread), 2, "entries must not end together")
	}
	l.value.Empty = true
	_, _, err := cache.Get(t.Context(), Product, "none", l.load)
	require.NoError(t, err)
	require.LessOrEqual(t, client.PTTL(t.Context(), "product:none").Val(), negativeTTL)
}

func TestAStampedeLoadsOnce(t *testing.T) {
	cache, l := New(connect(t, testenv.Redis(t).Addr()), ttls, quiet), lamp()
	start := make(chan struct{})
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() {
			<-start
			_, _, err := cache.Get(t.Context(), Search, "lamp", l.load)
			require.NoError(t, err)
		})
	}
	close(start)
	wg.Wait()
	require.EqualValues(t, 1, l.loads.Load())
}

// Gateways that miss the same key at the same time load it once.
func TestGatewaysLoadOnce(t *testing.T) {
	addr := testenv.Redis(t).Addr()
	first := New(connect(t, addr), ttls, quiet)
	client, sent := counting(t, addr+testenv.PatientRedis)
	second := New(client, ttls, quiet)
	second.lockWait = time.Minute
	l, loading, goOn := lamp(), make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, origin, err := first.Get(t.Context(), Search, "lamp", func(ctx context.Context) (Value, error) {
			close(loading)
			<-goOn
			return l.load(ctx)
		})
		require.NoError(t, err)
		require.Equal(t, Loaded, origin)
	})
	<-loading
	wg.Go(func() {
		_, origin, err := second.Get(t.Context(), Search, "lamp", l.load)
		require.NoError(t, err)
		require.Equal(t, Cached, origin)
	})
	require.Eventually(t, func() bool { return sent.Load() > 5 }, 10*time.Second, time.Millisecond, "the second gateway does not ask for the lock again and again")
	close(goOn)
	wg.Wait()
	require.EqualValues(t, 1, l.loads.Load())
	require.Empty(t, look(t, addr).Keys(t.Context(), lockPrefix+"*").Val())
}

// A gateway that died while it loaded holds nobody up for long.
func TestALockLeftBehind(t *testing.T) {
	client := connect(t, testenv.Redis(t).Addr())
	require.NoError(t, client.Set(t.Context(), lockPrefix+"search:lamp", "a gateway that is gone", time.Hour).Err())
	l := lamp()
	_, origin, err := New(client, ttls, quiet).Get(t.Context(), Search, "lamp", l.load)
	require.NoError(t, err)
	require.Equal(t, Loaded, origin)
}

func TestErrorsAreNotKept(t *testing.T) {
	addr := testenv.Redis(t).Addr()
	client, cache := look(t, addr), New(connect(t, addr), ttls, quiet)
	l := &loader{err: fmt.Errorf("search: %w", catalog.ErrUnavailable)}
	for range 2 {
		_, _, err := cache.Get(t.Context(), Search, "lamp", l.load)
		require.ErrorIs(t, err, catalog.ErrUnavailable)
	}
	require.EqualValues(t, 2, l.loads.Load())
	require.Zero(t, client.DBSize(t.Context()).Val())
}

func TestAStoreThatIsAwayForAMomentCostsNoAnswer(t *testing.T) {
	gone := fmt.Errorf("search: %w: %w", catalog.ErrMoment, catalog.ErrUnavailable)
	for name, c := range map[string]struct {
		failures []error
		want     error
		loads    int
	}{
		"it comes back":    {[]error{gone, gone}, nil, 3},
		"it stays away":    {[]error{gone, catalog.ErrUnavailable}, catalog.ErrUnavailable, 2},
		"it is long gone":  {[]error{catalog.ErrUnavailable}, catalog.ErrUnavailable, 1},
		"it has a bug now": {[]error{gone, errors.ErrUnsupported}, errors.ErrUnsupported, 2},
	} {
		t.Run(name, func(t *testing.T) {
			cache, loads := New(connect(t, testenv.Redis(t).Addr()), ttls, quiet), 0
			_, origin, err := cache.Get(t.Context(), Search, "lamp", func(ctx context.Context) (Value, error) {
				loads++
				if loads <= len(c.failures) {
					return Value{}, c.failures[loads-1]
				}
				return lamp().load(ctx)
			})
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.loads, loads)
			require.Equal(t, Loaded, origin)
		})
	}
}

// However often the store asks for patience, an answer comes.
func TestPatienceEnds(t *testing.T) {
	cache := New(connect(t, testenv.Redis(t).Addr()), ttls, quiet)
	start := time.Now()
	_, _, err := cache.Get(t.Context(), Search, "lamp", (&loader{err: fmt.Errorf("%w: %w", catalog.ErrMoment, catalog.ErrUnavailable)}).load)
	require.ErrorIs(t, err, catalog.ErrUnavailable)
	require.GreaterOrEqual(t, time.Since(start), loadTimeout)
}

func TestALoadThatPanicsIsAnError(t *testing.T) {
	cache := New(connect(t, testenv.Redis(t).Addr()), ttls, quiet)
	_, _, err := cache.Get(t.Context(), Search, "lamp", func(context.Context) (Value, error) { panic("a bug") })
	require.ErrorContains(t, err, "a bug")
	_, _, err = cache.Get(t.Context(), Search, "lamp", lamp().load)
	require.NoError(t, err)
}

func TestTheLastGoodValueServesWhileTheStoreIsAway(t *testing.T) {
	addr := testenv.Redis(t).Addr()
	client, cache, l := look(t, addr), New(connect(t, addr), ttls, quiet), lamp()
	_, _, err := cache.Get(t.Context(), Search, "lamp", l.load)
	require.NoError(t, err)
	require.NoError(t, client.Del(t.Context(), "search:lamp").Err()) // as if it had ended
	l.err = fmt.Errorf("%w: %w", catalog.ErrMoment, catalog.ErrUnavailable)
	object, origin, err := cache.Get(t.Context(), Search, "lamp", l.load)
	require.NoError(t, err)
	require.Equal(t, Stale, origin)
	require.Equal(t, l.value.JSON, object)
	require.EqualValues(t, 2, l.loads.Load(), "who has a spare copy need not wait")
	l.err = errors.New("a bug")
	_, _, err = cache.Get(t.Context(), Search, "lamp", l.load)
	require.ErrorIs(t, err, l.err, "only an absent store is covered up")
}

func TestEntriesThatAreNotOursAreReplaced(t *testing.T) {
	addr := testenv.Redis(t).Addr()
	client, cache, l := look(t, addr), New(connect(t, addr), ttls, quiet), lamp()
	for _, garbage := range []string{"", "null", "[]", `{"count":1,`, "\x00\xff"} {
		require.NoError(t, client.Set(t.Context(), "search:lamp", garbage, time.Minute).Err())
		object, origin, err := cache.Get(t.Context(), Search, "lamp", l.load)
		require.NoError(t, err)
		require.Equal(t, Loaded, origin, "%q", garbage)
		require.Equal(t, l.value.JSON, object)
	}
	require.NoError(t, client.Del(t.Context(), "search:lamp").Err())
	require.NoError(t, client.LPush(t.Context(), "search:lamp", "a list").Err())
	_, origin, err := cache.Get(t.Context(), Search, "lamp", l.load)
	require.NoError(t, err)
	require.Equal(t, Loaded, origin)
}

func TestACallerThatGoesAwayDoesNotEndTheLoad(t *testing.T) {
	cache := New(connect(t, testenv.Redis(t).Addr()), ttls, quiet)
	loading, finish := make(chan struct{}), make(chan struct{})
	load := func(ctx context.Context) (Value, error) {
		close(loading)
		<-finish
		return lamp().value, ctx.Err()
	}
	hasty, hangUp := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, _, err := cache.Get(hasty, Search, "lamp", load)
		gone <- err
	}()
	<-loading
	hangUp()
	require.ErrorIs(t, <-gone, context.Canceled)
	close(finish)
	_, _, err := cache.Get(t.Context(), Search, "lamp", func(context.Context) (Value, error) { return Value{}, errors.New("loaded twice") })
	require.NoError(t, err)
}

// However Redis fails, a read must cost no more than one time-out, soon
// nothing, and come back by itself.
func TestRedisFailsAndComesBack(t *testing.T) {
	garbage := serveGarbage(t)
	frozen := testenv.Redis(t)
	port := testenv.FreePort(t)
	for name, addr := range map[string]string{"away": fmt.Sprintf("127.0.0.1:%d", port), "garbage": garbage, "frozen": frozen.Addr()} {
		t.Run(name, func(t *testing.T) {
			client, sent := counting(t, addr)
			cache, l := New(client, ttls, quiet), lamp()
			if name == "frozen" {
				require.NoError(t, frozen.Signal(syscall.SIGSTOP))
			}
			for i := range breakerFailures {
				_, origin, err := cache.Get(t.Context(), Search, "lamp", l.load)
				require.NoError(t, err)
				require.Equal(t, Loaded, origin)
				require.EqualValues(t, i+1, sent.Load(), "one command a read, although a read has several")
			}
			_, _, err := cache.Get(t.Context(), Search, "lamp", l.load)
			require.NoError(t, err)
			require.EqualValues(t, breakerFailures, sent.Load(), "nobody waits any more")

			switch name {
			case "away":
				testenv.RedisAt(t, port)
			case "frozen":
				require.NoError(t, frozen.Signal(syscall.SIGCONT))
			case "garbage":
				return
			}
			require.Eventually(t, func() bool {
				_, origin, err := cache.Get(t.Context(), Search, "lamp", l.load)
				return err == nil && origin == Cached
			}, 10*time.Second, 20*time.Millisecond)
		})
	}
}

// While passwords are replaced, Redis has the new one first.
func TestARedisThatRefusesTheLoginIsAway(t *testing.T) {
	client, err := Connect("redis://"+redisacl.Gateway+":old@"+testenv.Redis(t).Addr()+testenv.PatientRedis, nil, noObserver)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	cache, l := New(client, ttls, quiet), lamp()
	for range 2 * breakerFailures {
		object, origin, err := cache.Get(t.Context(), Search, "lamp", l.load)
		require.NoError(t, err)
		require.Equal(t, Loaded, origin)
		require.Equal(t, l.value.JSON, object)
	}
	require.ErrorIs(t, client.Ping(t.Context()).Err(), errRefused)
}

// serveGarbage is a server that answers anything with what Redis never says.
func serveGarbage(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				defer func() { _ = conn.Close() }()
				_, _ = conn.Read(make([]byte, 1024))
				_, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); conns.Wait() })
	return l.Addr().String()
}

func TestTheBreakerNamesTheReason(t *testing.T) {
	client := connect(t, fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t)))
	for range breakerFailures + 1 {
		require.Error(t, client.Ping(t.Context()).Err())
	}
	require.ErrorIs(t, client.Ping(t.Context()).Err(), errOpen)
	require.ErrorContains(t, client.Ping(t.Context()).Err(), "connection refused")
}

func TestCheck(t *testing.T) {
	require.NoError(t, Check(t.Context(), connect(t, testenv.Redis(t).Addr())))
	require.ErrorContains(t, Check(t.Context(), connect(t, fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t)))), "write to Redis")
}
