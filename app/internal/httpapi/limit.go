package httpapi

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
)

// limited counts requests of op against the client's limit. Only what reads
// the catalogue is limited: a page that watches the cluster must not use up
// its user's searches.
func (a *API) limited(op huma.Operation) huma.Operation {
	if a.Limiter == nil {
		return op
	}
	schemas := a.huma.OpenAPI().Components.Schemas
	whole := func(doc string) *huma.Header {
		return &huma.Header{Description: doc, Schema: &huma.Schema{Type: huma.TypeInteger}}
	}
	headers := map[string]*huma.Header{
		"RateLimit-Limit":     whole("requests a minute"),
		"RateLimit-Remaining": whole("requests left at once"),
		"RateLimit-Reset":     whole("seconds until all are left again"),
	}
	op.Responses["200"].Headers = headers
	op.Responses["429"] = &huma.Response{
		Description: "Too many requests of this client", Content: map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(typeOf[Problem](), true, "")}},
		Headers: map[string]*huma.Header{"Retry-After": whole("seconds to wait")},
	}
	op.Middlewares = append(op.Middlewares, a.limit)
	return op
}

func (a *API) limit(ctx huma.Context, next func(huma.Context)) {
	d := a.Limiter.Allow(ctx.Context(), a.proxies.client(humagin.Unwrap(ctx).Request))
	ctx.SetHeader("RateLimit-Limit", strconv.Itoa(d.Limit))
	ctx.SetHeader("RateLimit-Remaining", strconv.Itoa(d.Remaining))
	ctx.SetHeader("RateLimit-Reset", seconds(d.Reset))
	if d.Allowed {
		next(ctx)
		return
	}
	a.Metrics.Limited()
	wait := seconds(max(d.RetryAfter, time.Second))
	ctx.SetHeader("Retry-After", wait)
	// The answer cannot fail to be written but for a client that is gone.
	_ = huma.WriteErr(a.huma, ctx, http.StatusTooManyRequests, fmt.Sprintf("Rate limit exceeded: %d requests a minute, try again in %s s", d.Limit, wait))
}

// seconds are whole, and never too few.
func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }
