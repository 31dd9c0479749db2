package explorer

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// figures is what Redis says of itself. Its settings are not among them.
type figures struct {
	Version           string   `json:"version"`
	Modules           []string `json:"modules"`
	UpSeconds         int64    `json:"upSeconds"`
	Memory            int64    `json:"memory"`
	MemoryLimit       int64    `json:"memoryLimit"` // 0: none
	Keys              int64    `json:"keys"`
	Clients           int64    `json:"clients"`
	Hits              int64    `json:"hits"`
	Misses            int64    `json:"misses"`
	Evicted           int64    `json:"evicted"`
	Expired           int64    `json:"expired"`
	Slow              int64    `json:"slow"`              // commands that the slow log has had
	CommandsPerSecond *float64 `json:"commandsPerSecond"` // null before the second look

	commands int64
	run      string // another one: Redis has started again
	at       time.Time
}

// readFigures asks Redis, and leaves out what this page itself has read.
func (e *explorer) readFigures(ctx context.Context) (figures, error) {
	release, err := e.asides.turn(ctx)
	if err != nil {
		return figures{}, err
	}
	defer release()
	var text *redis.StringCmd
	var size *redis.IntCmd
	var slowest *redis.SlowLogCmd
	_, err = e.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		text = pipe.Info(ctx, "server", "clients", "memory", "stats", "modules")
		size, slowest = pipe.DBSize(ctx), pipe.SlowLogGet(ctx, 1)
		return nil
	})
	if err != nil {
		return figures{}, err
	}
	i := parseInfo(text.Val())
	hits, misses := e.asides.of(i["run_id"])
	f := figures{
		Version: i["redis_version"], Modules: modules(text.Val()), UpSeconds: i.number("uptime_in_seconds"),
		Memory: i.number("used_memory"), MemoryLimit: i.number("maxmemory"),
		Keys: size.Val(), Clients: i.number("connected_clients"),
		Hits: max(0, i.number("keyspace_hits")-hits), Misses: max(0, i.number("keyspace_misses")-misses),
		Evicted: i.number("evicted_keys"), Expired: i.number("expired_keys"),
		commands: i.number("total_commands_processed"), run: i["run_id"], at: time.Now(),
	}
	// The log's entries are numbered from 0, also when it was emptied.
	for _, entry := range slowest.Val() {
		f.Slow = entry.ID + 1
	}
	return f, nil
}
