package tests

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"
)

const (
	largest  = 16<<20 - 100 // bytes; the largest document
	megabyte = 1 << 20
)

// At rest; the test below has the members take what they may.
func TestMemoryStaysInItsBudget(t *testing.T) {
	report := readStatus(t)
	t.Logf("memory of all containers: %d MB", report.Memory()>>20)
	require.Positive(t, report.Memory())
	require.Less(t, report.Memory(), uint64(memoryBudget))
}

// What MongoDB's own limits allow ends no container: messages of 48 MB, batches of
// 16 MB that nobody reads, sorts of nearly 100 MB, several at once.
func TestLegalRequestsEndNobody(t *testing.T) {
	healthy(t)
	before := containerStarts(t)
	c := connect(t, uri(t, "mongo"), options.Client().SetTimeout(3*time.Minute))
	db := c.Database("memory")
	t.Cleanup(func() {
		require.NoError(t, db.Drop(context.WithoutCancel(t.Context())))
		require.NoError(t, c.Disconnect(context.WithoutCancel(t.Context())))
	})
	require.NoError(t, c.Database("admin").RunCommand(t.Context(), bson.D{
		{Key: "shardCollection", Value: "memory.sharded"}, {Key: "key", Value: bson.D{{Key: "_id", Value: "hashed"}}},
	}).Err())
	for _, part := range []struct {
		name string
		do   func(*testing.T, *mongo.Database)
	}{
		{"messages of 48 MB", insertLargest},
		{"the largest documents, replaced", replaceLargest},
		{"20 sorts of 40 MB", sortMany},
		{"8 sorts of 95 MB", sortLarge},
		{"groups of 90 MB", groupLarge},
		{"batches that nobody reads", readNothing},
	} {
		t.Run(part.name, func(t *testing.T) {
			part.do(t, db)
			require.Equal(t, before, containerStarts(t), "no container was ended")
			t.Log(peaks(t))
		})
	}
}

// containerStarts are when each container was started, and whether it ran out of memory.
func containerStarts(t *testing.T) string {
	names := lines(docker(t, "ps", "-a", "--filter", "label="+label, "--format", "{{.Names}}"))
	return docker(t, append([]string{"inspect", "--format", "{{.Name}} {{.State.StartedAt}} {{.State.OOMKilled}} {{.State.Running}}"}, names...)...)
}

// peaks is the most memory that each member and the router ever held, in kB.
func peaks(t *testing.T) string {
	var all []string
	for _, name := range []string{"shard1-node1", "shard1-node2", "shard1-node3", "shard2-node1", "shard2-node2", "shard2-node3", "config-1", "mongos"} {
		status := docker(t, "exec", prefix+name, "cat", "/proc/1/status")
		for _, line := range lines(status) {
			if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				all = append(all, name+" "+strings.TrimSpace(value))
			}
		}
	}
	return strings.Join(all, ", ")
}

func atOnce(t *testing.T, clients int, do func(client int) error) {
	t.Helper()
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			if err := do(client); err != nil {
				t.Errorf("client %d: %v", client, err)
			}
		})
	}
	all.Wait()
}

func insertLargest(t *testing.T, db *mongo.Database) {
	atOnce(t, 4, func(client int) error {
		coll := db.Collection([]string{"sharded", "plain"}[client%2])
		var docs []bson.D
		for n := range 3 {
			docs = append(docs, bson.D{{Key: "_id", Value: fmt.Sprint(client, n)}, {Key: "x", Value: make([]byte, largest-200*1024)}}) // together a message
		}
		_, err := coll.InsertMany(t.Context(), docs)
		return err
	})
}

func replaceLargest(t *testing.T, db *mongo.Database) {
	atOnce(t, 4, func(client int) error {
		coll := db.Collection([]string{"sharded", "plain"}[client%2])
		for n := range 3 {
			id := fmt.Sprint(client, n)
			if _, err := coll.ReplaceOne(t.Context(), bson.D{{Key: "_id", Value: id}}, bson.D{{Key: "_id", Value: id}, {Key: "y", Value: make([]byte, largest)}}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, name := range []string{"sharded", "plain"} {
		_, err := db.Collection(name).DeleteMany(t.Context(), bson.D{})
		require.NoError(t, err)
	}
}

// fillMegabytes inserts so many documents of a megabyte each.
func fillMegabytes(t *testing.T, coll *mongo.Collection, n int) {
	t.Helper()
	for i := 0; i < n; i += 10 {
		var docs []bson.D
		for j := i; j < min(i+10, n); j++ {
			docs = append(docs, bson.D{{Key: "_id", Value: j}, {Key: "n", Value: -j}, {Key: "x", Value: make([]byte, megabyte-100)}})
		}
		_, err := coll.InsertMany(t.Context(), docs)
		require.NoError(t, err)
	}
}

func readSorted(t *testing.T, coll *mongo.Collection, n int) error {
	found, err := coll.Find(t.Context(), bson.D{}, options.Find().SetSort(bson.D{{Key: "n", Value: 1}}).SetAllowDiskUse(false))
	if err != nil {
		return err
	}
	read := 0
	for found.Next(t.Context()) {
		read++
	}
	if read != n && found.Err() == nil {
		return fmt.Errorf("%d documents instead of %d", read, n)
	}
	return found.Err()
}

func sortMany(t *testing.T, db *mongo.Database) {
	fillMegabytes(t, db.Collection("sharded"), 40)
	atOnce(t, 20, func(int) error { return readSorted(t, db.Collection("sharded"), 40) })
}

func sortLarge(t *testing.T, db *mongo.Database) {
	fillMegabytes(t, db.Collection("plain"), 95)
	atOnce(t, 8, func(int) error { return readSorted(t, db.Collection("plain"), 95) })
}

func groupLarge(t *testing.T, db *mongo.Database) {
	atOnce(t, 4, func(int) error {
		found, err := db.Collection("plain").Aggregate(t.Context(), bson.A{
			bson.D{{Key: "$limit", Value: 90}},
			bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$n"}, {Key: "x", Value: bson.D{{Key: "$first", Value: "$x"}}}}}},
			bson.D{{Key: "$count", Value: "n"}},
		}, options.Aggregate().SetAllowDiskUse(false))
		if err != nil {
			return err
		}
		return found.Close(t.Context())
	})
}

// loggedIn is a connection to the router that a driver has logged in, and uses no
// more.
func loggedIn(t *testing.T) net.Conn {
	t.Helper()
	dialer := &lastConn{}
	c := connect(t, uri(t, "mongo"), options.Client().SetDialer(dialer).SetMaxPoolSize(1).SetServerMonitoringMode("poll"))
	require.NoError(t, c.Ping(t.Context(), nil))
	dialer.mu.Lock()
	defer dialer.mu.Unlock()
	return dialer.conn
}

// lastConn dials, and keeps the last connection: the one after the driver's own,
// with which it watches the server.
type lastConn struct {
	mu   sync.Mutex
	conn net.Conn
}

func (d *lastConn) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.conn = conn
	return conn, err
}

// readNothing asks for batches of 16 MB and does not take them.
func readNothing(t *testing.T, db *mongo.Database) {
	find, err := bson.Marshal(bson.D{{Key: "find", Value: "plain"}, {Key: "$db", Value: db.Name()}})
	require.NoError(t, err)
	var open []net.Conn
	for range 16 {
		conn := loggedIn(t)
		start, message := wiremessage.AppendHeaderStart(nil, 1, 0, wiremessage.OpMsg)
		message = wiremessage.AppendMsgSectionType(wiremessage.AppendMsgFlags(message, 0), wiremessage.SingleDocument)
		message = append(message, find...)
		message[start] = byte(len(message)) // it has fewer than 256
		_, err := conn.Write(message)
		require.NoError(t, err)
		open = append(open, conn)
	}
	require.NoError(t, readSorted(t, db.Collection("plain"), 95), "others get their answers")
	for _, conn := range open {
		require.NoError(t, conn.Close())
	}
}
