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

	"speedscale/infra/router/cluster"
	"speedscale/infra/router/secure"
	"speedscale/infra/router/wire"
)

// Limits keep one client from taking what all need.
type Limits struct {
	Connections int
	// Own are connections beyond those, for whoever asks from within: the
	// container's health check must not fail because others are many.
	Own int
	// A message that has begun must arrive within this time, and a reply must
	// be taken within it; so must TLS be agreed.
	Transfer time.Duration
	// All large requests that arrive or are carried out may hold this many bytes,
	// and one of them a whole message more; what is not a sequence of documents is
	// held twice when it is forwarded.
	Requests int64
	// All large replies may hold this many bytes until their clients have taken
	// them, and one of them a whole reply more.
	Replies int64
	// Drain is how long commands under way have when the router stops; less
	// than the 10 s that Docker grants by default.
	Drain time.Duration
}

// DefaultLimits suit a container of 384 MB.
var DefaultLimits = Limits{Connections: 2000, Own: 8, Transfer: time.Minute, Requests: wire.MaxMessageSize, Replies: 3 * wire.MaxDocumentSize, Drain: 8 * time.Second}

const (
	smallMessage = 64 * 1024 // bytes; such requests are not counted
	largeMessage = 8 << 20   // bytes; after such requests memory goes back at once
)

// Router serves clients.
type Router struct {
	version  string
	limits   Limits
	cluster  *cluster.Cluster
	log      *slog.Logger
	started  time.Time
	cursors  cursors
	table    map[string]command
	incoming *budget
	outgoing *budget
	numbers  atomic.Int32
	stats    stats
	defaults defaults
	tls      *secure.TLS // nil without
	logins   *logins     // nil without a keyfile

	mu       sync.Mutex
	conns    map[*conn]struct{}
	draining bool
	serving  sync.WaitGroup
}

// New is a router for the cluster that calls itself a mongos of version.
func New(c *cluster.Cluster, version string, limits Limits, log *slog.Logger) *Router {
	r := &Router{
		version: version, limits: limits, cluster: c, tls: c.TLS, log: log, started: time.Now(),
		incoming: newBudget(limits.Requests), outgoing: newBudget(limits.Replies), conns: map[*conn]struct{}{},
	}
	if c.Membership != nil {
		r.logins = &logins{optional: c.Membership.Optional, users: users{read: r.readUser}}
	}
	r.table = commands(r)
	return r
}

// Serve accepts clients on listeners until ctx ends, then lets commands under
// way end, and closes all connections.
func (r *Router) Serve(ctx context.Context, listeners []net.Listener) error {
	carrying, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	group, accepting := errgroup.WithContext(ctx)
	for _, l := range listeners {
		stop := context.AfterFunc(accepting, func() { _ = l.Close() })
		defer stop()
		group.Go(func() error { return r.accept(carrying, l) })
	}
	err := group.Wait()
	r.drain(cancel)
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
			r.log.Warn("a client was turned away", "client", nc.RemoteAddr(), "open", r.limits.Connections)
			_ = nc.Close()
		}
	}
}

func (r *Router) admit(ctx context.Context, nc net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	limit := r.limits.Connections
	if peer, ok := nc.RemoteAddr().(*net.TCPAddr); ok && peer.IP.IsLoopback() {
		limit += r.limits.Own
	}
	if r.draining || len(r.conns) >= limit {
		return false
	}
	c := newConn(nc, r.numbers.Add(1))
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
	c.login.end()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
}

// drain closes idle connections at once and the others when their command has
// ended, at the latest after the limit.
func (r *Router) drain(cancel func()) {
	r.mu.Lock()
	r.draining = true
	for c := range r.conns {
		c.retire()
	}
	r.mu.Unlock()
	timer := time.AfterFunc(r.limits.Drain, func() {
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
