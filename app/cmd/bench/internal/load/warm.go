package load

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"
)

const warmTimeout = 30 * time.Second

// copied is in what a gateway answers from its own memory: the cache itself may have been
// emptied since.
var copied = []byte("copy of the last second")

// Warm asks until all answers come from the cache itself.
func Warm(ctx context.Context, addr string, requests []Request) error {
	ctx, cancel := context.WithTimeout(ctx, warmTimeout)
	defer cancel()
	c := newConn(addr)
	defer c.close()
	for _, r := range requests {
		for {
			status, body, err := c.do(ctx, r)
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("status %d: %.200s", status, body)
			}
			if err != nil {
				return fmt.Errorf("warm %s: %w", addr, err)
			}
			if origin := body[:min(len(body), markWithin)]; bytes.Contains(origin, fromCache) && !bytes.Contains(origin, copied) {
				break
			}
			if !waitUntil(ctx, time.Now().Add(pauseAfterError)) { // it may be put into the cache behind the answer
				return fmt.Errorf("warm %s: %.60q does not come from the cache: %w", addr, r, ctx.Err())
			}
		}
	}
	return nil
}
