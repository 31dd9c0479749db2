package provider_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/infra/dockerhost"
)

// placed returns inputs that declare a network and a limit of processes.
func placed(in props) props {
	return in.with("network", "net").with("aliases", []any{"page", "www"}).with("processes", 512.0)
}

// at returns the state of a healthy container on a network, with the limit of placed.
func at(network string, aliases ...string) dockerhost.State {
	state := running("healthy")
	state.Networks, state.Processes = map[string][]string{"bridge": nil, network: append([]string{"0a1b2c"}, aliases...)}, 512
	return state
}

func changedBy(state dockerhost.State, change func(*dockerhost.State)) dockerhost.State {
	change(&state)
	return state
}

func TestAContainerThatStandsOtherwiseIsPutRight(t *testing.T) {
	t.Parallel()
	right := at("net", "page", "www")
	for want, state := range map[string]dockerhost.State{
		"":                                       right,
		"is not on the network net":              at("elsewhere", "page", "www"),
		"is not known as www on the network net": at("net", "page"),
		"is paused":                              changedBy(right, func(s *dockerhost.State) { s.Paused, s.Running, s.Status = true, false, "paused" }),
		"has a limit of CPUs that is not declared":              changedBy(right, func(s *dockerhost.State) { s.CPUQuota = true }),
		"is limited to 0 processes, not to 512 (0 is no limit)": changedBy(right, func(s *dockerhost.State) { s.Processes = 0 }),
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			e := newEngine(t).start()
			e.containers.Play("cluster-page", "", right)
			made := e.mustCreate("Service", placed(service()))
			require.Empty(t, e.containers.Journal())

			e.containers.Play("cluster-page", "", state)
			read := e.read("Service", made, placed(service()))
			if want == "" {
				require.Nil(t, read.PartialState)
				return
			}
			require.Equal(t, []string{"cluster-page " + want}, read.PartialState.Reasons)

			e.containers.Play("cluster-page", "", state, right)
			_, err := e.update("Service", made, placed(service()))
			require.NoError(t, err)
			require.Equal(t, []string{"repair cluster-page on net as [page www] with 512 processes"}, e.containers.Journal())
		})
	}
}

func TestAMongodThatStandsOtherwiseIsPutRight(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	in := placed(node())
	e.containers.Play("cluster-s1-a", "", at("net", "page", "www"))
	made := e.mustCreate("Node", in)
	e.containers.Play("cluster-s1-a", "", at("bridge"))
	require.Equal(t, []string{"s1-a:27017: container cluster-s1-a is not on the network net"}, e.read("Node", made, in).PartialState.Reasons)
	_, err := e.update("Node", made, in)
	require.NoError(t, err)
	require.Equal(t, []string{"repair cluster-s1-a on net as [page www] with 512 processes"}, e.containers.Journal())
}

// A container that is declared without a network may be on any.
func TestAPlaceNeedNotBeDeclared(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	e.containers.Play("cluster-page", "", at("elsewhere"))
	made := e.mustCreate("Service", service())
	require.Nil(t, e.read("Service", made, service()).PartialState)
	require.Empty(t, e.containers.Journal())
}

func TestAnErrorNamesTheSetting(t *testing.T) {
	t.Parallel()
	origins := map[string]any{"memory": "speedscale:memory.shard", "ttlMonitorSleepSec": "speedscale:mongodParameters.ttlMonitorSleepSec"}
	exited := dockerhost.State{Status: "exited", ExitCode: 2}
	for want, c := range map[string]struct {
		state dockerhost.State
		log   string
	}{
		"Unknown --setParameter 'ttlMonitorSleepSec'\nlook at the setting speedscale:mongodParameters.ttlMonitorSleepSec": {exited, "Unknown --setParameter 'ttlMonitorSleepSec'"},
		"give it more\nlast lines of cluster-s1-a:\nsome memory\nlook at the setting speedscale:memory.shard":             {outOfMemory(exited), "some memory"},
	} {
		e := newEngine(t).start()
		e.cluster.Down("s1-a:27017", true)
		e.containers.Play("cluster-s1-a", c.log, c.state)
		_, err := e.create("Node", node().with("origins", origins))
		require.ErrorContains(t, err, want)

		e.containers.Play("cluster-page", c.log, c.state)
		_, err = e.create("Service", service().with("origins", origins))
		require.ErrorContains(t, err, "look at the setting speedscale:m")
	}
	e := newEngine(t).start()
	e.containers.Play("cluster-page", "no such file, out of the ordinary memory", exited)
	_, err := e.create("Service", service().with("origins", origins))
	require.ErrorContains(t, err, "no such file")
	require.NotContains(t, err.Error(), "setting")

	made := e.mustCreate("Node", node())
	require.Empty(t, e.changed("Node", made.Properties, node().with("origins", origins)), "they describe no state")
}
