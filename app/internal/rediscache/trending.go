package rediscache

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"speedscale/app/internal/catalog"
)

const (
	trendingKey = "trending:searches"
	trendingLen = 20
	flushEvery  = 250 * time.Millisecond
	flushWithin = time.Second
)

// Trending is the list of the last distinct searches. It is kept in Redis for
// all gateways; what this one adds is gathered and sent now and then, so that
// a search does not wait for it.
type Trending struct {
	redis *redis.Client
	log   *slog.Logger
	now   func() time.Time

	mu     sync.Mutex
	last   []search // the last ones here, newest first
	unsent int      // how many of them Redis does not know
}

type search struct {
	query catalog.Query
	at    time.Time
}

// NewTrending keeps the list in client.
func NewTrending(client *redis.Client, log *slog.Logger) *Trending {
	return &Trending{redis: client, log: log, now: time.Now}
}

// Add puts q first.
func (t *Trending) Add(q catalog.Query) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now().Truncate(time.Microsecond) // Redis keeps no more
	if len(t.last) > 0 && !now.After(t.last[0].at) {
		now = t.last[0].at.Add(time.Microsecond) // so that none takes the place of another
	}
	at := slices.IndexFunc(t.last, func(s search) bool { return s.query == q })
	if at >= 0 {
		t.last = slices.Delete(t.last, at, at+1)
	}
	if at < 0 || at >= t.unsent {
		t.unsent++
	}
	t.last = slices.Insert(t.last, 0, search{q, now})
	t.last = t.last[:min(len(t.last), trendingLen)]
	t.unsent = min(t.unsent, len(t.last))
}

// List is the last searches, newest first; while Redis is away, those here.
func (t *Trending) List(ctx context.Context) []catalog.Query {
	unsent := t.take()
	var members *redis.StringSliceCmd
	_, err := t.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		send(ctx, pipe, unsent)
		members = pipe.ZRevRange(ctx, trendingKey, 0, trendingLen-1)
		return nil
	})
	if err != nil {
		t.log.DebugContext(ctx, "trending not read from Redis", "error", err)
		t.putBack(len(unsent))
		return t.remembered()
	}
	list := make([]catalog.Query, len(members.Val()))
	for i, m := range members.Val() {
		list[i] = catalog.Query(m)
	}
	return list
}

// Run sends what was added, until ctx ends.
func (t *Trending) Run(ctx context.Context) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			t.flush(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushWithin)
			defer cancel()
			t.flush(last)
			return
		}
	}
}

func (t *Trending) flush(ctx context.Context) {
	unsent := t.take()
	if len(unsent) == 0 {
		return
	}
	_, err := t.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error { send(ctx, pipe, unsent); return nil })
	if err != nil {
		t.log.DebugContext(ctx, "trending not kept in Redis", "error", err)
		t.putBack(len(unsent))
	}
}

func send(ctx context.Context, pipe redis.Pipeliner, searches []search) {
	if len(searches) == 0 {
		return
	}
	members := make([]redis.Z, len(searches))
	for i, s := range searches {
		members[i] = redis.Z{Score: float64(s.at.UnixMicro()), Member: string(s.query)}
	}
	// Another gateway may have sent a later search for the same already.
	pipe.ZAddGT(ctx, trendingKey, members...)
	pipe.ZRemRangeByRank(ctx, trendingKey, 0, -trendingLen-1)
}

// take answers what Redis does not know, and takes it for sent.
func (t *Trending) take() []search {
	t.mu.Lock()
	defer t.mu.Unlock()
	unsent := slices.Clone(t.last[:t.unsent])
	t.unsent = 0
	return unsent
}

func (t *Trending) putBack(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unsent = min(t.unsent+n, len(t.last)) // sending one again does no harm
}

func (t *Trending) remembered() []catalog.Query {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]catalog.Query, len(t.last))
	for i, s := range t.last {
		list[i] = s.query
	}
	return list
}
