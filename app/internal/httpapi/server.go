// Package httpapi is the gateway's HTTP interface.
package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/cluster"
	"speedscale/app/internal/lexicon"
	"speedscale/app/internal/metrics"
	"speedscale/app/internal/ratelimit"
	"speedscale/app/internal/recommend"
	"speedscale/app/internal/rediscache"
	"speedscale/app/internal/seed"
)

// Cache answers a key's entry, or else what load gives (rediscache.Cache).
type Cache interface {
	Get(ctx context.Context, class rediscache.Class, key string, load rediscache.Load) ([]byte, rediscache.Origin, error)
	Report() rediscache.Report
}

// Trending is the list of recent searches.
type Trending interface {
	Add(q catalog.Query)
	List(ctx context.Context) []catalog.Query
}

// Limiter decides whether a client may go on (ratelimit.Limiter).
type Limiter interface {
	Allow(ctx context.Context, client netip.Addr) ratelimit.Decision
}

// Model is what was learnt from the catalogue (recommend.Model).
type Model interface {
	Words() *lexicon.Lexicon
	Counts() catalog.Counts
	Similar(ctx context.Context, store recommend.Store, p catalog.Product) ([]catalog.Product, error)
}

// Store is the catalogue and its search index.
type Store interface {
	catalog.Store
	recommend.Store
}

// Topology tells how the system is (cluster.Reader).
type Topology interface {
	Read(ctx context.Context) (cluster.Topology, error)
}

// Deps are what the interface needs.
type Deps struct {
	Store    Store
	Model    Model
	Cache    Cache
	Trending Trending
	Redis    func(context.Context) rediscache.ServerReport
	Seeding  func() seed.Progress
	Topology Topology
	Limiter  Limiter // nil: no limit
	Metrics  *metrics.Metrics
	Log      *slog.Logger

	// TrustedProxies are the addresses, networks and names whose
	// X-Forwarded-For counts.
	TrustedProxies []string
	// CORSOrigins are the pages, other than our own, that may read answers.
	CORSOrigins []string
}

// API is the gateway's HTTP handler.
type API struct {
	Deps
	engine   *gin.Engine
	huma     huma.API
	proxies  *proxies
	draining atomic.Bool
	under    chan struct{} // a place for each request under way
	sample   sampler       // of requests that are logged
}

// New wires the routes.
func New(deps Deps) (*API, error) {
	gin.SetMode(gin.ReleaseMode)
	a := &API{Deps: deps, engine: gin.New(), proxies: newProxies(deps.TrustedProxies), under: make(chan struct{}, maxUnderWay)}
	a.engine.HandleMethodNotAllowed = true
	a.engine.RedirectTrailingSlash = false
	a.engine.Use(a.observe, a.recover, a.cors, a.bound, lastOfEach)
	a.engine.NoRoute(a.withoutSlash, func(c *gin.Context) { refuse(c, http.StatusNotFound, "Not Found") })
	a.engine.NoMethod(func(c *gin.Context) { refuse(c, http.StatusMethodNotAllowed, "Method Not Allowed") })
	a.huma = humagin.New(a.engine, openAPIConfig())
	a.routes()
	return a, a.registerDocs()
}

func (a *API) routes() {
	a.registerRoot()
	a.registerSearch()
	a.registerProducts()
	a.registerHealth()
	a.registerCacheStats()
	a.registerTopology()
	a.engine.GET("/metrics", gin.WrapH(a.Metrics.Handler()))
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.engine.ServeHTTP(w, r) }

// Drain makes the gateway not ready, so that no one sends it more requests.
func (a *API) Drain() { a.draining.Store(true) }

// UnderWay is the number of requests that are being answered.
func (a *API) UnderWay() int { return len(a.under) }

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
