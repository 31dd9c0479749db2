package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"speedscale/app/internal/cluster"
	"speedscale/app/internal/config"
	"speedscale/app/internal/httpapi"
	"speedscale/app/internal/indexer"
	"speedscale/app/internal/metrics"
	"speedscale/app/internal/mongostore"
	"speedscale/app/internal/ratelimit"
	"speedscale/app/internal/recommend"
	"speedscale/app/internal/rediscache"
	"speedscale/app/internal/seed"
	"speedscale/internal/tlsfiles"
)

const (
	headerTimeout = 5 * time.Second
	writeTimeout  = 10 * time.Second // longer than rediscache allows for loading an answer
	idleTimeout   = 2 * time.Minute
	drainTimeout  = 10 * time.Second // for requests in progress at SIGTERM
	closeTimeout  = 3 * time.Second
	maxHeader     = 16 << 10 // bytes
	// memoryLimit is Go's soft memory limit, in bytes. It leaves a fifth of the
	// container's 200 MB for memory that Go does not count. GOMEMLIMIT overrides it.
	memoryLimit = 160 << 20
)

// serve serves HTTP until ctx is done, then finishes the requests in progress.
func serve(ctx context.Context, cfg config.Config, stdout io.Writer) (err error) {
	log := httpapi.NewLogger(stdout, cfg.LogLevel)
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(memoryLimit)
	}
	listener, err := net.Listen("tcp", cfg.ListenAddr)
	if err != nil {
		return fmt.Errorf("listen on LISTEN_ADDR %s: %w", cfg.ListenAddr, err)
	}
	stopProfiles, err := serveProfiles(cfg.ProfileAddr, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, stopProfiles()) }()
	telemetry := metrics.New()
	store, err := mongostore.Open(string(cfg.MongoURI), cfg.Database(), cfg.Trust, telemetry.Dependency("mongodb", log))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeWithTimeout(store.Close)) }()
	redis, err := rediscache.Connect(string(cfg.RedisURL), cfg.Trust, telemetry.Dependency("redis", log))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, redis.Close()) }()

	telemetry.Up("mongodb", store.Ping)
	telemetry.Up("redis", func(ctx context.Context) error { return redis.Ping(ctx).Err() })
	cache := rediscache.New(redis, rediscache.TTLs{
		rediscache.Search: cfg.SearchTTL, rediscache.Product: cfg.ProductTTL, rediscache.Similar: cfg.SimilarTTL,
	}, log)
	telemetry.Register(cache)
	trending := rediscache.NewTrending(redis, log)
	seeder := seed.New(store, cfg.SeedTarget, log)
	telemetry.Gauge("gateway_seeded_products", "Products known to be seeded.", func() float64 { return float64(seeder.Progress().Seeded) })

	topology, err := openTopology(cfg, redis, seeder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeWithTimeout(topology.Close)) }()

	model := recommend.NewModel(store, log)
	stop := inBackground(ctx, trending.Run, seeder.Run, model.Run, func(ctx context.Context) { indexer.Run(ctx, store, log) })
	defer stop()
	api, err := httpapi.New(httpapi.Deps{
		Store:          store,
		Model:          model,
		Cache:          cache,
		Trending:       trending,
		Redis:          func(ctx context.Context) rediscache.ServerReport { return rediscache.Ask(ctx, redis) },
		Seeding:        seeder.Progress,
		Topology:       topology,
		Limiter:        limiter(redis, cfg.RateLimit),
		Metrics:        telemetry,
		Log:            log,
		TrustedProxies: cfg.TrustedProxies,
		CORSOrigins:    cfg.CORSOrigins,
	})
	if err != nil {
		return err
	}
	certificate := cfg.Certificate
	if certificate != nil && cfg.TLSOptional {
		listener, certificate = tlsfiles.Either(listener, certificate), nil
	} else if certificate == nil {
		listener = oneWrite{listener}
	}
	log.Info("listening", "address", listener.Addr().String(), "tls", cfg.Certificate != nil, "tls_optional", cfg.TLSOptional)
	return serveUntil(ctx, listener, certificate, api, log)
}

// limiter returns nil, which means no limit, if perMinute is 0.
func limiter(client *goredis.Client, perMinute int) httpapi.Limiter {
	if perMinute == 0 {
		return nil
	}
	return ratelimit.New(client, perMinute)
}

// inBackground runs jobs until stop is called, which waits for them to return. They keep
// running after ctx is done, while requests are drained.
func inBackground(ctx context.Context, jobs ...func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	for _, job := range jobs {
		running.Go(func() { job(ctx) })
	}
	return func() { cancel(); running.Wait() }
}

// serveUntil serves api on listener until ctx is done, and then drains: it returns once
// all requests in progress are answered, or fails after drainTimeout. With a certificate
// it speaks https.
func serveUntil(ctx context.Context, listener net.Listener, certificate *tls.Config, api *httpapi.API, log *slog.Logger) error {
	server := &http.Server{
		Handler: api, ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), TLSConfig: certificate,
		Protocols: new(http.Protocols), ConnState: sendHeld,
	}
	server.Protocols.SetHTTP1(true) // HTTP/2 would come with https, and its own limits
	failed := make(chan error, 1)
	go func() { failed <- serveOn(server, listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping: no new requests are taken, those under way are finished", "under_way", api.UnderWay(), "within", drainTimeout.String())
	start := time.Now()
	api.Drain()
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := server.Shutdown(draining); err != nil {
		log.Error("requests under way are cut off", "under_way", api.UnderWay(), "after", time.Since(start).String())
		return errors.Join(fmt.Errorf("finish the requests under way within %s: %w", drainTimeout, err), server.Close())
	}
	log.Info("all requests are answered", "after", time.Since(start).String())
	return nil
}

func serveOn(server *http.Server, listener net.Listener) error {
	if server.TLSConfig == nil {
		return server.Serve(listener)
	}
	return server.ServeTLS(listener, "", "") // the configuration has the certificate
}

// openTopology returns the reader of the cluster's topology. The parts come from the
// gateway's settings; the members of the replica sets are read from mongos.
func openTopology(cfg config.Config, redis *goredis.Client, seeder *seed.Seeder) (*cluster.Reader, error) {
	var parts []cluster.Part
	for _, kind := range slices.Sorted(maps.Keys(cfg.TopologyParts)) {
		parts = append(parts, cluster.Part{Kind: kind, Name: kind, Host: cfg.TopologyParts[kind]})
	}
	return cluster.Open(cluster.Config{
		MongoURI: string(cfg.MongoURI), Database: cfg.Database(), Trust: cfg.Trust, MongosHost: cfg.MongosHost(), RedisHost: cfg.RedisHost(),
		GatewayName: "api-gateway", Parts: parts,
		Redis: func(ctx context.Context) bool { return redis.Ping(ctx).Err() == nil },
		InitDone: func() (done, known bool) {
			phase := seeder.Progress().Phase
			return phase != "waiting", phase != "stopped"
		},
	})
}

func closeWithTimeout(closeFunc func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return closeFunc(ctx)
}
