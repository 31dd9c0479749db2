package rediscache

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// ServerReport is what Redis tells of itself.
type ServerReport struct {
	Connected bool   `json:"connected"`
	Refused   bool   `json:"-"` // it does not take the login
	Refusing  string `json:"refusesWrites,omitempty" doc:"why it takes no writes; missing if it does"`
	Keys      int64  `json:"keys" doc:"of all kinds, spare copies included"`
	Memory    int64  `json:"memoryBytes"`
	MaxMemory int64  `json:"maxMemoryBytes" doc:"0: no bound"`
	Evicted   int64  `json:"evictedKeys" doc:"since Redis started"`
	Uptime    int64  `json:"uptimeSeconds"`
	Version   string `json:"version,omitempty"`
}

// askAgain is the pause before a server that was slow is asked once more.
const askAgain = 20 * time.Millisecond

// Ask reads client's server. One that does not answer is not connected; one slow
// answer of a busy machine is not yet that, and is waited for until ctx ends.
func Ask(ctx context.Context, client *redis.Client) ServerReport {
	ctx = impatient(ctx)
	for {
		report, err := askOnce(ctx, client)
		report.Refused = errors.Is(err, errRefused)
		if err == nil || answered(err) || report.Refused || errors.Is(err, errOpen) || ctx.Err() != nil {
			return report
		}
		pause(ctx, askAgain)
	}
}

// nothing is a key that never exists: adding nothing to it changes nothing, and is
// refused by a server that takes no writes, for whatever reason.
const nothing = "gateway:nothing"

func askOnce(ctx context.Context, client *redis.Client) (ServerReport, error) {
	var size, written *redis.IntCmd
	var info *redis.StringCmd
	_, err := client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		size, info, written = pipe.DBSize(ctx), pipe.Info(ctx), pipe.SetRange(ctx, nothing, 0, "")
		return nil
	})
	if size.Err() != nil || info.Err() != nil {
		return ServerReport{}, err
	}
	fields := infoFields(info.Val())
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(fields[name], 10, 64) // a field that is missing counts nothing
		return n
	}
	report := ServerReport{
		Connected: true, Keys: size.Val(), Version: fields["redis_version"], Uptime: number("uptime_in_seconds"),
		Memory: number("used_memory"), MaxMemory: number("maxmemory"), Evicted: number("evicted_keys"),
	}
	if err := written.Err(); err != nil {
		report.Refusing = err.Error()
	}
	return report, nil
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
