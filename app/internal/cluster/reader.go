package cluster

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/singleflight"
)

const (
	askTimeout = 600 * time.Millisecond // of each part, all being asked at once
	freshFor   = time.Second            // an answer serves everyone this long
)

// Part is something else that runs: a name, and where it listens.
type Part struct{ Kind, Name, Host string }

// Reader asks the parts. It keeps one connection to each.
type Reader struct {
	mongos    *mongo.Client
	options   *options.ClientOptions
	database  string
	parts     []Part
	redis     func(context.Context) bool
	init      func() (done, known bool)
	flight    singleflight.Group
	mu        sync.Mutex
	last      *Topology
	sets      []Set // as mongos last told, for when it does not answer
	membersMu sync.Mutex
	members   map[string]*mongo.Client
}

// Config is what a Reader needs to know.
type Config struct {
	MongoURI, Database string
	Trust              *tls.Config // how servers are known if MongoURI has tls=true
	MongosHost         string      // as shown
	RedisHost          string      // as shown
	GatewayName        string
	Parts              []Part // what only shows whether it listens
	Redis              func(context.Context) bool
	InitDone           func() (done, known bool)
}

// Open prepares a reader; it does not wait for the servers.
func Open(cfg Config) (*Reader, error) {
	opts := options.Client().ApplyURI(cfg.MongoURI).SetAppName("gateway topology").
		SetServerSelectionTimeout(askTimeout).SetConnectTimeout(askTimeout).SetTimeout(askTimeout).
		SetServerMonitoringMode("poll").SetMaxPoolSize(4)
	if opts.TLSConfig != nil && cfg.Trust != nil {
		opts.SetTLSConfig(cfg.Trust)
	}
	mongos, err := mongo.Connect(opts)
	if err != nil {
		return nil, fmt.Errorf("open MongoDB: %w", err)
	}
	parts := append([]Part{
		{"gateway", cfg.GatewayName, ""}, {"mongos", name(cfg.MongosHost), cfg.MongosHost}, {"redis", name(cfg.RedisHost), cfg.RedisHost}, {"init", "init", ""},
	}, cfg.Parts...)
	return &Reader{
		mongos: mongos, options: opts, database: cfg.Database, parts: parts, redis: cfg.Redis, init: cfg.InitDone,
		members: map[string]*mongo.Client{},
	}, nil
}

// Close ends all connections.
func (r *Reader) Close(ctx context.Context) error {
	r.membersMu.Lock()
	defer r.membersMu.Unlock()
	err := r.mongos.Disconnect(ctx)
	for _, client := range r.members {
		err = errors.Join(err, client.Disconnect(ctx))
	}
	return err
}

// Read answers how the system is now, or was less than a second ago.
func (r *Reader) Read(ctx context.Context) (Topology, error) {
	if t, ok := r.fresh(); ok {
		return t, nil
	}
	done := r.flight.DoChan("", func() (any, error) {
		if t, ok := r.fresh(); ok {
			return t, nil
		}
		t := r.read(context.WithoutCancel(ctx))
		r.mu.Lock()
		defer r.mu.Unlock()
		r.last = &t
		return t, nil
	})
	select {
	case result := <-done:
		return result.Val.(Topology), nil
	case <-ctx.Done():
		return Topology{}, ctx.Err()
	}
}

func (r *Reader) fresh() (Topology, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil || time.Since(r.last.At) > freshFor {
		return Topology{}, false
	}
	return *r.last, true
}

// read asks everyone at once: mongos for the sets and what they hold, and the
// members that it named last time; those that are new follow.
func (r *Reader) read(ctx context.Context) Topology {
	start := time.Now()
	t := Topology{Problems: []string{}}
	var asked sync.WaitGroup
	var told catalogue
	states := newStates()
	containers := make([]Container, len(r.parts))
	asked.Go(func() { told = r.askMongos(ctx) })
	known := r.known()
	asked.Go(func() { r.askMembers(ctx, known, states) })
	for i, part := range r.parts {
		asked.Go(func() { containers[i] = r.askPart(ctx, part) })
	}
	asked.Wait()

	t.Problems = append(t.Problems, told.problems...)
	t.Sets = known
	if told.answered {
		t.Sets = told.sets
		r.askMembers(ctx, told.sets, states) // only those not asked yet
		r.remember(slices.Clone(told.sets))
	}
	for i := range containers {
		if containers[i].Kind == "mongos" {
			containers[i].Healthy = &told.answered
		}
	}
	t.Containers = append(containers, memberContainers(t.Sets, states)...)
	t.At, t.TookMs = time.Now(), float64(time.Since(start).Microseconds())/1000
	return t
}

func (r *Reader) known() []Set {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Set{}, r.sets...) // not nil: a list with nothing in it
}

func (r *Reader) remember(sets []Set) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sets = sets
}

// askPart tells whether a part other than a member answers.
func (r *Reader) askPart(ctx context.Context, part Part) Container {
	c := Container{Name: part.Name, Kind: part.Kind, Node: nodes[part.Kind]}
	if part.Host != "" {
		c.Host = &part.Host
	}
	switch part.Kind {
	case "gateway":
		c.Healthy = new(true)
	case "redis":
		c.Healthy = new(r.redis(ctx))
	case "init":
		if done, known := r.init(); known {
			c.State = new(map[bool]string{true: "DONE", false: "WAITING"}[done])
		}
	case "mongos": // told by what it is asked anyway
	default:
		c.Healthy = new(listens(ctx, part.Host))
	}
	return c
}

// nodes are the three of the system's picture.
var nodes = map[string]string{
	"config": "A", "shard": "A", "mongos": "A", "redis": "B", "redis-ui": "B", "gateway": "C", "frontend": "C", "init": "C",
}

// listens says nothing of what a part speaks there. Its certificate would not tell more:
// the page may have one for its public names, by an authority of the user's.
func listens(ctx context.Context, host string) bool {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// name is a host without its port.
func name(host string) string {
	if bare, _, err := net.SplitHostPort(host); err == nil {
		return bare
	}
	return host
}
