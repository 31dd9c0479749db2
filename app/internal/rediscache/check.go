package rediscache

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

const checkKey = "gateway:check"

// Check proves that client's Redis keeps what it is given.
func Check(ctx context.Context, client *redis.Client) error {
	want := time.Now().Format(time.RFC3339Nano)
	if err := client.Set(ctx, checkKey, want, time.Minute).Err(); err != nil {
		return fmt.Errorf("write to Redis: %w", err)
	}
	got, err := client.Get(ctx, checkKey).Result()
	if err != nil {
		return fmt.Errorf("read from Redis: %w", err)
	}
	if got != want {
		return fmt.Errorf("read from Redis: got %q, wrote %q", got, want)
	}
	return nil
}
