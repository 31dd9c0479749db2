package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/sync/errgroup"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/seed"
)

const pingTimeout = 1500 * time.Millisecond

// Health is the gateway's state and that of what it depends on.
type Health struct {
	Status      string        `json:"status" enum:"healthy,degraded" doc:"healthy only when all answer"`
	Timestamp   catalog.Time  `json:"timestamp"`
	Connections Connections   `json:"connections"`
	Servers     Servers       `json:"servers"`
	Seeding     seed.Progress `json:"seeding"`
}

// Connections are those that answer.
type Connections struct {
	MongoDB bool `json:"mongodb"`
	Redis   bool `json:"redis"`
}

// Servers are the same in words.
type Servers struct {
	This    string `json:"this_server"`
	MongoDB string `json:"mongodb"`
	Redis   string `json:"redis"`
}

type healthAnswer struct {
	Status int
	Body   Health
}

func (a *API) registerHealth() {
	huma.Register(a.huma, operation("health", "/health", "State of the gateway and its dependencies"),
		func(ctx context.Context, _ *struct{}) (*healthAnswer, error) {
			return &healthAnswer{http.StatusOK, a.health(ctx)}, nil
		})

	// Without Redis all is answered, if slower; of gateways that share one, none
	// may be left then.
	ready := documented[Health](a, operation("ready", "/health/ready", "200 while requests should be sent here, else 503"))
	ready.Responses["503"] = &huma.Response{Description: "MongoDB does not answer, or the gateway is going down", Content: ready.Responses["200"].Content}
	huma.Register(a.huma, ready, func(ctx context.Context, _ *struct{}) (*healthAnswer, error) {
		out := &healthAnswer{http.StatusOK, a.health(ctx)}
		if !out.Body.Connections.MongoDB || a.draining.Load() {
			out.Status = http.StatusServiceUnavailable
		}
		return out, nil
	})

	type live struct {
		Body struct {
			Status string `json:"status" enum:"alive"`
		}
	}
	huma.Register(a.huma, operation("live", "/health/live", "200 while the gateway serves"), func(context.Context, *struct{}) (*live, error) {
		var out live
		out.Body.Status = "alive"
		return &out, nil
	})
}

func (a *API) health(ctx context.Context) Health {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	h := Health{Status: "degraded", Timestamp: catalog.Time(time.Now()), Seeding: a.Seeding()}
	var asked errgroup.Group
	asked.Go(func() error { h.Connections.MongoDB = a.Store.Ping(ctx) == nil; return nil })
	asked.Go(func() error { h.Connections.Redis = a.Redis(ctx).Connected; return nil })
	_ = asked.Wait() // neither fails: not answering is the result
	if h.Connections.MongoDB && h.Connections.Redis {
		h.Status = "healthy"
	}
	h.Servers.This = "Backend API (Go)"
	h.Servers.MongoDB = connected(h.Connections.MongoDB)
	h.Servers.Redis = connected(h.Connections.Redis)
	return h
}

func connected(answers bool) string {
	if answers {
		return "Connected"
	}
	return "Disconnected"
}
