package preflight

import (
	"cmp"
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/api/types/volume"
	"github.com/stretchr/testify/require"

	"speedscale/infra/config"
	"speedscale/infra/topology"
	"speedscale/internal/testenv"
)

const label = "speedscale.stack"

// daemon answers from lists.
type daemon struct {
	containers []container.Summary
	volumes    []*volume.Volume
	networks   []network.Summary
	down       error
	arch       string
	kernel     string
}

func (d daemon) Info(context.Context) (system.Info, error) {
	return system.Info{DockerRootDir: "/", Architecture: cmp.Or(d.arch, "x86_64"), KernelVersion: d.kernel}, d.down
}

func (d daemon) ContainerList(context.Context, container.ListOptions) ([]container.Summary, error) {
	return d.containers, nil
}

func (d daemon) VolumeList(context.Context, volume.ListOptions) (volume.ListResponse, error) {
	return volume.ListResponse{Volumes: d.volumes}, nil
}

func (d daemon) NetworkList(context.Context, network.ListOptions) ([]network.Summary, error) {
	return d.networks, nil
}

func (d daemon) DaemonHost() string { return "unix:///var/run/docker.sock" }

// planOnFreePorts is a plan whose ports nothing listens on.
func planOnFreePorts(t *testing.T) topology.Plan {
	t.Helper()
	cfg, err := config.Load("t", nil)
	require.NoError(t, err)
	p := &cfg.Ports
	for _, port := range []*int{&p.Mongos, &p.Redis, &p.Insight, &p.RedisUI, &p.Gateway, &p.Frontend} {
		*port = testenv.FreePort(t)
	}
	return topology.New(cfg)
}

func TestNothingInTheWay(t *testing.T) {
	require.NoError(t, Check(t.Context(), daemon{}, planOnFreePorts(t), label, "t"))
}

func TestDockerNotReachable(t *testing.T) {
	err := Check(t.Context(), daemon{down: errors.New("connection refused")}, planOnFreePorts(t), label, "t")
	require.ErrorContains(t, err, "Docker does not answer at unix:///var/run/docker.sock: start it")
}

func TestAnUnknownArchitectureIsNamed(t *testing.T) {
	err := Check(t.Context(), daemon{arch: "riscv64"}, planOnFreePorts(t), label, "t")
	require.ErrorContains(t, err, `Docker runs on "riscv64"`)
}

func TestOwnThingsAreNoObstacle(t *testing.T) {
	plan := planOnFreePorts(t)
	l, err := net.Listen("tcp", net.JoinHostPort(plan.BindAddress, strconv.Itoa(plan.Router.Ports[0].External)))
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	ours := map[string]string{label: "t"}
	require.NoError(t, Check(t.Context(), daemon{
		containers: []container.Summary{{Names: []string{"/" + plan.Router.Name}, Labels: ours, Ports: []container.Port{{PublicPort: uint16(plan.Router.Ports[0].External)}}}},
		volumes:    []*volume.Volume{{Name: plan.Volumes()[0], Labels: ours}},
		networks:   []network.Summary{{Name: plan.Network, Labels: ours}},
	}, plan, label, "t"))
}

func TestEverythingInTheWayIsNamedAtOnce(t *testing.T) {
	plan := planOnFreePorts(t)
	port := plan.Router.Ports[0].External
	l, err := net.Listen("tcp", net.JoinHostPort(plan.BindAddress, strconv.Itoa(port)))
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	err = Check(t.Context(), daemon{
		containers: []container.Summary{{Names: []string{"/t-mongos"}, Labels: map[string]string{label: "another"}}},
		volumes:    []*volume.Volume{{Name: plan.Volumes()[0]}},
		networks:   []network.Summary{{Name: plan.Network}, {Name: "bridge"}},
	}, plan, label, "t")
	require.ErrorContains(t, err, "there is a container t-mongos that is not this stack's")
	require.ErrorContains(t, err, "there is a volume t_config1_data that is not this stack's")
	require.ErrorContains(t, err, "there is a network t-shard-network that is not this stack's")
	require.ErrorContains(t, err, "port "+strconv.Itoa(port)+" of 127.0.0.1, for t-mongos, is taken by another process")
	require.Len(t, strings.Split(err.Error(), "\n"), 4)
}

func TestTakenByAnotherStacksContainer(t *testing.T) {
	plan := planOnFreePorts(t)
	port := plan.Router.Ports[0].External
	l, err := net.Listen("tcp", net.JoinHostPort(plan.BindAddress, strconv.Itoa(port)))
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	err = Check(t.Context(), daemon{containers: []container.Summary{{
		Names: []string{"/cluster-mongos"}, Labels: map[string]string{label: "dev"}, Ports: []container.Port{{PublicPort: uint16(port)}},
	}}}, plan, label, "t")
	require.ErrorContains(t, err, "is taken by the container cluster-mongos")
}

func TestWhatAKilledRunLeftIsNamed(t *testing.T) {
	plan := planOnFreePorts(t)
	err := Check(t.Context(), daemon{containers: []container.Summary{
		{Names: []string{"/t-mongos"}, Labels: map[string]string{label: "t"}, State: "created"},
		{Names: []string{"/t-frontend"}, Labels: map[string]string{label: "t"}, State: "running"},
		{Names: []string{"/other"}, Labels: map[string]string{label: "t"}, State: "created"},
	}}, plan, label, "t")
	require.EqualError(t, err, "the container t-mongos was made and never started: a run was killed. `speedscale recover` puts right what it left")
}

func TestFullDisk(t *testing.T) {
	require.Empty(t, tooFull("/d", minFree))
	require.ErrorContains(t, tooFull("/d", 100<<20)[0], "/d has 100 MB free, a stack needs 3072 MB")
}
