package mongoadmin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/cli/cli/connhelper"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"
)

// ErrNoContainer: Docker answers, and says that there is no such container.
var ErrNoContainer = errors.New("no such container")

// ContainerState is what Docker says of a container.
type ContainerState struct {
	ID       string
	Running  bool
	Status   string // "running", "exited", "restarting", …
	ExitCode int
}

// Containers asks Docker about containers, by name.
type Containers interface {
	// State of the container; ErrNoContainer if there is none of that name.
	State(ctx context.Context, name string) (ContainerState, error)
	// Tail is the last lines of the container's log.
	Tail(ctx context.Context, name string, lines int) (string, error)
}

// Docker is the engine that runs the cluster.
type Docker struct{ api client.APIClient }

var _ Containers = (*Docker)(nil)

// NewDocker connects to the engine that the docker command would use:
// DOCKER_HOST (ssh:// too), else the current context, else the local socket.
// It does not yet ask it anything.
func NewDocker() (*Docker, error) {
	opts, err := clientOpts()
	if err != nil {
		return nil, fmt.Errorf("find the Docker engine: %w", err)
	}
	api, err := client.NewClientWithOpts(opts...)
	if err != nil {
		return nil, fmt.Errorf("find the Docker engine: %w", err)
	}
	return &Docker{api: api}, nil
}

func clientOpts() ([]client.Opt, error) {
	host := os.Getenv(client.EnvOverrideHost)
	if host == "" {
		var err error
		if host, err = contextHost(); err != nil {
			return nil, err
		}
	}
	opts := []client.Opt{client.FromEnv, client.WithAPIVersionNegotiation()}
	if host == "" {
		return opts, nil
	}
	helper, err := connhelper.GetConnectionHelper(host)
	if err != nil {
		return nil, err
	}
	if helper == nil {
		return append(opts, client.WithHost(host)), nil
	}
	// ssh://: no TLS, and no proxy.
	return []client.Opt{
		client.WithHTTPClient(&http.Client{Transport: &http.Transport{DialContext: helper.Dialer}}),
		client.WithHost(helper.Host), client.WithDialContext(helper.Dialer), client.WithAPIVersionNegotiation(),
	}, nil
}

// contextHost is the host of the context that `docker context use` chose, or
// DOCKER_CONTEXT names; "" stands for the local socket.
func contextHost() (string, error) {
	dir := os.Getenv("DOCKER_CONFIG")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(home, ".docker")
	}
	name := os.Getenv("DOCKER_CONTEXT")
	if name == "" {
		var file struct{ CurrentContext string }
		if err := readJSON(filepath.Join(dir, "config.json"), &file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		name = file.CurrentContext
	}
	if name == "" || name == "default" {
		return "", nil
	}
	id := fmt.Sprintf("%x", sha256.Sum256([]byte(name)))
	if _, err := os.Stat(filepath.Join(dir, "contexts", "tls", id, "docker")); err == nil {
		return "", fmt.Errorf("docker context %q uses TLS: set DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH instead", name)
	}
	var meta struct {
		Endpoints map[string]struct{ Host string }
	}
	if err := readJSON(filepath.Join(dir, "contexts", "meta", id, "meta.json"), &meta); err != nil {
		return "", fmt.Errorf("docker context %q: %w", name, err)
	}
	return meta.Endpoints["docker"].Host, nil
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Close ends the connections to the engine.
func (d *Docker) Close() error { return d.api.Close() }

// State is described at Containers.
func (d *Docker) State(ctx context.Context, name string) (ContainerState, error) {
	info, err := d.api.ContainerInspect(ctx, name)
	if err != nil {
		return ContainerState{}, containerError(name, err)
	}
	return ContainerState{
		ID: info.ID, Running: info.State.Running && !info.State.Paused,
		Status: info.State.Status, ExitCode: info.State.ExitCode,
	}, nil
}

// Tail is described at Containers.
func (d *Docker) Tail(ctx context.Context, name string, lines int) (string, error) {
	logs, err := d.api.ContainerLogs(ctx, name, container.LogsOptions{
		ShowStdout: true, ShowStderr: true, Tail: strconv.Itoa(lines),
	})
	if err != nil {
		return "", containerError(name, err)
	}
	defer func() { _ = logs.Close() }()
	var text bytes.Buffer
	if _, err := stdcopy.StdCopy(&text, &text, logs); err != nil {
		return "", containerError(name, err)
	}
	return strings.TrimSpace(text.String()), nil
}

func containerError(name string, err error) error {
	if errdefs.IsNotFound(err) {
		return fmt.Errorf("container %s: %w", name, ErrNoContainer)
	}
	return fmt.Errorf("container %s: %w", name, err)
}
