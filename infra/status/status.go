// Package status reads a live stack: containers, replica sets, shards, cache
// and gateway, all at the same time, each within a deadline of its own. What
// does not answer is reported as such and hides nothing else.
package status

import (
	"context"
	"sync"
	"time"

	"speedscale/infra/mongoadmin"
	"speedscale/infra/topology"
)

// patience is how long one part of the stack may take to answer.
const patience = 1500 * time.Millisecond

// Report is a stack as it was at one moment. A part that could not be read has
// an Error and is otherwise empty.
type Report struct {
	Stack      string      `json:"stack"`
	Containers []Container `json:"containers"`
	Sets       []Set       `json:"replicaSets"`
	Shards     Shards      `json:"shards"`
	Redis      Redis       `json:"redis"`
	Gateway    Gateway     `json:"gateway"`
}

// Container is one container of the plan.
type Container struct {
	Name   string `json:"name"`
	State  string `json:"state"`            // Docker's word: "running", "exited"; "missing" if there is none
	Health string `json:"health,omitempty"` // "healthy", "starting", "unhealthy"
	Exit   int    `json:"exitCode"`         // of a container that has ended
	Memory uint64 `json:"memoryBytes"`      // resident, without the page cache
	Limit  uint64 `json:"limitBytes"`
	OK     bool   `json:"ok"` // it is in the state that the plan wants
	Error  string `json:"error,omitempty"`
}

// Set is a replica set, as the first member that answers sees it.
type Set struct {
	Name    string   `json:"name"`
	Members []Member `json:"members"`
	Error   string   `json:"error,omitempty"`
}

// Primary is the host of the set's primary, or "".
func (s Set) Primary() string {
	for _, m := range s.Members {
		if m.State == "PRIMARY" {
			return m.Host
		}
	}
	return ""
}

// Member is a member of a Set.
type Member struct {
	Host    string   `json:"host"`
	State   string   `json:"state"`                // MongoDB's word
	Lag     *float64 `json:"lagSeconds,omitempty"` // none of one that is down, or has not applied anything yet
	Version string   `json:"version,omitempty"`    // of its mongod, if that answers
}

// Shards is what the router says of the data.
type Shards struct {
	Router     string  `json:"routerVersion,omitempty"`
	Collection string  `json:"collection"`
	Shards     []Shard `json:"shards"`
	Error      string  `json:"error,omitempty"`
}

// Shard is one shard's part of the collection.
type Shard struct {
	Name      string `json:"name"`
	Hosts     int    `json:"hosts"`
	Chunks    int    `json:"chunks"`
	Documents int64  `json:"documents"` // that it owns
}

// Redis is the cache, by its own INFO.
type Redis struct {
	Version string  `json:"version"`
	Keys    int64   `json:"keys"`
	Memory  int64   `json:"memoryBytes"`
	HitRate float64 `json:"hitRate"` // 0-1, of all look-ups since it started
	Error   string  `json:"error,omitempty"`
}

// Gateway is the gateway's own health.
type Gateway struct {
	Status string `json:"status"` // "healthy" or "degraded"
	Error  string `json:"error,omitempty"`
}

// Sources are what a report is read from.
type Sources struct {
	Docker Docker
	Admin  mongoadmin.Admin
}

// Read asks everything at once and returns when all have answered or run out of
// patience.
func Read(ctx context.Context, from Sources, plan topology.Plan, stack string) Report {
	report := Report{Stack: stack}
	var parts sync.WaitGroup
	read := func(part func(context.Context)) {
		parts.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			part(ctx)
		})
	}
	report.Containers = make([]Container, len(plan.Containers()))
	for i, c := range plan.Containers() {
		read(func(ctx context.Context) { report.Containers[i] = readContainer(ctx, from.Docker, plan.Network, c) })
	}
	report.Sets = make([]Set, len(plan.Sets()))
	for i, set := range plan.Sets() {
		read(func(ctx context.Context) { report.Sets[i] = readSet(ctx, from.Admin, set) })
	}
	read(func(ctx context.Context) { report.Shards = readShards(ctx, from.Admin, plan) })
	read(func(ctx context.Context) {
		report.Redis = readRedis(ctx, from.Docker, plan.Redis.Name, address(plan, plan.Redis))
	})
	read(func(ctx context.Context) {
		report.Gateway = readGateway(ctx, from.Docker, plan.Gateway.Name, address(plan, plan.Gateway))
	})
	parts.Wait()
	return report
}

// Healthy says whether the whole stack is as the plan wants it.
func (r Report) Healthy() bool {
	for _, c := range r.Containers {
		if !c.OK {
			return false
		}
	}
	for _, s := range r.Sets {
		if s.Error != "" || s.Primary() == "" {
			return false
		}
		for _, m := range s.Members {
			if m.State != "PRIMARY" && m.State != "SECONDARY" {
				return false
			}
		}
	}
	return r.Shards.Error == "" && r.Redis.Error == "" && r.Gateway.Error == "" && r.Gateway.Status == "healthy"
}

// Memory is what all containers use together, in bytes.
func (r Report) Memory() (sum uint64) {
	for _, c := range r.Containers {
		sum += c.Memory
	}
	return sum
}
