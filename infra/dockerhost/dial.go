package dockerhost

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"
)

// relay connects the exec's stdin and stdout to a port of the container. It needs
// only bash, cat and sleep, which every mongod image has. A mongod that has just
// started may refuse connections, so the script retries for about a second, which
// is cheaper than another exec. A line on stderr reports that the connection is
// established.
//
// When one direction ends, the script ends the other: a cat that waits for input
// that can no longer arrive would stay in the container forever.
const relay = `
for ((i = 0; i < 10; i++)); do
  { exec 3<>/dev/tcp/127.0.0.1/$0; } 2>/dev/null && break
  ((i == 9)) && { echo "connection refused on port $0" >&2; exit 1; }
  sleep 0.1
done
exec 4<&0
cat <&3 & from=$!
cat <&4 >&3 & to=$!
exec 3<&- 4<&-
echo connected >&2
wait -n
kill $from $to 2>/dev/null
wait
`

const connected = "connected"

// Dial connects to a TCP port of a container, which need not be published. If the
// engine runs on this machine, it connects to the container's own address. If not,
// it runs an exec in the container that relays to the port on 127.0.0.1 there,
// which works wherever the engine is.
func (e *Engine) Dial(ctx context.Context, name, port string) (net.Conn, error) {
	if conn, err := e.dialDirect(ctx, name, port); !errors.Is(err, errNotLocal) {
		return conn, err
	}
	return e.dialThroughExec(ctx, name, port)
}

func (e *Engine) dialThroughExec(ctx context.Context, name, port string) (net.Conn, error) {
	exec, err := e.api.ContainerExecCreate(ctx, name, container.ExecOptions{
		AttachStdin: true, AttachStdout: true, AttachStderr: true,
		Cmd: []string{"bash", "-c", relay, port},
	})
	if err != nil {
		return nil, dialError(name, err)
	}
	stream, err := e.api.ContainerExecAttach(ctx, exec.ID, container.ExecAttachOptions{})
	if err != nil {
		return nil, dialError(name, err)
	}
	conn := newRelayConn(stream)
	if err := conn.awaitConnected(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("container %s: %w", name, err)
	}
	return conn, nil
}

func dialError(name string, err error) error {
	return fmt.Errorf("container %s: %w", name, asErrNoContainer(err))
}

// relayConn is the local end of a relay. The caller and the exec's stream are
// connected by a pipe, because a pipe supports deadlines, and the stream does not
// on every transport (on ssh:// it does not).
type relayConn struct {
	net.Conn // local end of the pipe
	stream   types.HijackedResponse
	stderr   stderr
	pumps    sync.WaitGroup
	close    sync.Once
}

func newRelayConn(stream types.HijackedResponse) *relayConn {
	near, far := net.Pipe()
	c := &relayConn{Conn: near, stream: stream, stderr: stderr{first: make(chan struct{})}}
	c.pumps.Go(func() { // from the container
		_, err := stdcopy.StdCopy(far, &c.stderr, stream.Reader)
		c.stderr.end(err)
		_ = far.Close() // loses no data, since a pipe does not buffer
	})
	c.pumps.Go(func() { // to the container
		_, _ = io.Copy(stream.Conn, far)
		_ = stream.CloseWrite()
	})
	return c
}

// Close ends the connection and the processes in the container that served it.
func (c *relayConn) Close() error {
	var err error
	c.close.Do(func() {
		err = c.Conn.Close()
		_ = c.stream.CloseWrite() // the relay ends at the end of its input
		c.stream.Close()
		c.pumps.Wait()
	})
	return err
}

func (c *relayConn) awaitConnected(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return fmt.Errorf("no connection in time: %w", ctx.Err())
	case <-c.stderr.first:
		if text := c.stderr.String(); text != connected {
			return errors.New(cmp.Or(text, "the relay ended before it was connected"))
		}
		return nil
	}
}

// stderr collects what the relay writes to stderr. Its channel is closed at the
// first write, or when the relay ends without one.
type stderr struct {
	mu    sync.Mutex
	text  bytes.Buffer
	first chan struct{}
	once  sync.Once
}

func (s *stderr) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.text.Write(b)
	s.once.Do(func() { close(s.first) })
	return n, err
}

func (s *stderr) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && s.text.Len() == 0 {
		_, _ = fmt.Fprintf(&s.text, "relay: %v", err)
	}
	s.once.Do(func() { close(s.first) })
}

// String returns the first line.
func (s *stderr) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	line, _, _ := strings.Cut(s.text.String(), "\n")
	return strings.TrimSpace(line)
}
