package preflight

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/infra/config"
	"speedscale/infra/dockerhost"
	"speedscale/infra/dockerhost/fake"
	"speedscale/infra/topology"
	"speedscale/internal/testenv"
)

const label = "speedscale.stack"

// engine is one of this machine.
func engine(has dockerhost.Contents) *fake.Engine {
	return &fake.Engine{Has: has, Says: dockerhost.Info{Root: "/", Architecture: "x86_64"}}
}

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
	require.NoError(t, Check(t.Context(), engine(dockerhost.Contents{}), planOnFreePorts(t), label, "t"))
}

func TestDockerNotReachable(t *testing.T) {
	err := Check(t.Context(), &fake.Engine{Down: errors.New("connection refused")}, planOnFreePorts(t), label, "t")
	require.ErrorContains(t, err, "Docker does not answer at unix:///var/run/docker.sock: start it")
}

func TestAnUnknownArchitectureIsNamed(t *testing.T) {
	err := Check(t.Context(), &fake.Engine{Says: dockerhost.Info{Root: "/", Architecture: "riscv64"}}, planOnFreePorts(t), label, "t")
	require.ErrorContains(t, err, `Docker runs on "riscv64"`)
}

func TestOwnThingsAreNoObstacle(t *testing.T) {
	plan := planOnFreePorts(t)
	l, err := net.Listen("tcp", net.JoinHostPort(plan.BindAddress, strconv.Itoa(plan.Router.Ports[0].External)))
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	ours := map[string]string{label: "t"}
	require.NoError(t, Check(t.Context(), engine(dockerhost.Contents{
		Containers: []dockerhost.Container{{Name: plan.Router.Name, Labels: ours, Ports: []int{plan.Router.Ports[0].External}}},
		Volumes:    []dockerhost.Volume{{Name: plan.Volumes()[0], Labels: ours}},
		Networks:   []dockerhost.Network{{Name: plan.Network, Labels: ours}},
	}), plan, label, "t"))
}

func TestEverythingInTheWayIsNamedAtOnce(t *testing.T) {
	plan := planOnFreePorts(t)
	port := plan.Router.Ports[0].External
	l, err := net.Listen("tcp", net.JoinHostPort(plan.BindAddress, strconv.Itoa(port)))
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	err = Check(t.Context(), engine(dockerhost.Contents{
		Containers: []dockerhost.Container{{Name: "t-mongos", Labels: map[string]string{label: "another"}}},
		Volumes:    []dockerhost.Volume{{Name: plan.Volumes()[0]}},
		Networks:   []dockerhost.Network{{Name: plan.Network}, {Name: "bridge"}},
	}), plan, label, "t")
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
	err = Check(t.Context(), engine(dockerhost.Contents{Containers: []dockerhost.Container{{
		Name: "cluster-mongos", Labels: map[string]string{label: "dev"}, Ports: []int{port},
	}}}), plan, label, "t")
	require.ErrorContains(t, err, "is taken by the container cluster-mongos")
}

func TestWhatAKilledRunLeftIsNamed(t *testing.T) {
	plan := planOnFreePorts(t)
	err := Check(t.Context(), engine(dockerhost.Contents{Containers: []dockerhost.Container{
		{Name: "t-mongos", Labels: map[string]string{label: "t"}, Status: "created"},
		{Name: "t-frontend", Labels: map[string]string{label: "t"}, Status: "running"},
		{Name: "other", Labels: map[string]string{label: "t"}, Status: "created"},
	}}), plan, label, "t")
	require.EqualError(t, err, "the container t-mongos was made and never started: a run was killed. `speedscale recover` puts right what it left")
}

func TestFullDisk(t *testing.T) {
	require.Empty(t, tooFull("/d", minFree))
	require.ErrorContains(t, tooFull("/d", 100<<20)[0], "/d has 100 MB free, a stack needs 3072 MB")
}
