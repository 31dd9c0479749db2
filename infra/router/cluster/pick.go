package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/replset"
	"speedscale/infra/router/wire"
)

// ErrNoShards says that no shard has been added yet.
var ErrNoShards = errors.New("no shards found")

// errUnknownShard says that a shard is not on the list that was read last.
var errUnknownShard = errors.New("not known")

// Node is a member that carries out commands; see replset.Node.
type Node interface {
	Run(ctx context.Context, body bsoncore.Document, sequences []wire.Sequence) (bsoncore.Document, error)
	Address() string // "host:port"
	SetName() string
}

// Target picks the member that a command goes to, as things stand now.
type Target func() (Node, error)

// ConfigPrimary is the primary of the config servers.
func (c *Cluster) ConfigPrimary() (Node, error) { return node(c.Config.Primary()) }

// AnyShard is the primary of some shard, another one each time: each carries
// MongoDB's router code, so any of them can route.
func (c *Cluster) AnyShard() (Node, error) {
	return c.some((*replset.Set).Primary)
}

// AnyMember is AnyShard, or a secondary when no shard has a primary; it can
// route what need not be read from primaries.
func (c *Cluster) AnyMember() (Node, error) {
	n, err := c.AnyShard()
	if err != nil {
		if second, err := c.some((*replset.Set).Secondary); err == nil {
			return second, nil
		}
	}
	return n, err
}

func (c *Cluster) some(member func(*replset.Set) (*replset.Node, error)) (Node, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if len(c.shards) == 0 {
		return nil, ErrNoShards
	}
	first := c.next.Add(1)
	var errs []error
	for i := range uint32(len(c.shards)) {
		n, err := member(c.shards[(first+i)%uint32(len(c.shards))].set)
		if err == nil {
			return n, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// Settled says whether every shard has a primary.
func (c *Cluster) Settled() bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, s := range c.shards {
		if _, err := s.set.Primary(); err != nil {
			return false
		}
	}
	return true
}

// ShardPrimary is the primary of the shard `id`.
func (c *Cluster) ShardPrimary(id string) Target {
	return c.primaryOf(id, func(n *replset.Node) *replset.Node { return n })
}

// Owner is the primary of the shard `id`, for commands that carry the versions of
// what they are about.
func (c *Cluster) Owner(id string) Target { return c.primaryOf(id, (*replset.Node).AsRouter) }

func (c *Cluster) primaryOf(id string, as func(*replset.Node) *replset.Node) Target {
	return func() (Node, error) {
		set, err := c.set(id)
		if err != nil {
			return nil, err
		}
		n, err := set.Primary()
		if err != nil {
			return nil, err
		}
		return as(n), nil
	}
}

// ConnectionString is the shard's "<set>/<members>"; its id if it is not known.
func (c *Cluster) ConnectionString(id string) string {
	set, err := c.set(id)
	if err != nil {
		return id
	}
	return set.ConnectionString()
}

// Member is the member at addr of the set `name`; cursors live on one.
func (c *Cluster) Member(name, addr string) Target {
	return func() (Node, error) {
		if name == c.Config.Name {
			return node(c.Config.Member(addr))
		}
		c.mu.RLock()
		defer c.mu.RUnlock()
		for _, s := range c.shards {
			if s.set.Name == name {
				return node(s.set.Member(addr))
			}
		}
		return nil, fmt.Errorf("the set %s is no shard any more", name)
	}
}

// node keeps a nil *replset.Node from becoming a Node that is not nil.
func node(n *replset.Node, err error) (Node, error) {
	if err != nil {
		return nil, err
	}
	return n, nil
}

func (c *Cluster) set(id string) (*replset.Set, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, s := range c.shards {
		if s.id == id {
			return s.set, nil
		}
	}
	return nil, fmt.Errorf("shard %s: %w", id, errUnknownShard)
}

// changes tells any number of waiters that something changed.
type changes struct {
	mu sync.Mutex
	ch chan struct{}
}

// next is closed at the next change.
func (c *changes) next() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ch == nil {
		c.ch = make(chan struct{})
	}
	return c.ch
}

func (c *changes) notify() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ch != nil {
		close(c.ch)
		c.ch = nil
	}
}
