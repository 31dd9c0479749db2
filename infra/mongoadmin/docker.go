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
	ID           string
	Running      bool   // and is neither paused nor between an end and its next start
	Status       string // "running", "exited", "restarting", …
	ExitCode     int    // of its last end, as long as it does not run
	OOMKilled    bool   // the kernel ended it, or a process in it: its memory was used up
	MemoryLimit  int64  // bytes; 0: none
	RestartCount int    // how often Docker started it again since somebody did
	Health       Health
	Paused       bool
	Networks     map[string][]string // those that it is on, with the names that it has there
	Limited      bool                // in processors or processes
}

// States of a container's health; "" without a health check.
const (
	Starting  = container.Starting
	Healthy   = container.Healthy
	Unhealthy = container.Unhealthy
)

// Health is what a container's health check says.
type Health struct {
	Status   string
	Checked  bool // a check has ended
	ExitCode int  // the last one's
	Output   string
}

// Containers asks Docker about containers, by name.
type Containers interface {
	// State of the container; ErrNoContainer if there is none of that name.
	State(ctx context.Context, name string) (ContainerState, error)
	// Run starts a container that has ended, and waits until it ends again.
	Run(ctx context.Context, name string) (exitCode int, err error)
	// Fit puts a container that runs where it belongs: it goes on if it was paused,
	// is on the network under all its names, and has no limit of processors or
	// processes.
	Fit(ctx context.Context, name string, in Place) error
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
	return stateOf(info), nil
}

func stateOf(info container.InspectResponse) ContainerState {
	state := ContainerState{
		ID: info.ID,
		// Docker says of a container that it will start again that it runs.
		Running: info.State.Running && !info.State.Paused && !info.State.Restarting,
		Status:  info.State.Status, ExitCode: info.State.ExitCode, OOMKilled: info.State.OOMKilled,
		RestartCount: info.RestartCount, Health: healthOf(info.State.Health),
		Paused: info.State.Paused, Networks: map[string][]string{},
	}
	if info.HostConfig != nil {
		state.MemoryLimit, state.Limited = info.HostConfig.Memory, limited(info.HostConfig.Resources)
	}
	if info.NetworkSettings != nil {
		for name, on := range info.NetworkSettings.Networks {
			state.Networks[name] = on.Aliases
		}
	}
	return state
}

func healthOf(is *container.Health) Health {
	if is == nil || is.Status == container.NoHealthcheck {
		return Health{}
	}
	health := Health{Status: is.Status}
	if n := len(is.Log); n > 0 {
		health.Checked, health.ExitCode, health.Output = true, is.Log[n-1].ExitCode, is.Log[n-1].Output
	}
	return health
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
