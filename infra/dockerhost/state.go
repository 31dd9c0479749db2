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

// ErrNoContainer is Docker's answer, not its silence: it says that there is no such container.
var ErrNoContainer = errors.New("no such container")

// State is what Docker says of one container.
type State struct {
	ID           string
	Labels       map[string]string
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

// State is what the engine says of a container.
func (e *Engine) State(ctx context.Context, name string) (State, error) {
	info, err := e.api.ContainerInspect(ctx, name)
	if err != nil {
		return State{}, known(err)
	}
	return stateOf(info), nil
}

func stateOf(info container.InspectResponse) State {
	state := State{
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
	if info.Config != nil {
		state.Labels = info.Config.Labels
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

// Memory is what a container uses as `docker stats` counts it: without the
// pages of files that the kernel could drop at once.
func (e *Engine) Memory(ctx context.Context, name string) (uint64, error) {
	answer, err := e.api.ContainerStatsOneShot(ctx, name)
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	var stats container.StatsResponse
	if err := json.NewDecoder(answer.Body).Decode(&stats); err != nil {
		return 0, fmt.Errorf("read memory of %s: %w", name, err)
	}
	used := stats.MemoryStats.Usage
	for _, key := range []string{"total_inactive_file", "inactive_file"} { // cgroup 1, 2
		if cached, ok := stats.MemoryStats.Stats[key]; ok && cached < used {
			return used - cached, nil
		}
	}
	return used, nil
}

// Logs copies a container's log: its tail, which is a number of lines or "all",
// and if that is wanted what is written from now on.
func (e *Engine) Logs(ctx context.Context, name, tail string, follow bool, stdout, stderr io.Writer) error {
	logs, err := e.api.ContainerLogs(ctx, name, container.LogsOptions{ShowStdout: true, ShowStderr: true, Follow: follow, Tail: tail})
	if err != nil {
		return known(err)
	}
	defer func() { _ = logs.Close() }()
	_, err = stdcopy.StdCopy(stdout, stderr, logs)
	return err
}

// Tail is the last lines of a container's log.
func (e *Engine) Tail(ctx context.Context, name string, lines int) (string, error) {
	var text bytes.Buffer
	err := e.Logs(ctx, name, strconv.Itoa(lines), false, &text, &text)
	return strings.TrimSpace(text.String()), err
}

// Run starts a container that has ended, and waits until it ends again.
func (e *Engine) Run(ctx context.Context, name string) (exitCode int, err error) {
	if err := e.api.ContainerStart(ctx, name, container.StartOptions{}); err != nil {
		return 0, known(err)
	}
	ended, errs := e.api.ContainerWait(ctx, name, container.WaitConditionNotRunning)
	select {
	case end := <-ended:
		return int(end.StatusCode), nil
	case err := <-errs:
		return 0, known(err)
	}
}

// known is Docker's error, or ErrNoContainer.
func known(err error) error {
	if errdefs.IsNotFound(err) {
		return ErrNoContainer
	}
	return err
}
