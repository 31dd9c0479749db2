package dockerhost

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"
)

// ErrNoContainer means that Docker answered and has no such container. It is not
// returned when Docker does not answer.
var ErrNoContainer = errors.New("no such container")

// State is the state of one container, as `docker inspect` shows it.
type State struct {
	ID           string
	Labels       map[string]string
	Running      bool   // neither paused nor waiting to be restarted
	Status       string // "running", "exited", "restarting", …
	ExitCode     int    // of the last run, while the container is not running
	OOMKilled    bool   // the kernel killed the container, or a process in it, because its memory was used up
	MemoryLimit  int64  // bytes; 0: none
	RestartCount int    // how often Docker has restarted it since it was started by a user
	Health       Health
	Paused       bool
	Networks     map[string][]string // its aliases, by the networks that it is connected to
	CPUQuota     bool                // it has a CPU quota
	Processes    int                 // the most processes that it may have, threads included; 0: any number
}

// Values of Health.Status; it is "" without a health check.
const (
	Starting  = container.Starting
	Healthy   = container.Healthy
	Unhealthy = container.Unhealthy
)

// Health is the result of a container's health check.
type Health struct {
	Status   string
	Checked  bool   // at least one check has completed
	ExitCode int    // of the last check
	Output   string // of the last check
}

// State inspects a container.
func (e *Engine) State(ctx context.Context, name string) (State, error) {
	info, err := e.api.ContainerInspect(ctx, name)
	if err != nil {
		return State{}, asErrNoContainer(err)
	}
	return stateOf(info), nil
}

func stateOf(info container.InspectResponse) State {
	state := State{
		ID: info.ID,
		// Docker calls a container running while it waits to restart it.
		Running: info.State.Running && !info.State.Paused && !info.State.Restarting,
		Status:  info.State.Status, ExitCode: info.State.ExitCode, OOMKilled: info.State.OOMKilled,
		RestartCount: info.RestartCount, Health: healthOf(info.State.Health),
		Paused: info.State.Paused, Networks: map[string][]string{},
	}
	if info.HostConfig != nil {
		limits := info.HostConfig.Resources
		state.MemoryLimit, state.CPUQuota, state.Processes = limits.Memory, limits.CPUQuota > 0, maxProcesses(limits)
	}
	if info.Config != nil {
		state.Labels = info.Config.Labels
	}
	if info.NetworkSettings != nil {
		for name, endpoint := range info.NetworkSettings.Networks {
			state.Networks[name] = endpoint.Aliases
		}
	}
	return state
}

func healthOf(reported *container.Health) Health {
	if reported == nil || reported.Status == container.NoHealthcheck {
		return Health{}
	}
	health := Health{Status: reported.Status}
	if n := len(reported.Log); n > 0 {
		health.Checked, health.ExitCode, health.Output = true, reported.Log[n-1].ExitCode, reported.Log[n-1].Output
	}
	return health
}

// Memory returns the bytes of memory that a container uses, counted as `docker
// stats` does: without cached file pages that the kernel could drop at once.
func (e *Engine) Memory(ctx context.Context, name string) (uint64, error) {
	response, err := e.api.ContainerStatsOneShot(ctx, name)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	var stats container.StatsResponse
	if err := json.NewDecoder(response.Body).Decode(&stats); err != nil {
		return 0, fmt.Errorf("read memory of %s: %w", name, err)
	}
	used := stats.MemoryStats.Usage
	for _, key := range []string{"total_inactive_file", "inactive_file"} { // cgroup v1, v2
		if cached, ok := stats.MemoryStats.Stats[key]; ok && cached < used {
			return used - cached, nil
		}
	}
	return used, nil
}

// Logs copies a container's log to stdout and stderr: its last lines, where tail is
// their number or "all", and with follow also what is written from then on.
func (e *Engine) Logs(ctx context.Context, name, tail string, follow bool, stdout, stderr io.Writer) error {
	logs, err := e.api.ContainerLogs(ctx, name, container.LogsOptions{ShowStdout: true, ShowStderr: true, Follow: follow, Tail: tail})
	if err != nil {
		return asErrNoContainer(err)
	}
	defer func() { _ = logs.Close() }()
	_, err = stdcopy.StdCopy(stdout, stderr, logs)
	return err
}

// Tail returns the last lines of a container's log, stdout and stderr together.
func (e *Engine) Tail(ctx context.Context, name string, lines int) (string, error) {
	var text bytes.Buffer
	err := e.Logs(ctx, name, strconv.Itoa(lines), false, &text, &text)
	return strings.TrimSpace(text.String()), err
}

// Run starts a container that has exited, and waits until it exits again.
func (e *Engine) Run(ctx context.Context, name string) (exitCode int, err error) {
	if err := e.api.ContainerStart(ctx, name, container.StartOptions{}); err != nil {
		return 0, asErrNoContainer(err)
	}
	exited, errs := e.api.ContainerWait(ctx, name, container.WaitConditionNotRunning)
	select {
	case result := <-exited:
		return int(result.StatusCode), nil
	case err := <-errs:
		return 0, asErrNoContainer(err)
	}
}

// asErrNoContainer replaces Docker's "not found" with ErrNoContainer.
func asErrNoContainer(err error) error {
	if errdefs.IsNotFound(err) {
		return ErrNoContainer
	}
	return err
}
