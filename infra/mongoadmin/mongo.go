package mongoadmin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

const (
	connectTimeout = 5 * time.Second
	// selectTimeout bounds how long one attempt waits for a mongod that does
	// not answer. It is short because callers ask again and report the reason.
	selectTimeout = 4 * time.Second
	// askTimeout bounds questions; orderTimeout bounds orders that wait for
	// other members. Moving data has the caller's deadline only.
	askTimeout   = 5 * time.Second
	orderTimeout = 60 * time.Second
)

// Dial connects to an endpoint, at the address that the driver asks for.
type Dial func(ctx context.Context, to Endpoint, address string) (net.Conn, error)

// Through dials endpoints through the containers that own them; dial is that of a
// *dockerhost.Engine. The address' host is the container's affair.
func Through(dial func(ctx context.Context, container, port string) (net.Conn, error)) Dial {
	return func(ctx context.Context, to Endpoint, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("dial %s: %w", address, err)
		}
		return dial(ctx, to.Container, port)
	}
}

// TCP dials an endpoint's host name directly: for clusters outside of Docker.
func TCP(ctx context.Context, _ Endpoint, address string) (net.Conn, error) {
	return (&net.Dialer{Timeout: connectTimeout}).DialContext(ctx, "tcp", address)
}

// Mongo is the Admin of a real cluster. It keeps one direct client an
// endpoint, so that everything done in one run shares few connections: behind
// Docker each costs an exec.
type Mongo struct {
	dial    Dial
	keys    *keyring
	mu      sync.Mutex
	clients map[Endpoint]*node
	closed  bool
}

var _ Admin = (*Mongo)(nil)

// node is a client of one endpoint, and why its last dial failed.
type node struct {
	*mongo.Client
	at       Endpoint
	enter    func(ctx context.Context, at Endpoint, address string) (net.Conn, error)
	lastDial atomic.Pointer[error]
}

// NewMongo is an Admin that reaches the endpoints by dial, with the certificates and
// keys in their containers. It connects when it is first asked.
func NewMongo(dial Dial, read ReadFile) *Mongo {
	return &Mongo{dial: dial, keys: &keyring{read: read}, clients: map[Endpoint]*node{}}
}

// Close ends all connections.
func (m *Mongo) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	var errs []error
	for endpoint, client := range m.clients {
		errs = append(errs, client.Disconnect(ctx))
		delete(m.clients, endpoint)
	}
	return errors.Join(errs...)
}

// DialContext makes node the driver's dialer, which remembers the failure: the
// driver's own error hides it in a description of the topology.
func (n *node) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	conn, err := n.enter(ctx, n.at, address)
	n.lastDial.Store(&err)
	return conn, err
}

func (m *Mongo) enter(ctx context.Context, at Endpoint, address string) (net.Conn, error) {
	return m.keys.enter(ctx, at, func() (net.Conn, error) { return m.dial(ctx, at, address) })
}

func (m *Mongo) client(endpoint Endpoint) (*node, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, fmt.Errorf("connect to %s: %w", endpoint.Host, mongo.ErrClientDisconnected)
	}
	if n, ok := m.clients[endpoint]; ok {
		return n, nil
	}
	n := &node{at: endpoint, enter: m.enter}
	client, err := mongo.Connect(options.Client().
		SetHosts([]string{endpoint.Host}).SetDirect(true).SetDialer(n).SetAppName("speedscale").
		SetMaxPoolSize(2).SetServerMonitoringMode("poll").SetRetryWrites(false).SetRetryReads(false).
		SetConnectTimeout(connectTimeout).SetServerSelectionTimeout(selectTimeout))
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", endpoint.Host, err)
	}
	n.Client = client
	m.clients[endpoint] = n
	return n, nil
}

// admin runs a command in the admin database and decodes its answer into
// reply, which may be nil. A zero timeout leaves the caller's deadline.
func (m *Mongo) admin(ctx context.Context, at Endpoint, timeout time.Duration, command bson.D, reply any) error {
	n, err := m.client(at)
	if err != nil {
		return err
	}
	if reply == nil {
		reply = &bson.Raw{}
	}
	run := func(ctx context.Context) error {
		return n.explain(at, n.Database("admin").RunCommand(ctx, command).Decode(reply))
	}
	switch timeout {
	case 0:
		return run(ctx)
	case askTimeout:
		return inTime(ctx, run)
	}
	return within(ctx, timeout, run)
}

// explain says why an endpoint was not reached, in place of the driver's
// description of its topology, and names the endpoint.
func (n *node) explain(at Endpoint, err error) error {
	if err == nil {
		return nil
	}
	if mongo.IsTimeout(err) {
		if dial := n.lastDial.Load(); dial != nil && *dial != nil {
			return fmt.Errorf("%s: %w: %w", at.Host, ErrUnreachable, *dial)
		}
		return fmt.Errorf("%s: %w: %w", at.Host, ErrUnreachable, errLate)
	}
	return fmt.Errorf("%s: %w", at.Host, err)
}

// Hello is described at NodeAdmin.
func (m *Mongo) Hello(ctx context.Context, at Endpoint) (Hello, error) {
	var reply struct {
		SetName  string `bson:"setName"`
		Primary  string `bson:"primary"`
		Writable bool   `bson:"isWritablePrimary"`
		Msg      string `bson:"msg"`
	}
	if err := m.admin(ctx, at, askTimeout, bson.D{{Key: "hello", Value: 1}}, &reply); err != nil {
		return Hello{}, err
	}
	return Hello{Set: reply.SetName, Primary: reply.Primary, Writable: reply.Writable, Router: reply.Msg == "isdbgrid"}, nil
}

// Version is described at NodeAdmin.
func (m *Mongo) Version(ctx context.Context, at Endpoint) (string, error) {
	var reply struct {
		Version string `bson:"version"`
	}
	err := m.admin(ctx, at, askTimeout, bson.D{{Key: "buildInfo", Value: 1}}, &reply)
	return reply.Version, err
}

// RotateCertificates is described at NodeAdmin.
func (m *Mongo) RotateCertificates(ctx context.Context, at Endpoint) error {
	return m.admin(ctx, at, askTimeout, bson.D{{Key: "rotateCertificates", Value: 1}}, nil)
}
