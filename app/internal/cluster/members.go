package cluster

import (
	"context"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// hello is what a member says of itself to anyone, without a password.
type hello struct {
	SetName   string `bson:"setName"`
	Primary   bool   `bson:"isWritablePrimary"`
	Secondary bool   `bson:"secondary"`
	Arbiter   bool   `bson:"arbiterOnly"`
	LastWrite struct {
		Date time.Time `bson:"lastWriteDate"`
	} `bson:"lastWrite"`
}

func (h hello) state() string {
	switch {
	case h.Primary:
		return "PRIMARY"
	case h.Secondary:
		return "SECONDARY"
	case h.Arbiter:
		return "ARBITER"
	}
	return "OTHER"
}

// states are the members' words by host; nil for one that did not answer.
type states struct {
	mu sync.Mutex
	by map[string]*hello
}

func newStates() *states { return &states{by: map[string]*hello{}} }

func (s *states) get(host string) (*hello, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, asked := s.by[host]
	return h, asked
}

// set notes what host said. A second look that came to nothing, because a dead
// member used up the time, leaves what the first one saw.
func (s *states) set(host string, h *hello) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h != nil || s.by[host] == nil {
		s.by[host] = h
	}
}

// askMembers asks those members that states does not have yet.
func (r *Reader) askMembers(ctx context.Context, sets []Set, states *states) {
	var asked sync.WaitGroup
	for _, set := range sets {
		asked.Go(func() { r.askSet(ctx, set, states) })
	}
	asked.Wait()
}

func (r *Reader) askSet(ctx context.Context, set Set, states *states) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	ask := func(hosts []string) {
		var asked sync.WaitGroup
		for _, host := range hosts {
			asked.Go(func() { states.set(host, r.hello(ctx, host)) })
		}
		asked.Wait()
	}
	var unasked []string
	for _, host := range set.members {
		if _, done := states.get(host); !done {
			unasked = append(unasked, host)
		}
	}
	ask(unasked)
	// All were asked at once, so a write that came just then looks like lag: a
	// second look tells.
	var behind []string
	for _, host := range unasked {
		if h, _ := states.get(host); h != nil && h.Secondary && lag(set, host, states) > 0 {
			behind = append(behind, host)
		}
	}
	ask(behind)
}

// hello is nil if the member does not answer.
func (r *Reader) hello(ctx context.Context, host string) *hello {
	client, err := r.member(host)
	if err != nil {
		return nil
	}
	var h hello
	if err := client.Database("admin").RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&h); err != nil {
		return nil
	}
	return &h
}

// member is the client of one host, which stays connected.
func (r *Reader) member(host string) (*mongo.Client, error) {
	r.membersMu.Lock()
	defer r.membersMu.Unlock()
	if client, ok := r.members[host]; ok {
		return client, nil
	}
	opts := options.MergeClientOptions(r.options).SetHosts([]string{host}).SetDirect(true)
	opts.Auth = nil // users of the cluster are none of its members'
	client, err := mongo.Connect(opts)
	if err == nil {
		r.members[host] = client
	}
	return client, err
}

// lag is how far host's last write is behind the primary's; 0 without a primary.
func lag(set Set, host string, states *states) time.Duration {
	own, _ := states.get(host)
	primary := primaryOf(set, states)
	if own == nil || primary == "" {
		return 0
	}
	leader, _ := states.get(primary)
	return max(0, leader.LastWrite.Date.Sub(own.LastWrite.Date))
}

func primaryOf(set Set, states *states) string {
	for _, host := range set.members {
		if h, _ := states.get(host); h != nil && h.Primary {
			return host
		}
	}
	return ""
}

// memberContainers tells of the sets' members, and each set of its primary.
func memberContainers(sets []Set, states *states) []Container {
	var containers []Container
	for i := range sets {
		set := &sets[i]
		if primary := primaryOf(*set, states); primary != "" {
			set.Primary = &primary
		} else {
			set.Primary = nil
		}
		for _, host := range set.members {
			c := Container{Name: name(host), Kind: set.Kind, Node: nodes[set.Kind], Host: &host, Set: &set.Name}
			h, _ := states.get(host)
			c.Healthy = new(h != nil)
			c.State = new("DOWN")
			if h != nil {
				c.State = new(h.state())
				if set.Primary != nil {
					c.LagSeconds = new(lag(*set, host, states).Seconds())
				}
			}
			containers = append(containers, c)
		}
	}
	return containers
}
