package mongoadmin_test

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/infra/mongoadmin"
	"speedscale/internal/testenv"
)

// address is one that is given to one mongod after the other.
type address struct {
	listener net.Listener
	running  sync.WaitGroup
	mu       sync.Mutex
	owner    string
	open     []net.Conn
}

func newAddress(t *testing.T, owner string) *address {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	a := &address{listener: l, owner: owner}
	a.running.Go(a.serve)
	t.Cleanup(func() {
		_ = l.Close()
		a.cut()
		a.running.Wait()
	})
	return a
}

func (a *address) host() string { return a.listener.Addr().String() }

func (a *address) serve() {
	for {
		client, err := a.listener.Accept()
		if err != nil {
			return
		}
		a.mu.Lock()
		server, err := net.Dial("tcp", a.owner)
		if err != nil {
			_ = client.Close()
			a.mu.Unlock()
			continue
		}
		a.open = append(a.open, client, server)
		a.mu.Unlock()
		a.pipe(client, server)
		a.pipe(server, client)
	}
}

func (a *address) pipe(from, to net.Conn) {
	a.running.Go(func() {
		_, _ = io.Copy(to, from)
		_ = to.Close()
	})
}

// give makes owner the one that new connections reach.
func (a *address) give(owner string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.owner = owner
}

// cut ends the connections that there are.
func (a *address) cut() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, conn := range a.open {
		_ = conn.Close()
	}
	a.open = nil
}

// A mongod that reached another set's member where its own was holds on to it,
// until it is told to connect anew.
func TestAMistakenMemberIsFoundAgain(t *testing.T) {
	t.Parallel()
	admin := mongoadmin.NewMongo(mongoadmin.TCP, mongoadmin.NoFiles)
	t.Cleanup(func() { require.NoError(t, admin.Close()) })
	ones := start(t, testenv.Default(t), 2, "--replSet", "one")
	stranger := testenv.ReplicaSet(t, "other", 1)[0].Addr()
	first, moved := ones[0], newAddress(t, ones[1].Host)
	config := mongoadmin.SetConfig{Name: "one", Members: []mongoadmin.Member{
		{ID: 0, Host: first.Host, Priority: 1, Votes: 1}, {ID: 1, Host: moved.host(), Priority: 0, Votes: 0},
	}}
	require.NoError(t, admin.Initiate(t.Context(), first, config))
	elect(t, admin, first)
	settled(t, admin, first, 2)

	mistaken := func() bool {
		status, err := admin.SetStatus(t.Context(), first)
		require.NoError(t, err)
		m, _ := status.Member(moved.host())
		return m.Mistaken()
	}
	moved.give(stranger)
	moved.cut()
	eventually(t, func() string {
		if !mistaken() {
			return "the stranger is not noticed"
		}
		return ""
	})
	moved.give(ones[1].Host)
	require.True(t, mistaken(), "the connection to the stranger answers")
	require.NoError(t, admin.DropConnections(t.Context(), first, moved.host()))
	settled(t, admin, first, 2)
}
