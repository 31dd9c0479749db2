package rediscache

import (
	"context"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// ServerReport is what Redis tells of itself.
type ServerReport struct {
	Connected bool   `json:"connected"`
	Keys      int64  `json:"keys" doc:"of all kinds, spare copies included"`
	Memory    int64  `json:"memoryBytes"`
	MaxMemory int64  `json:"maxMemoryBytes" doc:"0: no bound"`
	Evicted   int64  `json:"evictedKeys" doc:"since Redis started"`
	Uptime    int64  `json:"uptimeSeconds"`
	Version   string `json:"version,omitempty"`
}

// Ask reads client's server; one that does not answer is not connected.
func Ask(ctx context.Context, client *redis.Client) ServerReport {
	var size *redis.IntCmd
	var info *redis.StringCmd
	_, err := client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		size, info = pipe.DBSize(ctx), pipe.Info(ctx)
		return nil
	})
	if err != nil {
		return ServerReport{}
	}
	fields := infoFields(info.Val())
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(fields[name], 10, 64) // a field that is missing counts nothing
		return n
	}
	return ServerReport{
		Connected: true, Keys: size.Val(), Version: fields["redis_version"], Uptime: number("uptime_in_seconds"),
		Memory: number("used_memory"), MaxMemory: number("maxmemory"), Evicted: number("evicted_keys"),
	}
}

func infoFields(info string) map[string]string {
	fields := map[string]string{}
	for line := range strings.Lines(info) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	return fields
}
