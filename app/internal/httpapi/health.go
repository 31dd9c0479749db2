package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/sync/errgroup"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/rediscache"
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

// Connections are those that do all that they are there for.
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
	ready.Responses["503"] = &huma.Response{Description: "MongoDB, or a part of it, does not answer, or the gateway is going down", Content: ready.Responses["200"].Content}
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
	asked.Go(func() error { h.Servers.MongoDB = mongoServer(a.Store.Ping(ctx)); return nil })
	asked.Go(func() error { h.Servers.Redis = redisServer(a.Redis(ctx)); return nil })
	_ = asked.Wait() // neither fails: not answering is the result
	h.Connections = Connections{MongoDB: h.Servers.MongoDB == connected, Redis: h.Servers.Redis == connected}
	if h.Connections.MongoDB && h.Connections.Redis {
		h.Status = "healthy"
	}
	h.Servers.This = "Backend API (Go)"
	return h
}

// How a server is, in words; clients know the first two.
const (
	connected    = "Connected"
	disconnected = "Disconnected"
	partly       = "Some shards do not answer"
	refusing     = "Takes no writes"
	refused      = "Refuses the gateway's login"
)

func mongoServer(err error) string {
	switch {
	case err == nil:
		return connected
	case errors.Is(err, catalog.ErrRefused):
		return refused
	case errors.Is(err, catalog.ErrInPart):
		return partly
	}
	return disconnected
}

func redisServer(r rediscache.ServerReport) string {
	switch {
	case r.Refused:
		return refused
	case !r.Connected:
		return disconnected
	case r.Refusing != "":
		return refusing
	}
	return connected
}
