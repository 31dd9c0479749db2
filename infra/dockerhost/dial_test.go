package dockerhost

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/stretchr/testify/require"

	"speedscale/internal/testenv"
)

const (
	echoPort    = "7000"
	silentPort  = "7001"
	refusedPort = "7002"
)

// TestIntegrationDial tests the relay in a container, and so needs Docker.
func TestIntegrationDial(t *testing.T) {
	testenv.NeedsDocker(t)
	docker, err := Open()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, docker.Close()) })
	name := startPeer(t, docker, "none") // it has no address, so only an exec can reach it
	dial := func(t *testing.T, port string) net.Conn {
		conn, err := docker.Dial(t.Context(), name, port)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, conn.Close()) })
		return conn
	}

	t.Run("what is sent comes back", func(t *testing.T) {
		conn := dial(t, echoPort)
		sent := strings.Repeat(strings.Repeat("x", 999)+"\n", 2000)
		go func() { _, _ = io.WriteString(conn, sent) }()
		got := make([]byte, len(sent))
		_, err := io.ReadFull(conn, got)
		require.NoError(t, err)
		require.True(t, sent == string(got))
	})
	t.Run("many at once", func(t *testing.T) {
		var asked sync.WaitGroup
		for range 8 {
			asked.Go(func() {
				conn, err := docker.Dial(t.Context(), name, echoPort)
				if !assertNoError(t, err) {
					return
				}
				assertNoError(t, say(conn, "hello\n"))
				assertNoError(t, conn.Close())
			})
		}
		asked.Wait()
	})
	t.Run("a read ends at its deadline, and the connection lives", func(t *testing.T) {
		conn := dial(t, echoPort)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
		_, err := conn.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NoError(t, conn.SetReadDeadline(time.Time{}))
		require.NoError(t, say(conn, "still there\n"))
	})
	t.Run("a write ends at its deadline", func(t *testing.T) {
		conn := dial(t, silentPort)
		require.NoError(t, conn.SetWriteDeadline(time.Now().Add(300*time.Millisecond)))
		block := make([]byte, 1<<20)
		var err error
		for range 100 {
			if _, err = conn.Write(block); err != nil {
				break
			}
		}
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NoError(t, say(dial(t, echoPort), "release\n"))
	})
	t.Run("the far end closes after its last words", func(t *testing.T) {
		conn := dial(t, echoPort)
		_, err := io.WriteString(conn, "bye\n")
		require.NoError(t, err)
		got, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.Equal(t, strings.Repeat("last words\n", 10_000), string(got))
	})
	t.Run("a refused port says so", func(t *testing.T) {
		_, err := docker.Dial(t.Context(), name, refusedPort)
		require.ErrorContains(t, err, "container "+name+": connection refused on port 7002")
	})
	t.Run("a dial ends with its context", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, err := docker.Dial(ctx, name, refusedPort)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
	t.Run("no container says so", func(t *testing.T) {
		_, err := docker.Dial(t.Context(), name+"-not", echoPort)
		require.ErrorIs(t, err, ErrNoContainer)
		_, err = docker.State(t.Context(), name+"-not")
		require.ErrorIs(t, err, ErrNoContainer)
	})
	t.Run("a close leaves no process behind", func(t *testing.T) {
		conn := dial(t, echoPort)
		require.NoError(t, say(conn, "hello\n"))
		n, err := processes(docker, name)
		require.NoError(t, err)
		require.Greater(t, n, 1)
		require.NoError(t, conn.Close())
		onlyPeerIsLeft(t, docker, name)
	})
	t.Run("a client that dies leaves no process behind", func(t *testing.T) {
		conn, err := docker.Dial(t.Context(), name, echoPort)
		require.NoError(t, err)
		require.NoError(t, conn.(*relayConn).stream.Conn.Close())
		onlyPeerIsLeft(t, docker, name)
		require.NoError(t, conn.Close())
	})
	t.Run("state and log", func(t *testing.T) {
		state, err := docker.State(t.Context(), name)
		require.NoError(t, err)
		require.True(t, state.Running)
		require.NoError(t, docker.api.ContainerKill(t.Context(), name, "SIGKILL"))
		require.Eventually(t, func() bool {
			state, err = docker.State(context.Background(), name)
			return err == nil && !state.Running
		}, 10*time.Second, 20*time.Millisecond)
		require.Equal(t, "exited", state.Status)
		require.Equal(t, 137, state.ExitCode)
		text, err := docker.Tail(t.Context(), name, 10)
		require.NoError(t, err)
		require.Empty(t, text)
		_, err = docker.Dial(t.Context(), name, echoPort)
		require.ErrorContains(t, err, "is not running")
	})
}

// If the engine runs on this machine, Dial connects to the container's own address.
func TestIntegrationDialDirect(t *testing.T) {
	testenv.NeedsDocker(t)
	docker, err := Open()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, docker.Close()) })
	name := startPeer(t, docker, "bridge")

	conn, err := docker.Dial(t.Context(), name, echoPort)
	require.NoError(t, err)
	require.IsType(t, &net.TCPConn{}, conn)
	require.NoError(t, say(conn, "hello\n"))
	require.NoError(t, conn.Close())
	onlyPeerIsLeft(t, docker, name)

	_, err = docker.Dial(t.Context(), name, refusedPort)
	require.ErrorContains(t, err, "container "+name)
	require.ErrorContains(t, err, "connection refused")
	require.NoError(t, docker.api.ContainerKill(t.Context(), name, "SIGKILL"))
	require.Eventually(t, func() bool {
		_, err = docker.Dial(t.Context(), name, echoPort)
		return err != nil
	}, 10*time.Second, 20*time.Millisecond)
	require.ErrorContains(t, err, "is not running")
}

// A container's address is used only if this machine has its network's gateway address.
func TestABridgeIsRecognizedByItsGateway(t *testing.T) {
	local := []net.Addr{&net.IPNet{IP: net.ParseIP("172.18.0.1"), Mask: net.CIDRMask(16, 32)}}
	require.True(t, hasLocalGateway(&network.EndpointSettings{IPAddress: "172.18.0.5", Gateway: "172.18.0.1"}, local))
	require.False(t, hasLocalGateway(&network.EndpointSettings{IPAddress: "172.19.0.5", Gateway: "172.19.0.1"}, local))
	require.False(t, hasLocalGateway(&network.EndpointSettings{Gateway: "172.18.0.1"}, local))
	require.False(t, hasLocalGateway(&network.EndpointSettings{IPAddress: "10.0.0.2"}, local))
}

// assertNoError is require.NoError for goroutines other than the test's.
func assertNoError(t *testing.T, err error) bool {
	if err != nil {
		t.Error(err)
	}
	return err == nil
}

// say sends a line and expects it back.
func say(conn net.Conn, line string) error {
	if _, err := io.WriteString(conn, line); err != nil {
		return err
	}
	_, err := bufio.NewReader(conn).ReadString('\n')
	return err
}

func processes(docker *Engine, name string) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	top, err := docker.api.ContainerTop(ctx, name, nil)
	return len(top.Processes), err
}

func onlyPeerIsLeft(t *testing.T, docker *Engine, name string) {
	require.Eventually(t, func() bool {
		n, err := processes(docker, name)
		return err == nil && n == 1
	}, 10*time.Second, 20*time.Millisecond)
}

// startPeer runs testdata/peer in a container that has only the programs that every
// mongod image has: bash, cat and sleep, copied from this machine.
func startPeer(t *testing.T, docker *Engine, network container.NetworkMode) string {
	peer := filepath.Join(t.TempDir(), "peer")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", peer, "./testdata/peer")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)

	files := map[string]string{"/peer": peer}
	for _, tool := range []string{"bash", "cat", "sleep"} {
		path, err := exec.LookPath(tool)
		require.NoError(t, err)
		files["/bin/"+tool] = path
		libs, err := exec.CommandContext(t.Context(), "ldd", path).Output()
		require.NoError(t, err)
		for _, lib := range regexp.MustCompile(`/\S+`).FindAllString(string(libs), -1) {
			files[lib] = lib
		}
	}
	name := "speedscale-test-dial-" + strings.ToLower(filepath.Base(filepath.Dir(peer)))
	ref := name + ":latest"
	imported, err := docker.api.ImageImport(t.Context(), image.ImportSource{Source: tarOf(t, files), SourceName: "-"}, ref, image.ImportOptions{})
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, imported)
	require.NoError(t, err)
	require.NoError(t, imported.Close())
	_, err = docker.api.ContainerCreate(t.Context(), &container.Config{
		Image: ref, Cmd: []string{"/peer"}, Env: []string{"PATH=/bin"},
	}, &container.HostConfig{NetworkMode: network}, nil, nil, name)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		require.NoError(t, docker.api.ContainerRemove(ctx, name, container.RemoveOptions{Force: true}))
		_, err := docker.api.ImageRemove(ctx, ref, image.RemoveOptions{})
		require.NoError(t, err)
	})
	require.NoError(t, docker.api.ContainerStart(t.Context(), name, container.StartOptions{}))
	return name
}

func tarOf(t *testing.T, files map[string]string) io.Reader {
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	for name, source := range files {
		content, err := os.ReadFile(source)
		require.NoError(t, err)
		require.NoError(t, archive.WriteHeader(&tar.Header{Name: strings.TrimPrefix(name, "/"), Mode: 0o755, Size: int64(len(content))}))
		_, err = archive.Write(content)
		require.NoError(t, err)
	}
	require.NoError(t, archive.Close())
	return &buffer
}
