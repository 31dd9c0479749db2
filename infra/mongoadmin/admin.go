// Package mongoadmin is what is done to MongoDB to make a sharded cluster of
// bare mongods and to keep it as declared: replica sets, shards, sharded
// collections. Verbs stand behind one interface, [Admin], which a real cluster
// and the fake of package fake implement alike; the arithmetic of member
// changes is apart, in [PlanReconfig].
//
// Every method makes one attempt and ends with its context. [IsTransient]
// tells whether asking again later can help.
package mongoadmin

import (
	"context"
	"io"
	"strings"
	"time"
)

// Endpoint is a mongod or a router: the name and port by which the cluster
// knows it, and the Docker container through which it is reached.
type Endpoint struct {
	Host      string // "shard1-node1:27017"
	Container string // "cluster-shard1-node1"; unused when dialled over TCP
}

// Admin talks to the mongods and the router of one cluster. It is safe for
// concurrent use. Close ends all its connections.
type Admin interface {
	NodeAdmin
	SetAdmin
	ShardAdmin
	CollectionAdmin
	ZoneAdmin
	UserAdmin
	io.Closer
}

// NodeAdmin asks a single mongod or router.
type NodeAdmin interface {
	// Hello is what the process says of itself.
	Hello(ctx context.Context, node Endpoint) (Hello, error)
	// Version is the server's version, "6.0.27".
	Version(ctx context.Context, node Endpoint) (string, error)
	// RotateCertificates has the process use its certificate and its authorities as
	// their files are now. Connections that stand live on.
	RotateCertificates(ctx context.Context, node Endpoint) error
}

// Hello is a mongod's or router's answer to hello.
type Hello struct {
	Set      string // replica set it is a member of; "" before it has a set configuration
	Primary  string // host of the primary it knows; "" if it knows none
	Writable bool   // it is the primary, or a router
	Router   bool
}

// SetAdmin makes and changes replica sets.
type SetAdmin interface {
	// SetStatus is the set as this member sees it. ErrNotInitiated before it
	// has a set configuration.
	SetStatus(ctx context.Context, member Endpoint) (SetStatus, error)
	// SetConfig is the set's configuration as this member has it.
	// ErrNotInitiated before it has one.
	SetConfig(ctx context.Context, member Endpoint) (SetConfig, error)
	// Initiate makes a set of members that have no configuration yet.
	Initiate(ctx context.Context, member Endpoint, config SetConfig) error
	// StepUp has the member stand for election now, rather than after the
	// election timeout.
	StepUp(ctx context.Context, member Endpoint) error
	// StepDown has the primary hand over to a caught-up secondary, and keeps it
	// from standing again for a while.
	StepDown(ctx context.Context, primary Endpoint) error
	// DropConnections has the member connect anew to host, the next time that it
	// needs to.
	DropConnections(ctx context.Context, member Endpoint, host string) error
	// Reconfigure gives the set the members and settings of config, which must
	// have been made from the configuration of the same Version; what this
	// package does not know of stays. ErrConfigChanged if somebody was faster.
	Reconfigure(ctx context.Context, primary Endpoint, config SetConfig) error
}

// SetConfig is a replica set's configuration, as far as it is managed.
type SetConfig struct {
	Name         string
	ID           string // the replicaSetId, unique to the set; "" before it is initiated
	Version      int
	ConfigServer bool
	Members      []Member
	Settings     Settings
}

// Member is a member of a replica set.
type Member struct {
	ID       int
	Host     string
	Priority float64 // 0: never primary
	Votes    int     // 0 or 1
	Hidden   bool    // not shown to clients; needs priority 0
}

// Settings are the set's, in milliseconds; zero stands for the server's default.
type Settings struct {
	ElectionTimeoutMillis   int
	HeartbeatIntervalMillis int
	CatchUpTimeoutMillis    int // of a new primary, before it takes writes; -1: no limit
}

// MongoDB's defaults for Settings.
const (
	DefaultElectionTimeoutMillis   = 10_000
	DefaultHeartbeatIntervalMillis = 2_000
	DefaultCatchUpTimeoutMillis    = -1
)

// Canonical has zero wherever the value is the server's default.
func (s Settings) Canonical() Settings {
	if s.ElectionTimeoutMillis == DefaultElectionTimeoutMillis {
		s.ElectionTimeoutMillis = 0
	}
	if s.HeartbeatIntervalMillis == DefaultHeartbeatIntervalMillis {
		s.HeartbeatIntervalMillis = 0
	}
	if s.CatchUpTimeoutMillis == DefaultCatchUpTimeoutMillis {
		s.CatchUpTimeoutMillis = 0
	}
	return s
}

// Explicit has the server's default wherever the value is zero.
func (s Settings) Explicit() Settings {
	if s.ElectionTimeoutMillis == 0 {
		s.ElectionTimeoutMillis = DefaultElectionTimeoutMillis
	}
	if s.HeartbeatIntervalMillis == 0 {
		s.HeartbeatIntervalMillis = DefaultHeartbeatIntervalMillis
	}
	if s.CatchUpTimeoutMillis == 0 {
		s.CatchUpTimeoutMillis = DefaultCatchUpTimeoutMillis
	}
	return s
}

// SetStatus is a replica set as one of its members sees it.
type SetStatus struct {
	Set     string
	Members []MemberStatus
}

// MemberStatus is one member of a SetStatus.
type MemberStatus struct {
	Host    string
	State   State
	Self    bool          // it is the member that was asked
	Applied bool          // it has an operation of the set
	Lag     time.Duration // behind the primary's last operation, or the newest known if there is no primary; 0 unless Applied
	Message string        // last heartbeat's complaint, or what the member is busy with
}

// Mistaken tells whether the member was taken for one of another set: the
// address that it had is another's now, and the one that was asked still holds
// a connection there. Such a connection answers, so it never ends by itself.
func (m MemberStatus) Mistaken() bool {
	return strings.Contains(m.Message, "replica set IDs do not match")
}

// State is a member's state, with MongoDB's numbers.
type State int

// The states that matter here.
const (
	StateStartup    State = 0
	StatePrimary    State = 1
	StateSecondary  State = 2
	StateRecovering State = 3
	StateStartup2   State = 5
	StateUnknown    State = 6
	StateDown       State = 8
	StateRollback   State = 9
	StateRemoved    State = 10
)

// String is MongoDB's own word for the state.
func (s State) String() string {
	switch s {
	case StateStartup:
		return "STARTUP"
	case StatePrimary:
		return "PRIMARY"
	case StateSecondary:
		return "SECONDARY"
	case StateRecovering:
		return "RECOVERING"
	case StateStartup2:
		return "STARTUP2"
	case StateDown:
		return "DOWN"
	case StateRollback:
		return "ROLLBACK"
	case StateRemoved:
		return "REMOVED"
	default:
		return "UNKNOWN"
	}
}

// Ready says that the member serves: PRIMARY or SECONDARY.
func (s State) Ready() bool { return s == StatePrimary || s == StateSecondary }

// Primary is the host of the primary, "" if there is none.
func (s SetStatus) Primary() string {
	for _, m := range s.Members {
		if m.State == StatePrimary {
			return m.Host
		}
	}
	return ""
}

// Member is the status of the member of that host; false if there is none.
func (s SetStatus) Member(host string) (MemberStatus, bool) {
	for _, m := range s.Members {
		if m.Host == host {
			return m, true
		}
	}
	return MemberStatus{}, false
}

// Member is the configured member of that host; false if there is none.
func (c SetConfig) Member(host string) (Member, bool) {
	for _, m := range c.Members {
		if m.Host == host {
			return m, true
		}
	}
	return Member{}, false
}
