// Package replset watches replica sets and sends commands to their members.
// Discovery and monitoring are the Go driver's own.
package replset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/description"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"speedscale/infra/router/auth"
	"speedscale/infra/router/secure"
)

const (
	// A member that stays silent for connectTimeout + heartbeat counts as lost;
	// an election takes longer than that, so a shorter time would gain nothing.
	heartbeat      = time.Second
	connectTimeout = 2 * time.Second
	maxIdle        = 5 * time.Minute
	freshFor       = 50 * time.Millisecond // a connection idle for less is not looked at: the watch notices
	maxConnections = 200                   // a member; one that hangs must not use up those that others need
)

// What a set may be without at the moment.
var (
	ErrNoPrimary   = errors.New("no primary")
	ErrNoSecondary = errors.New("no secondary")
)

// Set is one replica set.
type Set struct {
	Name string
	topo *topology.Topology

	dialer dialer
	member *auth.Membership

	mu    sync.Mutex
	nodes map[string]*Node // by address
}

// Open starts to watch the set `name` from seeds ("host:port"). It returns at
// once; changed is called, from another goroutine, whenever a member's state
// changes, and told whether the set lost or replaced its primary. That the
// first one is found, or that the watch ends, is no such change. The watch needs
// no login; commands do, with a membership that is not nil. Both use TLS as t says.
func Open(name string, seeds []string, t *secure.TLS, member *auth.Membership, changed func(primary bool)) (*Set, error) {
	var seen primaries
	s := &Set{Name: name, dialer: dialer{t}, member: member, nodes: map[string]*Node{}}
	opts := options.Client().
		SetHosts(seeds).SetReplicaSet(name).SetAppName("mongos").
		SetHeartbeatInterval(heartbeat).SetConnectTimeout(connectTimeout).SetDialer(s.dialer).
		SetServerMonitor(&event.ServerMonitor{
			// The driver holds its lock during this call, so hand it over.
			TopologyDescriptionChanged: func(e *event.TopologyDescriptionChangedEvent) {
				primary := seen.moved(e.PreviousDescription, e.NewDescription)
				go func() {
					s.forgetLost(e.NewDescription)
					changed(primary)
				}()
			},
		})
	cfg, err := topology.NewConfig(opts, nil)
	if err != nil {
		return nil, fmt.Errorf("replica set %s: %w", name, err)
	}
	topo, err := topology.New(cfg)
	if err != nil {
		return nil, fmt.Errorf("replica set %s: %w", name, err)
	}
	s.topo = topo
	if err := topo.Connect(); err != nil {
		return nil, fmt.Errorf("replica set %s: %w", name, err)
	}
	return s, nil
}

// Close ends the watch and all connections, waiting for commands under way
// until ctx ends.
func (s *Set) Close(ctx context.Context) error {
	s.mu.Lock()
	nodes := s.nodes
	s.nodes = nil
	s.mu.Unlock()
	for _, n := range nodes {
		for _, p := range n.pools() {
			p.close(ctx)
		}
	}
	if err := s.topo.Disconnect(ctx); err != nil {
		return fmt.Errorf("replica set %s: disconnect: %w", s.Name, err)
	}
	return nil
}

// Primary is the primary known now; ErrNoPrimary otherwise, with what each
// member said last.
func (s *Set) Primary() (*Node, error) {
	return s.first(description.ServerKindRSPrimary, ErrNoPrimary)
}

// Secondary is some secondary known now; ErrNoSecondary otherwise.
func (s *Set) Secondary() (*Node, error) {
	return s.first(description.ServerKindRSSecondary, ErrNoSecondary)
}

func (s *Set) first(kind description.ServerKind, none error) (*Node, error) {
	desc := s.topo.Description()
	for _, member := range desc.Servers {
		if member.Kind == kind {
			return s.node(member)
		}
	}
	return nil, fmt.Errorf("%w of %s: %s", none, s.Name, describe(desc))
}

// Member is the member at addr ("host:port"), whatever its state.
func (s *Set) Member(addr string) (*Node, error) {
	for _, member := range s.topo.Description().Servers {
		if member.Addr.String() == addr {
			return s.node(member)
		}
	}
	return nil, fmt.Errorf("%s is no member of %s", addr, s.Name)
}

// node is always the same one for a member, for it holds its connections.
func (s *Set) node(member description.Server) (*Node, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	addr := member.Addr.String()
	if n := s.nodes[addr]; n != nil {
		return n, nil
	}
	if s.nodes == nil {
		return nil, fmt.Errorf("the watch of %s has ended", s.Name)
	}
	n := newNode(addr, s.Name, s.dialer, s.member, func() {
		if server, err := s.topo.FindServer(member); err == nil && server != nil {
			server.RequestImmediateCheck()
		}
	})
	s.nodes[addr] = n
	return n, nil
}

// forgetLost drops the idle connections to members that are lost, and all of
// those that are members no more.
func (s *Set) forgetLost(now event.TopologyDescription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for addr, n := range s.nodes {
		i := slices.IndexFunc(now.Servers, func(member event.ServerDescription) bool { return member.Addr.String() == addr })
		switch {
		case i < 0:
			delete(s.nodes, addr)
			for _, p := range n.pools() {
				p.retire()
			}
		case now.Servers[i].Kind == description.UnknownStr:
			for _, p := range n.pools() {
				p.clear()
			}
		}
	}
}

// ConnectionString is "<set>/<member>,<member>…" with the members known now.
func (s *Set) ConnectionString() string {
	var hosts []string
	for _, member := range s.topo.Description().Servers {
		hosts = append(hosts, member.Addr.String())
	}
	slices.Sort(hosts)
	return s.Name + "/" + strings.Join(hosts, ",")
}

// primaries follows the changes of a set's primary.
type primaries struct{ found bool }

// moved says whether, between two descriptions, a primary was lost or replaced.
// A description without members is that of a watch that ends.
func (p *primaries) moved(before, now event.TopologyDescription) bool {
	was, is := primaryOf(before), primaryOf(now)
	moved := p.found && was != is && len(now.Servers) > 0
	p.found = p.found || is != ""
	return moved
}

func primaryOf(desc event.TopologyDescription) string {
	for _, member := range desc.Servers {
		if member.Kind == description.ServerKindRSPrimary.String() {
			return member.Addr.String()
		}
	}
	return ""
}

func describe(desc description.Topology) string {
	var members []string
	for _, member := range desc.Servers {
		text := fmt.Sprintf("%s is %s", member.Addr, member.Kind)
		if member.LastError != nil {
			text += fmt.Sprintf(" (%v)", member.LastError)
		}
		members = append(members, text)
	}
	if len(members) == 0 {
		return "no member is known"
	}
	return strings.Join(members, ", ")
}
