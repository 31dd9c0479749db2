package status

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"speedscale/infra/config"
	"speedscale/infra/dockerhost"
	dockerfake "speedscale/infra/dockerhost/fake"
	"speedscale/infra/mongoadmin"
	"speedscale/infra/mongoadmin/fake"
	"speedscale/infra/topology"
	"speedscale/internal/mongods"
	"speedscale/internal/testenv"
)

// shows has a container be in the state, on the network and with a limit.
func shows(docker *dockerfake.Engine, c topology.Container, state dockerhost.State) {
	state.MemoryLimit, state.Networks = 200<<20, map[string][]string{"dev-shard-network": nil}
	docker.Play(c.Name, "", state)
}

// standing plays Docker: every container of the plan is healthy, the job has ended.
func standing(plan topology.Plan) *dockerfake.Engine {
	docker := &dockerfake.Engine{Uses: 100 << 20}
	for _, c := range plan.Containers() {
		shows(docker, c, dockerhost.State{Running: true, Status: "running", Health: dockerhost.Health{Status: "healthy"}})
	}
	shows(docker, plan.Init, dockerhost.State{Status: "exited"})
	return docker
}

// running is a plan whose Redis and gateway answer, with a cluster to match.
func running(t *testing.T, health string) (topology.Plan, *dockerfake.Engine, *fake.Cluster) {
	t.Helper()
	cfg, err := config.Load("dev", nil)
	require.NoError(t, err)
	cfg.Ports.Redis = testenv.Redis(t).Port
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, health)
	}))
	t.Cleanup(gateway.Close)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(gateway.URL, "http://"))
	require.NoError(t, err)
	cfg.Ports.Gateway, err = strconv.Atoi(port)
	require.NoError(t, err)
	plan := topology.New(cfg)
	return plan, standing(plan), cluster(t, plan)
}

// cluster is the plan's cluster with 100 documents.
func cluster(t *testing.T, plan topology.Plan) *fake.Cluster {
	t.Helper()
	c := fake.New()
	router := mongoadmin.Endpoint{Host: plan.Router.Host()}
	products := mongoadmin.Namespace{Database: "speedscale", Collection: "products"}
	for _, set := range plan.Sets() {
		wanted := mongoadmin.SetConfig{Name: set.Name, ConfigServer: set.ConfigServer, Version: 1}
		var hosts []string
		for i, m := range set.Members {
			wanted.Members = append(wanted.Members, mongoadmin.Member{ID: i, Host: m.Host(), Priority: 1, Votes: 1})
			hosts = append(hosts, m.Host())
		}
		first := mongoadmin.Endpoint{Host: hosts[0]}
		require.NoError(t, c.Initiate(t.Context(), first, wanted))
		settled(t, c, first)
		if !set.ConfigServer {
			require.NoError(t, c.AddShard(t.Context(), router, set.Name, hosts))
		}
	}
	require.NoError(t, c.ShardCollection(t.Context(), router, mongoadmin.CollectionSpec{
		Collection: mongoadmin.Collection{Name: products, Key: mongoadmin.ShardKey{{Field: "_id", Type: "hashed"}}},
	}))
	c.Insert(products, 100)
	return c
}

// settled asks the set until all its members serve: it has no clock.
func settled(t *testing.T, c *fake.Cluster, at mongoadmin.Endpoint) {
	t.Helper()
	for range 20 {
		seen, err := c.SetStatus(t.Context(), at)
		require.NoError(t, err)
		ready := 0
		for _, m := range seen.Members {
			if m.State.Ready() {
				ready++
			}
		}
		if ready == len(seen.Members) && seen.Primary() != "" {
			return
		}
	}
	t.Fatalf("%s does not settle", at.Host)
}

func TestAHealthyStack(t *testing.T) {
	plan, docker, admin := running(t, `{"status":"healthy"}`)
	report := Read(t.Context(), Sources{docker, admin}, plan, "dev")
	var out bytes.Buffer
	require.NoError(t, report.Write(&out))
	require.True(t, report.Healthy(), out.String())
	require.Equal(t, uint64(1400)<<20, report.Memory(), "14 containers; the job has ended")
	require.NotContains(t, out.String(), "\x1b", "no colour where there is no terminal")
	for _, want := range []string{
		"stack dev: healthy", "dev-shard1-node1", "exited 0", "configReplSet", "PRIMARY", "shard2ReplSet", "50.0 %", "gateway  healthy",
		"mongos   answers  " + mongods.Default + ", mongod " + mongods.Default + " ×9",
	} {
		require.Contains(t, out.String(), want)
	}
}

// A change goes from member to member; one that does not answer has no version.
func TestMixedVersionsShow(t *testing.T) {
	plan, docker, admin := running(t, `{"status":"healthy"}`)
	for _, m := range plan.Shards[1].Members {
		admin.SetVersion(m.Host(), "7.0.43")
	}
	admin.Down(plan.Shards[0].Members[2].Host(), true)
	report := Read(t.Context(), Sources{docker, admin}, plan, "dev")
	var out bytes.Buffer
	require.NoError(t, report.Write(&out))
	require.Contains(t, out.String(), "mongos   answers  "+mongods.Default+", mongod "+mongods.Default+" ×5, unknown ×1, 7.0.43 ×3")
	require.Regexp(t, `shard2-node1:27017 +\w+ +0 s +7\.0\.43`, out.String())
	for line := range strings.Lines(out.String()) {
		require.LessOrEqual(t, utf8.RuneCountInString(line), 101, line) // with its end
	}
	var asJSON map[string]any
	data, err := json.Marshal(report)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &asJSON))
	require.Equal(t, mongods.Default, asJSON["shards"].(map[string]any)["routerVersion"])
	require.Contains(t, string(data), `"version":"7.0.43"`)
}

func TestWhatIsWrongShowsAndHidesNothingElse(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(docker *dockerfake.Engine, admin *fake.Cluster, plan *topology.Plan)
		want  string
	}{
		"a container is missing": {func(d *dockerfake.Engine, _ *fake.Cluster, p *topology.Plan) {
			d.Lose(p.RedisUI.Name)
		}, "missing"},
		"a container is unhealthy": {func(d *dockerfake.Engine, _ *fake.Cluster, p *topology.Plan) {
			shows(d, p.Frontend, dockerhost.State{Running: true, Status: "running", Health: dockerhost.Health{Status: "unhealthy"}})
		}, "unhealthy"},
		"the job failed": {func(d *dockerfake.Engine, _ *fake.Cluster, p *topology.Plan) {
			shows(d, p.Init, dockerhost.State{Status: "exited", ExitCode: 3})
		}, "exited 3"},
		"a set does not answer": {func(_ *dockerfake.Engine, c *fake.Cluster, p *topology.Plan) {
			for _, m := range p.Shards[0].Members {
				c.Down(m.Host(), true)
			}
		}, "no member answers"},
		"the router does not answer": {func(_ *dockerfake.Engine, c *fake.Cluster, _ *topology.Plan) {
			c.Fail("Shards", errors.New("connection refused"))
		}, "the router: mongos:27017: connection refused"},
		"a container is paused": {func(d *dockerfake.Engine, _ *fake.Cluster, p *topology.Plan) {
			shows(d, p.Frontend, dockerhost.State{Paused: true, Status: "paused", Health: dockerhost.Health{Status: "healthy"}})
		}, "paused"},
		"a container is off the network": {func(d *dockerfake.Engine, _ *fake.Cluster, p *topology.Plan) {
			p.Network = "another"
		}, "dev-frontend: it is not on the network another"},
		"redis does not answer": {func(_ *dockerfake.Engine, _ *fake.Cluster, p *topology.Plan) {
			p.Redis.Ports = []topology.PublishedPort{{External: 1, Internal: 6379}}
		}, "redis    does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			plan, docker, admin := running(t, `{"status":"healthy"}`)
			tc.spoil(docker, admin, &plan)
			report := Read(t.Context(), Sources{docker, admin}, plan, "dev")
			var out bytes.Buffer
			require.NoError(t, report.Write(&out))
			require.False(t, report.Healthy())
			require.Contains(t, out.String(), "stack dev: not healthy")
			require.Contains(t, out.String(), tc.want)
			require.Contains(t, out.String(), "dev-shard2-node3")
			tables, _, _ := strings.Cut(out.String(), "\ndev-")
			for line := range strings.Lines(tables) {
				require.LessOrEqual(t, utf8.RuneCountInString(line), 101, line)
			}
		})
	}
}

func TestADegradedGatewayIsNotHealthy(t *testing.T) {
	plan, docker, admin := running(t, `{"status":"degraded"}`)
	require.False(t, Read(t.Context(), Sources{docker, admin}, plan, "dev").Healthy())
	plan, docker, admin = running(t, `not JSON`)
	report := Read(t.Context(), Sources{docker, admin}, plan, "dev")
	require.Equal(t, "HTTP 200: not JSON", report.Gateway.Error)
}
