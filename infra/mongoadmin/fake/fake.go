// Package fake is a MongoDB cluster in memory for tests of what drives one: an
// Admin that keeps the rules that matter (one configuration after another, one
// voter a step, a primary that needs a majority, a shard that is drained
// before it goes) and passes the same contract suite as the real one.
//
// Nothing happens by itself and there is no clock: a set that was disturbed
// settles after its members were asked Patience times, so tests see every wait
// and never sleep.
package fake

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"speedscale/infra/mongoadmin"
	"speedscale/internal/mongods"
)

// Cluster implements mongoadmin.Admin.
type Cluster struct {
	// Patience is how often a disturbed set is asked before it has a primary
	// and its new members are caught up.
	Patience int
	// ChunksPerDrain is how many chunks leave a draining shard between two
	// calls of RemoveShard.
	ChunksPerDrain int

	mu          sync.Mutex
	nodes       map[string]*node
	versions    map[string]string // by host, of those that SetVersion was told of
	sets        map[string]*set   // by replicaSetId
	shards      []*shard
	collections map[mongoadmin.Namespace]*collection
	databases   map[string]string          // database → primary shard
	zones       map[string]map[string]bool // zone → shards
	remains     map[string]bool            // former shards that still have their databases
	users       map[string]mongoadmin.User
	mistaken    map[[2]string]bool // member and host: see Mistake
	balancerOff bool
	failures    map[string][]error
	journal     []string
	lastSetID   int
}

var _ mongoadmin.Admin = (*Cluster)(nil)

type node struct {
	down bool
	set  *set
}

type set struct {
	id      string
	config  mongoadmin.SetConfig
	primary string
	unrest  int             // questions left until it is settled
	syncing map[string]bool // members that are not caught up yet
	barred  map[string]bool // stepped down a moment ago
}

type shard struct {
	name     string
	hosts    []string
	draining bool
}

type collection struct {
	spec      mongoadmin.CollectionSpec
	chunks    []mongoadmin.Chunk
	indexes   []string // beside that of _id
	documents map[string]int64
	ranges    map[mongoadmin.Range]string // range → zone
}

// New is an empty cluster.
func New() *Cluster {
	return &Cluster{
		Patience: 2, ChunksPerDrain: 2,
		nodes: map[string]*node{}, versions: map[string]string{}, sets: map[string]*set{},
		collections: map[mongoadmin.Namespace]*collection{}, databases: map[string]string{}, zones: map[string]map[string]bool{}, remains: map[string]bool{}, users: map[string]mongoadmin.User{}, mistaken: map[[2]string]bool{}, failures: map[string][]error{},
	}
}

// Down takes the host away, or brings it back.
func (c *Cluster) Down(host string, down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.node(host)
	n.down = down
	if n.set != nil && n.set.primary == host {
		n.set.disturb(c.Patience)
	}
}

// Forget takes a member's data and configuration away, as a lost volume does.
// It is told of its set by another member that still knows it.
func (c *Cluster) Forget(host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.node(host).set
	c.node(host).set = nil
	for _, m := range s.config.Members {
		if c.node(m.Host).set == s {
			return
		}
	}
	delete(c.sets, s.id)
}

// Fail makes the next calls of the method ("AddShard") return the errors, one
// each; nil lets one pass. Without errors it takes back what was ordered.
func (c *Cluster) Fail(method string, errs ...error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(errs) == 0 {
		delete(c.failures, method)
	}
	c.failures[method] = append(c.failures[method], errs...)
}

// Insert puts documents into a sharded collection, evenly over its shards, or
// makes an unsharded database whose primary shard is the first.
func (c *Cluster) Insert(name mongoadmin.Namespace, documents int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	coll, ok := c.collections[name]
	if !ok {
		c.database(name.Database)
		return
	}
	counts := coll.counts()
	for shard := range counts {
		coll.documents[shard] += documents / int64(len(counts))
	}
}

// Journal is every order that changed something, one a line, since the last
// call.
func (c *Cluster) Journal() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	journal := c.journal
	c.journal = nil
	return journal
}

func (c *Cluster) record(format string, args ...any) {
	c.journal = append(c.journal, fmt.Sprintf(format, args...))
}

// Close does nothing.
func (c *Cluster) Close() error { return nil }

// enter begins a method: the context must be alive, a failure that was ordered
// comes first, the endpoint must be up.
func (c *Cluster) enter(ctx context.Context, method string, at mongoadmin.Endpoint) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", at.Host, err)
	}
	if errs := c.failures[method]; len(errs) > 0 {
		c.failures[method] = errs[1:]
		if errs[0] != nil {
			return fmt.Errorf("%s: %w", at.Host, errs[0])
		}
	}
	if c.node(at.Host).down {
		return fmt.Errorf("%s: %w: connection refused", at.Host, mongoadmin.ErrUnreachable)
	}
	return nil
}

func (c *Cluster) node(host string) *node {
	if c.nodes[host] == nil {
		c.nodes[host] = &node{}
	}
	return c.nodes[host]
}

// Hello is described at NodeAdmin.
func (c *Cluster) Hello(ctx context.Context, at mongoadmin.Endpoint) (mongoadmin.Hello, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.enter(ctx, "Hello", at); err != nil {
		return mongoadmin.Hello{}, err
	}
	if isRouter(at) {
		return mongoadmin.Hello{Writable: true, Router: true}, nil
	}
	c.told(at.Host)
	s := c.node(at.Host).set
	if s == nil {
		return mongoadmin.Hello{}, nil
	}
	c.settle(s)
	return mongoadmin.Hello{Set: s.config.Name, Primary: s.primary, Writable: s.primary == at.Host}, nil
}

// Version is described at NodeAdmin.
func (c *Cluster) Version(ctx context.Context, at mongoadmin.Endpoint) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return cmp.Or(c.versions[at.Host], mongods.Default), c.enter(ctx, "Version", at)
}

// RotateCertificates is described at NodeAdmin.
func (c *Cluster) RotateCertificates(ctx context.Context, at mongoadmin.Endpoint) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.enter(ctx, "RotateCertificates", at)
	if err == nil {
		c.record("rotateCertificates %s", at.Host)
	}
	return err
}

// SetVersion has the host say that it runs another version than the rest.
func (c *Cluster) SetVersion(host, version string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.versions[host] = version
}

// isRouter goes by the name: the fake's routers are called mongos.
func isRouter(at mongoadmin.Endpoint) bool { return strings.HasPrefix(at.Host, "mongos") }

// settle brings a disturbed set one question closer to rest.
func (c *Cluster) settle(s *set) {
	if s.primary != "" && (!c.up(s.primary, s) || !c.majority(s, s.config)) {
		s.disturb(c.Patience)
	}
	if s.unrest--; s.unrest > 0 {
		return
	}
	for host := range s.syncing {
		if c.up(host, s) {
			delete(s.syncing, host)
		}
	}
	if s.primary != "" || !c.majority(s, s.config) {
		return
	}
	candidates := slices.Clone(s.config.Members)
	slices.SortStableFunc(candidates, func(a, b mongoadmin.Member) int { return int(b.Priority - a.Priority) })
	for _, m := range candidates {
		if s.config.Electable(m.Host) && c.up(m.Host, s) && !s.syncing[m.Host] && !s.barred[m.Host] {
			s.primary, s.barred = m.Host, nil
			return
		}
	}
	s.barred = nil
}

func (s *set) disturb(patience int) {
	s.primary, s.unrest = "", patience
}

// told lets a mongod without a configuration hear from the set that lists it.
func (c *Cluster) told(host string) {
	if c.node(host).set != nil {
		return
	}
	for _, s := range c.sets {
		if _, listed := s.config.Member(host); listed {
			c.up(host, s)
			return
		}
	}
}

// up says that the host answers and is a member of the set, or joins it now: a
// mongod without a configuration takes that of the set which lists it.
func (c *Cluster) up(host string, s *set) bool {
	n := c.node(host)
	if n.set == nil && !n.down {
		n.set = s
		s.syncing[host] = true
		s.unrest = max(s.unrest, c.Patience)
	}
	return !n.down && n.set == s
}

func (c *Cluster) majority(s *set, config mongoadmin.SetConfig) bool {
	voters, live := 0, 0
	for _, m := range config.Members {
		voters += m.Votes
		if m.Votes == 1 && c.up(m.Host, s) {
			live++
		}
	}
	return live > voters/2
}
