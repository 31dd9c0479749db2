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
)

// Trending is the list of the last distinct searches. It is kept in Redis for
// all gateways, and in memory for when Redis is away.
type Trending struct {
	redis *redis.Client
	log   *slog.Logger
	now   func() time.Time

	mu   sync.Mutex
	last []catalog.Query // newest first
}

// NewTrending keeps the list in client.
func NewTrending(client *redis.Client, log *slog.Logger) *Trending {
	return &Trending{redis: client, log: log, now: time.Now}
}

// Add puts q first.
func (t *Trending) Add(ctx context.Context, q catalog.Query) {
	t.remember(q)
	_, err := t.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.ZAdd(ctx, trendingKey, redis.Z{Score: float64(t.now().UnixMicro()), Member: string(q)})
		pipe.ZRemRangeByRank(ctx, trendingKey, 0, -trendingLen-1)
		return nil
	})
	if err != nil {
		t.log.DebugContext(ctx, "trending not kept in Redis", "error", err)
	}
}

// List is the last searches, newest first.
func (t *Trending) List(ctx context.Context) []catalog.Query {
	members, err := t.redis.ZRevRange(ctx, trendingKey, 0, trendingLen-1).Result()
	if err != nil {
		t.log.DebugContext(ctx, "trending not read from Redis", "error", err)
		return t.remembered()
	}
	list := make([]catalog.Query, len(members))
	for i, m := range members {
		list[i] = catalog.Query(m)
	}
	return list
}

func (t *Trending) remember(q catalog.Query) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = slices.DeleteFunc(t.last, func(other catalog.Query) bool { return other == q })
	t.last = slices.Insert(t.last, 0, q)
	t.last = t.last[:min(len(t.last), trendingLen)]
}

func (t *Trending) remembered() []catalog.Query {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]catalog.Query{}, t.last...)
}
