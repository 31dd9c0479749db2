package httpapi

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"speedscale/app/internal/rediscache"
)

// request is what is known of a request while it is answered.
type request struct {
	start  time.Time
	id     string
	origin rediscache.Origin
	asked  bool   // the cache, so that origin says something
	body   []byte // of the answer; its memory is used again for another's
}

// bodies are of answers that have been written. Most of what an answer takes is its body.
var bodies = sync.Pool{New: func() any { return new([]byte) }}

// mostKept is the largest body whose memory is used again, in bytes.
const mostKept = 64 << 10

// buffer is empty, and lasts until done.
func (r *request) buffer() []byte { return (*bodies.Get().(*[]byte))[:0] }

// done gives the body's memory back, once it is written.
func (r *request) done() {
	if body := r.body; cap(body) > 0 && cap(body) <= mostKept {
		r.body = nil
		bodies.Put(&body)
	}
}

type requestKey struct{}

// requestOf is the request of ctx; an empty one outside of requests.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

var origins = map[rediscache.Origin]string{rediscache.Loaded: "loaded", rediscache.Cached: "cache", rediscache.Stale: "stale", rediscache.Copied: "copy"}

const (
	slowRequest = 500 * time.Millisecond // is logged, as errors are
	sampled     = 5                      // lines a second of requests that went well
)

// logRequest logs requests that failed here or were slow, and of the others a sample: what
// there is to know of them the metrics count, and a line for each costs more than a hot
// answer. With the level debug it logs all.
func (a *API) logRequest(c *gin.Context, r *request, took time.Duration) {
	level, leftOut := slog.LevelInfo, 0
	switch path := c.FullPath(); {
	case c.Writer.Status() >= http.StatusInternalServerError:
		level = slog.LevelError
	case path == "/health/live" || path == "/metrics":
		level = slog.LevelDebug // asked every few seconds
	case took >= slowRequest:
		level = slog.LevelWarn
	case !a.Log.Enabled(c.Request.Context(), slog.LevelDebug):
		var ok bool
		if leftOut, ok = a.sample.take(time.Now()); !ok {
			return
		}
	}
	if !a.Log.Enabled(c.Request.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", c.Request.Method), slog.String("route", route(c)), slog.String("path", c.Request.URL.Path), slog.Int("status", c.Writer.Status()),
		slog.Int("bytes", c.Writer.Size()), slog.Float64("ms", milliseconds(took)), slog.String("client", a.proxies.client(c.Request).String()),
	}
	if r.asked {
		attrs = append(attrs, slog.String("origin", origins[r.origin]))
	}
	if leftOut > 0 {
		attrs = append(attrs, slog.Int("left_out", leftOut))
	}
	a.Log.LogAttrs(c.Request.Context(), level, "request", attrs...)
}

// sampler lets the first few of each second through, and counts the others.
type sampler struct {
	mu             sync.Mutex
	second         int64
	taken, leftOut int
}

// take tells whether this one is let through, and how many were not since the last.
func (s *sampler) take(now time.Time) (leftOut int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Unix() != s.second {
		s.second, s.taken = now.Unix(), 0
	}
	if s.taken == sampled {
		s.leftOut++
		return 0, false
	}
	s.taken++
	leftOut, s.leftOut = s.leftOut, 0
	return leftOut, true
}

// NewLogger writes JSON lines to w, with the request's id where there is one.
func NewLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(idHandler{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})})
}

type idHandler struct{ slog.Handler }

func (h idHandler) Handle(ctx context.Context, r slog.Record) error {
	if id := requestOf(ctx).id; id != "" {
		r.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h idHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return idHandler{h.Handler.WithAttrs(attrs)}
}

func (h idHandler) WithGroup(name string) slog.Handler { return idHandler{h.Handler.WithGroup(name)} }
