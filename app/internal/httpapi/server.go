// Package httpapi is the gateway's HTTP interface.
package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/rediscache"
	"speedscale/app/internal/seed"
)

// Cache answers a key's entry, or else what load gives (rediscache.Cache).
type Cache interface {
	Get(ctx context.Context, class rediscache.Class, key string, load func(context.Context) (rediscache.Value, error)) ([]byte, rediscache.Origin, error)
}

// Trending is the list of recent searches.
type Trending interface {
	Add(ctx context.Context, q catalog.Query)
	List(ctx context.Context) []catalog.Query
}

// Deps are what the interface needs.
type Deps struct {
	Store     catalog.Store
	Cache     Cache
	Trending  Trending
	PingRedis func(context.Context) error
	Seeding   func() seed.Progress
	Log       *slog.Logger

	// TrustedProxies are the addresses and networks whose X-Forwarded-For counts.
	TrustedProxies []string
	// CORSOrigins are the pages, other than our own, that may read answers.
	CORSOrigins []string
}

// API is the gateway's HTTP handler.
type API struct {
	Deps
	engine   *gin.Engine
	huma     huma.API
	draining atomic.Bool
}

// New wires the routes.
func New(deps Deps) (*API, error) {
	gin.SetMode(gin.ReleaseMode)
	a := &API{Deps: deps, engine: gin.New()}
	a.engine.HandleMethodNotAllowed = true
	a.engine.RedirectTrailingSlash = false
	if err := a.engine.SetTrustedProxies(deps.TrustedProxies); err != nil {
		return nil, err
	}
	a.engine.Use(a.observe, a.recover, a.cors)
	a.engine.NoRoute(func(c *gin.Context) { c.JSON(http.StatusNotFound, problem(http.StatusNotFound, "Not Found")) })
	a.engine.NoMethod(func(c *gin.Context) {
		c.JSON(http.StatusMethodNotAllowed, problem(http.StatusMethodNotAllowed, "Method Not Allowed"))
	})
	a.huma = humagin.New(a.engine, openAPIConfig())
	a.routes()
	return a, nil
}

func (a *API) routes() {
	a.registerRoot()
	a.registerSearch()
	a.registerProducts()
	a.registerHealth()
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.engine.ServeHTTP(w, r) }

// Drain makes the gateway not ready, so that no one sends it more requests.
func (a *API) Drain() { a.draining.Store(true) }

func openAPIConfig() huma.Config {
	config := huma.DefaultConfig("SpeedScale gateway", "1.0.0")
	config.Info.Description = "Products from a sharded MongoDB cluster, cached in Redis."
	config.DocsPath, config.SchemasPath = "", ""
	config.CreateHooks = nil // answers carry the clients' keys and no others
	return config
}

func (a *API) registerRoot() {
	type root struct {
		Body struct {
			Message string `json:"message"`
		}
	}
	huma.Register(a.huma, operation("root", "/", "Say that the gateway runs"), func(context.Context, *struct{}) (*root, error) {
		var out root
		out.Body.Message = "SpeedScale Go Gateway is running"
		return &out, nil
	})
}
