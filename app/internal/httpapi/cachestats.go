package httpapi

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/rediscache"
)

// CacheStats is how well the cache serves.
type CacheStats struct {
	Since         catalog.Time `json:"since" doc:"when this gateway began to count"`
	UptimeSeconds int64        `json:"uptimeSeconds"`
	rediscache.Counts
	Classes []rediscache.ClassReport `json:"classes" nullable:"false"`
	Redis   rediscache.ServerReport  `json:"redis"`
}

func (a *API) registerCacheStats() {
	op := operation("cache-stats", "/api/cache/stats", "Hits, misses and times of the cache")
	op.Description = "Reads are counted by this gateway since it started; keys and memory are Redis's own."
	huma.Register(a.huma, op, func(ctx context.Context, _ *struct{}) (*struct{ Body CacheStats }, error) {
		r := a.Cache.Report()
		return &struct{ Body CacheStats }{CacheStats{
			Since: catalog.Time(r.Since), UptimeSeconds: int64(time.Since(r.Since).Seconds()),
			Counts: r.Counts, Classes: r.Classes, Redis: a.Redis(ctx),
		}}, nil
	})
}
