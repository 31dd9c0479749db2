// Package cluster knows the sharded cluster: its config servers, its shards,
// who is primary where, and what the config servers' catalogue says. It sends
// commands there and repeats those that are safe to repeat.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"speedscale/infra/router/auth"
	"speedscale/infra/router/replset"
	"speedscale/infra/router/secure"
)

// refreshEvery bounds how long a shard added behind the router's back stays
// unknown to it.
const refreshEvery = 5 * time.Second

// Cluster is safe for concurrent use.
type Cluster struct {
	Config     *replset.Set
	TLS        *secure.TLS      // nil: there is none
	Membership *auth.Membership // nil: there are no logins
	log        *slog.Logger
	changes    changes
	reads      attempts // repeatable commands under way
	limits     limits   // of requests under way that set none
	catalog    catalog
	next       atomic.Uint32 // rotates the shard that routes
	ready      atomic.Bool
	nudge      chan struct{}
	done       chan struct{}
	stop       context.CancelFunc

	refresh sync.Mutex
	mu      sync.RWMutex
	shards  []shard // ordered by id
}

type shard struct {
	id, host string
	set      *replset.Set
}

// Open starts to watch the cluster whose config servers form the set `name` at
// hosts ("host:port"). It returns at once and keeps trying.
func Open(name string, hosts []string, t *secure.TLS, member *auth.Membership, log *slog.Logger) (*Cluster, error) {
	c := &Cluster{TLS: t, Membership: member, log: log, nudge: make(chan struct{}, 1), done: make(chan struct{})}
	opened := make(chan struct{})
	config, err := replset.Open(name, hosts, t, member, func(primary bool) {
		<-opened // it may happen before Open returns
		if c.Ready() == nil && len(c.known()) == 0 {
			c.Nudge()
		}
		c.changed(primary)
	})
	if err != nil {
		return nil, err
	}
	c.Config = config
	close(opened)
	ctx, cancel := context.WithCancel(context.Background())
	c.stop = cancel
	go c.keepFresh(ctx)
	return c, nil
}

// Close ends all watching and all connections.
func (c *Cluster) Close(ctx context.Context) error {
	c.stop()
	<-c.done
	errs := []error{c.Config.Close(ctx)}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.shards {
		errs = append(errs, s.set.Close(ctx))
	}
	c.shards = nil
	return errors.Join(errs...)
}

// Ready is nil from the first moment a primary of the config servers was seen.
func (c *Cluster) Ready() error {
	if c.ready.Load() {
		return nil
	}
	if _, err := c.Config.Primary(); err != nil {
		return fmt.Errorf("the config servers are not ready: %w", err)
	}
	c.ready.Store(true)
	return nil
}

func (c *Cluster) changed(primary bool) {
	if primary {
		c.reads.interrupt()
		c.limits.count()
	}
	c.changes.notify()
}

// Nudge asks for the list of shards to be read anew, without waiting.
func (c *Cluster) Nudge() {
	select {
	case c.nudge <- struct{}{}:
	default: // one is pending
	}
}

func (c *Cluster) keepFresh(ctx context.Context) {
	defer close(c.done)
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	said := ""
	for {
		attempt, cancel := context.WithTimeout(ctx, refreshEvery)
		err := c.Refresh(attempt)
		cancel()
		if text := fmt.Sprint(err); text != said && ctx.Err() == nil {
			said = text
			if err != nil {
				c.log.Warn("the list of shards cannot be read; trying again", "error", err)
			} else {
				c.log.Info("the list of shards is read", "shards", c.known())
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-c.nudge:
		}
	}
}

// Refresh reads config.shards and opens and closes sets accordingly.
func (c *Cluster) Refresh(ctx context.Context) error {
	c.refresh.Lock() // an older list must not overtake a newer one
	defer c.refresh.Unlock()
	listed, err := c.Shards(ctx)
	if err != nil {
		return err
	}
	left, err := c.adopt(listed)
	c.changes.notify()
	errs := []error{err}
	for _, old := range left {
		c.log.Info("shard left", "shard", old.id)
		errs = append(errs, old.set.Close(ctx))
	}
	return errors.Join(errs...)
}

func (c *Cluster) adopt(listed []Shard) (left []shard, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var now []shard
	var errs []error
	for _, doc := range listed {
		s, err := c.keepOrOpen(doc)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		now = append(now, s)
	}
	for _, old := range c.shards {
		if !slices.ContainsFunc(now, func(s shard) bool { return s.set == old.set }) {
			left = append(left, old)
		}
	}
	c.shards = now
	return left, errors.Join(errs...)
}

func (c *Cluster) keepOrOpen(doc Shard) (shard, error) {
	name, hosts, ok := strings.Cut(doc.Host, "/")
	if !ok {
		return shard{}, fmt.Errorf("shard %s: host %q is not <set>/<members>", doc.ID, doc.Host)
	}
	for _, old := range c.shards {
		// The driver follows changes of the members by itself.
		if old.id == doc.ID && old.set.Name == name {
			old.host = doc.Host
			return old, nil
		}
	}
	c.log.Info("shard joined", "shard", doc.ID, "host", doc.Host)
	set, err := replset.Open(name, strings.Split(hosts, ","), c.TLS, c.Membership, c.changed)
	return shard{id: doc.ID, host: doc.Host, set: set}, err
}

func (c *Cluster) known() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	ids := make([]string, len(c.shards))
	for i, s := range c.shards {
		ids[i] = s.id
	}
	return ids
}
