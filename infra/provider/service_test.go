package provider_test

import (
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"

	"speedscale/infra/dockerhost"
)

func service() props {
	return props{"container": "cluster-page", "containerId": "cluster-page-id", "timeoutSeconds": 1}
}

// running returns the state of a running container with this health status.
func running(health string) dockerhost.State {
	return dockerhost.State{
		ID: "cluster-page-id", Running: true, Status: "running", Health: dockerhost.Health{Status: health},
	}
}

// failing returns the state of a running container whose last health check failed.
func failing(health string, code int, output string) dockerhost.State {
	state := running(health)
	state.Health = dockerhost.Health{Status: health, Checked: true, ExitCode: code, Output: output}
	return state
}

// restarting returns the state of a container that has exited and waits to be restarted.
func restarting(count, code int) dockerhost.State {
	return dockerhost.State{
		ID: "cluster-page-id", Status: "restarting", RestartCount: count, ExitCode: code, Health: dockerhost.Health{Status: "unhealthy"},
	}
}

func again(count int) dockerhost.State {
	state := running("starting")
	state.RestartCount = count
	return state
}

func outOfMemory(state dockerhost.State) dockerhost.State {
	state.OOMKilled, state.MemoryLimit = true, 150<<20
	return state
}

func TestServiceIsWaitedFor(t *testing.T) {
	t.Parallel()
	type states = []dockerhost.State
	const log = "nginx: [emerg] unknown directive"
	tests := map[string]struct {
		states states
		want   string // "" is success
	}{
		"healthy at once":            {states{running("healthy")}, ""},
		"starting at first":          {states{running("starting"), failing("starting", 1, "refused"), running("healthy")}, ""},
		"unhealthy at first":         {states{failing("unhealthy", 1, "refused"), running("healthy")}, ""},
		"ends twice and then serves": {states{running("starting"), restarting(1, 1), again(1), restarting(2, 1), running("healthy")}, ""},
		"has ended often before, and serves": {states{restarting(40, 1), again(40), func() dockerhost.State {
			state := running("healthy")
			state.RestartCount = 40
			return state
		}()}, ""},
		"somebody starts it meanwhile": {states{restarting(5, 1), again(0), again(2), running("healthy")}, ""},
		"unhealthy until the deadline": {states{failing("unhealthy", 7, "1\n2\n3\n4\n5\nHTTP 502\n")}, "cluster-page: gave up at the deadline, still: unhealthy: HTTP 502\n" +
			"its health check ended with code 7 and printed:\n2\n3\n4\n5\nHTTP 502\nlast lines of cluster-page:\n" + log},
		"its check says nothing": {states{failing("unhealthy", 7, "")}, "still: unhealthy: its health check ended with code 7\n" +
			"its health check ended with code 7\nlast lines"},
		"it was never checked": {states{running("starting")}, "gave up at the deadline, still: starting\nlast lines of cluster-page:\n" + log},
		"paused":               {states{{Status: "paused", Health: dockerhost.Health{Status: "healthy"}}}, "still: container cluster-page is paused"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEngine(t).start()
			e.containers.Play("cluster-page", log, tt.states...)
			made, err := e.create("Service", service())
			if tt.want != "" {
				require.ErrorContains(t, err, tt.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "cluster-page", made.ID)
			require.Empty(t, e.changed("Service", made.Properties, service()))
		})
	}
}

// A Service that can no longer become healthy fails long before its deadline, which is
// ten minutes here.
func TestServiceThatCannotSucceedIsGivenUp(t *testing.T) {
	t.Parallel()
	type states = []dockerhost.State
	tests := map[string]struct {
		states states
		want   string
	}{
		"no health check": {states{{ID: "x", Running: true, Status: "running"}}, "cluster-page: container cluster-page has no health check, so nothing shows when it serves; give it one"},
		"ended for good": {
			states{running("starting"), {ID: "cluster-page-id", Status: "exited", ExitCode: 3}},
			"container cluster-page has exited with code 3\nlast lines of cluster-page:\nno such file",
		},
		"ended for good, out of memory": {
			states{outOfMemory(dockerhost.State{Status: "exited", ExitCode: 137})},
			"container cluster-page has exited with code 137; the kernel killed it: out of memory, limit 150 MB; give it more",
		},
		"keeps exiting": {
			states{running("starting"), restarting(1, 1), again(1), restarting(2, 1), again(2), restarting(3, 2)},
			"cluster-page: container cluster-page keeps exiting: 3 times since the wait began, the last time with code 2\nlast lines of cluster-page:\nno such file",
		},
		"keeps exiting, and runs when it is looked at": {
			states{again(7), restarting(8, 1), again(8), again(10)},
			"keeps exiting: 3 times since the wait began, the last time with code 1\n",
		},
		"was never seen between": {states{again(7), again(10)}, "keeps exiting: 3 times since the wait began\nlast lines"},
		"out of memory again and again": {
			states{running("starting"), outOfMemory(restarting(2, 137)), outOfMemory(restarting(3, 137))},
			"3 times since the wait began, the last time with code 137; the kernel killed it: out of memory, limit 150 MB; give it more\n",
		},
		"had ended often before, and is not started for long": {
			states{restarting(12, 1)},
			"container cluster-page keeps exiting: 12 times since it was started, the last time with code 1\nlast lines of cluster-page:\nno such file",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEngine(t).start()
			e.containers.Play("cluster-page", "no such file", tt.states...)
			begin := time.Now()
			_, err := e.create("Service", service().with("timeoutSeconds", 600))
			require.ErrorContains(t, err, tt.want)
			require.Less(t, time.Since(begin), time.Minute)
		})
	}
}

func TestServiceOfAContainerThatIsGone(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	e.containers.Lose("cluster-page")
	_, err := e.create("Service", service().with("timeoutSeconds", 600))
	require.ErrorContains(t, err, "container cluster-page: no such container")
}

func TestServicePreviewNeedsNoDocker(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	e.containers.Lose("cluster-page")
	in := e.check("Service", service()).Set("containerId", property.New(property.Computed)) // not created yet
	_, err := e.Create(p.CreateRequest{Urn: urn("Service", "r"), Properties: in, DryRun: true})
	require.NoError(t, err)
	_, err = e.Update(p.UpdateRequest{Urn: urn("Service", "r"), State: in, Inputs: in, DryRun: true})
	require.NoError(t, err)
	require.Equal(t, []string{"timeoutSeconds: -1: must be a positive number of seconds"}, e.mistakes("Service", service().with("timeoutSeconds", -1)))
}

func TestServiceIsWaitedForAgain(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	e.containers.Play("cluster-page", "", running("healthy"))
	made := e.mustCreate("Service", service())
	require.Empty(t, e.changed("Service", made.Properties, service().with("timeoutSeconds", 9)))
	require.Equal(t, map[string]p.DiffKind{"containerId": p.Update}, e.changed("Service", made.Properties, service().with("containerId", "new")))

	e.containers.Play("cluster-page", "", running("starting"), running("healthy"))
	_, err := e.update("Service", made, service().with("containerId", "new"))
	require.NoError(t, err)
	e.containers.Play("cluster-page", "", failing("unhealthy", 1, "refused"))
	_, err = e.update("Service", made, service().with("containerId", "new"))
	require.ErrorContains(t, err, "still: unhealthy: refused")
	require.NoError(t, e.delete("Service", made))
}

func TestServiceReadSeesDrift(t *testing.T) {
	t.Parallel()
	e := newEngine(t).start()
	e.containers.Play("cluster-page", "", running("healthy"))
	made := e.mustCreate("Service", service())

	// A container that is "starting" counts as healthy, even if its last check failed.
	for _, health := range []string{"healthy", "starting"} {
		e.containers.Play("cluster-page", "", failing(health, 1, "of the time before"))
		same := e.read("Service", made, service())
		require.Nil(t, same.PartialState, health)
		require.Equal(t, made.Properties, same.Properties, health)
		require.Empty(t, e.changed("Service", same.Inputs, service()), health)
	}
	other := running("healthy")
	other.ID = "recreated"
	e.containers.Play("cluster-page", "", other)
	require.Equal(t, map[string]p.DiffKind{"containerId": p.Update}, e.changed("Service", e.read("Service", made, service()).Inputs, service()))

	for want, state := range map[string]dockerhost.State{
		"cluster-page: unhealthy: HTTP 502\nits health check ended with code 7 and printed:\nGET /\nHTTP 502":    failing("unhealthy", 7, "GET /\nHTTP 502"),
		"cluster-page: container cluster-page is restarting, it ended with code 2":                               restarting(1, 2),
		"cluster-page: container cluster-page has exited with code 3":                                            {Status: "exited", ExitCode: 3},
		"cluster-page: container cluster-page has no health check, so nothing shows when it serves; give it one": {Status: "running", Running: true},
	} {
		e.containers.Play("cluster-page", "", state)
		read := e.read("Service", made, service())
		require.Equal(t, made.ID, read.ID)
		require.NotNil(t, read.PartialState, want)
		require.Equal(t, []string{want}, read.PartialState.Reasons)
	}

	e.containers.Lose("cluster-page")
	require.Empty(t, e.read("Service", made, service()).ID)
}
