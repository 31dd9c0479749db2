package explorer

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

const (
	maxSlow    = 20  // entries
	maxCommand = 200 // bytes shown of one
)

// slowCommand is an entry of the slow log, without the client's address.
type slowCommand struct {
	At      int64 `json:"at"` // milliseconds since 1970
	Micros  int64 `json:"micros"`
	Command text  `json:"command"`
}

// telling are the commands that may carry a password or a setting.
var telling = []string{"auth", "hello", "acl", "config", "migrate"}

// slowLog is the slow log's last entries, the newest first.
func (e *explorer) slowLog(ctx context.Context, _ url.Values) (any, error) {
	entries, err := e.client.SlowLogGet(ctx, maxSlow).Result()
	if err != nil {
		return nil, err
	}
	list := make([]slowCommand, len(entries))
	for i, entry := range entries {
		list[i] = slowCommand{At: entry.Time.UnixMilli(), Micros: entry.Duration.Microseconds(), Command: command(entry)}
	}
	return map[string]any{"commands": list}, nil
}

func command(entry redis.SlowLog) text {
	args := entry.Args
	if len(args) > 0 && slices.Contains(telling, strings.ToLower(args[0])) {
		args = append(args[:1:1], "…")
	}
	return show(strings.Join(args, " "), maxCommand)
}
