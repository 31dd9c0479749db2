package httpapi

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"speedscale/app/internal/metrics"
	"speedscale/app/internal/rediscache"
)

// observe gives each request an id and a clock, counts it, and logs how it went.
func (a *API) observe(c *gin.Context) {
	r := &request{start: time.Now(), id: requestID(c.GetHeader("X-Request-Id"))}
	ctx := metrics.Timed(rediscache.Patient(context.WithValue(c.Request.Context(), requestKey{}, r)))
	c.Request = c.Request.WithContext(ctx)
	c.Header("X-Request-Id", r.id)
	c.Writer = &clockWriter{ResponseWriter: c.Writer, ctx: ctx, start: r.start}
	c.Next()

	took := time.Since(r.start)
	a.Metrics.Request(route(c), method(c.Request.Method), c.Writer.Status(), took)
	a.logRequest(c, r, took)
	r.done()
}

// method is one of HTTP's own: clients may send any word, and each would be a
// series of its own.
func method(sent string) string {
	switch sent {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return sent
	}
	return "OTHER"
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// route names the pattern, not the path, of which there are any number.
func route(c *gin.Context) string {
	if path := c.FullPath(); path != "" {
		return path
	}
	return "none"
}

// recover answers 500 for a handler that panics.
func (a *API) recover(c *gin.Context) {
	defer func() {
		if cause := recover(); cause != nil {
			a.Log.ErrorContext(c.Request.Context(), "panic", "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			if !c.Writer.Written() {
				refuse(c, http.StatusInternalServerError, "Internal Server Error")
			}
		}
	}()
	c.Next()
}

// maxUnderWay bounds the memory that waiting requests can take.
const maxUnderWay = 2048

// bound refuses requests when too many are under way. Whether the gateway
// lives is answered always.
func (a *API) bound(c *gin.Context) {
	if strings.HasPrefix(c.Request.URL.Path, "/health") {
		return
	}
	select {
	case a.under <- struct{}{}:
		defer func() { <-a.under }()
		c.Next()
	default:
		c.Header("Retry-After", "1")
		refuse(c, http.StatusServiceUnavailable, "Too many requests at once, please try again")
	}
}

// refuse answers a problem outside of the routes.
func refuse(c *gin.Context, status int, text string) {
	body, err := marshal(problem(status, text))
	if err != nil {
		body = nil // a sentence is always JSON
	}
	c.Abort()
	c.Data(status, "application/json", body)
}

// cors lets pages of the configured origins read answers.
func (a *API) cors(c *gin.Context) {
	c.Header("Vary", "Origin")
	origin := c.GetHeader("Origin")
	if origin == "" || !slices.Contains(a.CORSOrigins, origin) {
		return
	}
	c.Header("Access-Control-Allow-Origin", origin)
	c.Header("Access-Control-Expose-Headers", "X-Request-Id, X-Response-Time, Server-Timing, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After")
	if c.Request.Method == http.MethodOptions && c.GetHeader("Access-Control-Request-Method") != "" {
		c.Header("Access-Control-Allow-Methods", "GET")
		c.Header("Access-Control-Max-Age", "600")
		c.AbortWithStatus(http.StatusNoContent)
	}
}

// clockWriter says how long the answer took, and its dependencies, just before
// it is written.
type clockWriter struct {
	gin.ResponseWriter
	ctx   context.Context
	start time.Time
}

func (w *clockWriter) stamp() {
	if w.Written() {
		return
	}
	took := time.Since(w.start)
	w.Header().Set("X-Response-Time", strconv.FormatFloat(milliseconds(took), 'f', 3, 64)+"ms")
	if timing := metrics.ServerTiming(w.ctx, took); timing != "" {
		w.Header().Set("Server-Timing", timing)
	}
}

func (w *clockWriter) Write(b []byte) (int, error) { w.stamp(); return w.ResponseWriter.Write(b) }

func (w *clockWriter) WriteString(s string) (int, error) {
	w.stamp()
	return w.ResponseWriter.WriteString(s)
}

func (w *clockWriter) WriteHeaderNow() { w.stamp(); w.ResponseWriter.WriteHeaderNow() }

// requestID takes over the id that a proxy gave, if it is one.
func requestID(given string) string {
	if given == "" || len(given) > 64 || strings.ContainsFunc(given, func(r rune) bool { return !inRequestID(r) }) {
		return rand.Text()
	}
	return given
}

func inRequestID(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r == '.' || r == '_' || r == '-'
}
