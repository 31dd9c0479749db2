package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"speedscale/app/internal/config"
	"speedscale/app/internal/httpapi"
	"speedscale/app/internal/mongostore"
	"speedscale/app/internal/rediscache"
	"speedscale/app/internal/seed"
)

const (
	headerTimeout = 5 * time.Second
	answerTimeout = 10 * time.Second // longer than any load
	idleTimeout   = 2 * time.Minute
	drainTimeout  = 15 * time.Second // for requests under way after SIGTERM
	closeTimeout  = 3 * time.Second
	maxHeader     = 16 << 10
)

// serve answers requests until ctx ends, then finishes those under way.
func serve(ctx context.Context, cfg config.Config, stdout io.Writer) (err error) {
	log := httpapi.NewLogger(stdout, cfg.LogLevel)
	listener, err := net.Listen("tcp", cfg.ListenAddr)
	if err != nil {
		return fmt.Errorf("listen on LISTEN_ADDR %s: %w", cfg.ListenAddr, err)
	}
	store, err := mongostore.Open(cfg.MongoURI, cfg.Database())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore(store)) }()
	redis, err := rediscache.Connect(cfg.RedisURL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, redis.Close()) }()

	seeder := seed.New(store, cfg.SeedTarget, log)
	api, err := httpapi.New(httpapi.Deps{
		Store: store,
		Cache: rediscache.New(redis, rediscache.TTLs{
			rediscache.Search: cfg.SearchTTL, rediscache.Product: cfg.ProductTTL, rediscache.Similar: cfg.SimilarTTL,
		}, log),
		Trending:       rediscache.NewTrending(redis, log),
		PingRedis:      func(ctx context.Context) error { return redis.Ping(ctx).Err() },
		Seeding:        seeder.Progress,
		Log:            log,
		TrustedProxies: cfg.TrustedProxies,
		CORSOrigins:    cfg.CORSOrigins,
	})
	if err != nil {
		return err
	}

	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { seeder.Run(background) })
	defer running.Wait()
	defer stop()
	log.Info("listening", "address", listener.Addr().String())
	return answerUntil(ctx, listener, api)
}

// answerUntil serves api on listener until ctx ends and all is answered.
func answerUntil(ctx context.Context, listener net.Listener, api *httpapi.API) error {
	server := &http.Server{
		Handler: api, ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout,
		WriteTimeout: answerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	api.Drain()
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := server.Shutdown(draining); err != nil {
		return errors.Join(fmt.Errorf("finish the requests under way within %s: %w", drainTimeout, err), server.Close())
	}
	return nil
}

func closeStore(store *mongostore.Store) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return store.Close(ctx)
}
