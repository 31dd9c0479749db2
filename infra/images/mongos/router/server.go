// Package router answers MongoDB clients as a mongos does, by sending what they
// ask for to the cluster's own mongods. It decides nothing about data.
package router

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"speedscale/infra/images/mongos/cluster"
	"speedscale/infra/images/mongos/wire"
)

const (
	maxConnections = 2000
	// A message that has begun must arrive within this time, and a reply must
	// be taken within it.
	transferTimeout = 60 * time.Second
	// All requests that are being carried out may hold this much memory; a
	// forwarded one is held twice.
	maxRequestBytes = 2 * wire.MaxMessageSize
	smallRequest    = 64 * 1024 // not counted
)

// Router serves clients.
type Router struct {
	version  string
	cluster  *cluster.Cluster
	log      *slog.Logger
	started  time.Time
	cursors  cursors
	table    map[string]command
	memory   *semaphore.Weighted
	numbers  atomic.Int32
	stats    stats
	defaults defaults

	mu       sync.Mutex
	conns    map[*conn]struct{}
	draining bool
	serving  sync.WaitGroup
}

// New is a router for the cluster that calls itself a mongos of version.
func New(c *cluster.Cluster, version string, log *slog.Logger) *Router {
	r := &Router{
		version: version, cluster: c, log: log, started: time.Now(),
		memory: semaphore.NewWeighted(maxRequestBytes), conns: map[*conn]struct{}{},
	}
	r.table = commands(r)
	return r
}

// Serve accepts clients on listeners until ctx ends, then lets commands under
// way end within drain, and closes all connections.
func (r *Router) Serve(ctx context.Context, listeners []net.Listener, drain time.Duration) error {
	carrying, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	group, accepting := errgroup.WithContext(ctx)
	for _, l := range listeners {
		stop := context.AfterFunc(accepting, func() { _ = l.Close() })
		defer stop()
		group.Go(func() error { return r.accept(carrying, l) })
	}
	err := group.Wait()
	r.drain(drain, cancel)
	if ctx.Err() != nil {
		return nil // it was asked to stop
	}
	return fmt.Errorf("accept clients: %w", err)
}

func (r *Router) accept(ctx context.Context, l net.Listener) error {
	for {
		nc, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil {
			// Out of descriptors, most likely: let some connections end.
			r.log.Warn("a client could not be accepted", "error", err)
			select {
			case <-ctx.Done():
				return err
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		if !r.admit(ctx, nc) {
			r.log.Warn("a client was turned away", "client", nc.RemoteAddr(), "open", maxConnections)
			_ = nc.Close()
		}
	}
}

func (r *Router) admit(ctx context.Context, nc net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.draining || len(r.conns) >= maxConnections {
		return false
	}
	c := &conn{Conn: nc, number: r.numbers.Add(1)}
	r.conns[c] = struct{}{}
	r.serving.Go(func() {
		defer r.leave(c)
		err := r.serve(ctx, c)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
			r.log.Info("a connection ended", "client", nc.RemoteAddr(), "error", err)
		}
	})
	return true
}

func (r *Router) leave(c *conn) {
	_ = c.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
}

// drain closes idle connections at once and the others when their command has
// ended, at the latest after limit.
func (r *Router) drain(limit time.Duration, cancel func()) {
	r.mu.Lock()
	r.draining = true
	for c := range r.conns {
		c.retire()
	}
	r.mu.Unlock()
	timer := time.AfterFunc(limit, func() {
		cancel()
		r.mu.Lock()
		defer r.mu.Unlock()
		for c := range r.conns {
			_ = c.Close()
		}
	})
	defer timer.Stop()
	r.serving.Wait()
}
