package mongoadmin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"

	"speedscale/infra/dockerhost"
)

// ErrNoContainer is Docker's answer, not its silence: it says that there is no such container.
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
	// Run starts a container that has ended, and waits until it ends again.
	Run(ctx context.Context, name string) (exitCode int, err error)
	// Tail is the last lines of the container's log.
	Tail(ctx context.Context, name string, lines int) (string, error)
}

// Docker is the engine that runs the cluster.
type Docker struct{ api client.APIClient }

var _ Containers = (*Docker)(nil)

// NewDocker connects to the engine that the docker command would use. It does
// not yet ask it anything.
func NewDocker() (*Docker, error) {
	api, err := dockerhost.New()
	if err != nil {
		return nil, err
	}
	return &Docker{api: api}, nil
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

// Run is described at Containers.
func (d *Docker) Run(ctx context.Context, name string) (int, error) {
	if err := d.api.ContainerStart(ctx, name, container.StartOptions{}); err != nil {
		return 0, containerError(name, err)
	}
	ended, errs := d.api.ContainerWait(ctx, name, container.WaitConditionNotRunning)
	select {
	case end := <-ended:
		return int(end.StatusCode), nil
	case err := <-errs:
		return 0, containerError(name, err)
	}
}

func containerError(name string, err error) error {
	if errdefs.IsNotFound(err) {
		return fmt.Errorf("container %s: %w", name, ErrNoContainer)
	}
	return fmt.Errorf("container %s: %w", name, err)
}
