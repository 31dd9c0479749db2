package recovery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"

	"speedscale/infra/dockerhost"
	"speedscale/infra/dockerhost/fake"
)

// stateFile is the engine's state.
type stateFile struct {
	deployment string
	imported   string
	cancelled  bool
}

func (f *stateFile) Export(context.Context) (apitype.UntypedDeployment, error) {
	return apitype.UntypedDeployment{Version: 3, Deployment: json.RawMessage(f.deployment)}, nil
}

func (f *stateFile) Import(_ context.Context, d apitype.UntypedDeployment) error {
	f.imported = string(d.Deployment)
	return nil
}

func (f *stateFile) Cancel(context.Context) error {
	f.cancelled = true
	return nil
}

// bench is a stack to recover, with what it said.
type bench struct {
	Stack
	docker *fake.Engine
	state  *stateFile
	said   []string
}

func newBench(t *testing.T, resources, pending string) *bench {
	b := &bench{docker: &fake.Engine{}, state: &stateFile{
		deployment: `{"manifest":{"unheardOf":12345678901234567890},"resources":[` + resources + `],"pending_operations":[` + pending + `]}`,
	}}
	b.Stack = Stack{
		Project: "speedscale", Name: "t", Label: "speedscale.stack=t", Dir: t.TempDir(), Home: t.TempDir(), Backend: "file://.",
		State: b.state, Docker: b.docker, Say: func(line string) { b.said = append(b.said, line) },
	}
	return b
}

func made(kind, id, name, more string) string {
	return fmt.Sprintf(`{"urn":"urn:%s","type":%q,"id":%q,"inputs":{"name":%q%s}`, name, kind, id, name, more)
}

var (
	netResource    = made(networkType, "n1", "t-net", "") + "}"
	volumeResource = made(volumeType, "t_data", "t_data", "") + "}"
	redis          = made(containerType, "c1", "t-redis", "") + "}"
)

// ours is what the stack's things carry.
var ours = map[string]string{"speedscale.stack": "t"}

func running(id, name string) dockerhost.Container {
	return dockerhost.Container{ID: id, Name: name, Labels: ours, Status: "running"}
}

func ended(id, name string) dockerhost.Container {
	return dockerhost.Container{ID: id, Name: name, Labels: ours, Status: "exited"}
}

func networks(ids ...string) (found []dockerhost.Network) {
	for _, id := range ids {
		found = append(found, dockerhost.Network{ID: id, Name: "t-net", Labels: ours})
	}
	return found
}

func TestNothingToRecover(t *testing.T) {
	b := newBench(t, netResource+","+volumeResource+","+redis, "")
	b.docker.Has.Containers = []dockerhost.Container{running("c1", "t-redis")}
	b.docker.Has.Networks = networks("n1")
	b.docker.Has.Volumes = []dockerhost.Volume{{Name: "t_data", Labels: ours}}
	out, err := b.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, Outcome{Own: true}, out)
	require.Empty(t, b.docker.Journal())
	require.Empty(t, b.state.imported)
	require.Empty(t, b.said)
}

func TestANewStackHasNothing(t *testing.T) {
	b := newBench(t, "", "")
	b.state.deployment = ""
	out, err := b.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, Outcome{}, out)
}

// What a run that was killed in the middle of creates leaves.
func TestUnrecordedThingsGo(t *testing.T) {
	b := newBench(t, netResource+","+redis, `{"type":"creating","resource":`+made(containerType, "", "t-mongos", "")+`}}`)
	b.docker.Has.Containers = []dockerhost.Container{running("c1", "t-redis"), {ID: "c2", Name: "t-mongos", Labels: ours, Status: "created"}}
	b.docker.Has.Networks = networks("n1", "n2")
	b.docker.Has.Volumes = []dockerhost.Volume{{Name: "t_data", Labels: ours}}
	out, err := b.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, 3, out.Done)
	require.Equal(t, []string{"stop c2", "remove c2", "remove network n2"}, b.docker.Journal())
	require.NotContains(t, b.state.imported, "pending_operations")
	require.Contains(t, b.state.imported, "12345678901234567890", "what we do not know stays as it is")
	require.NotContains(t, b.state.imported, "taint")
}

// What a run leaves that was killed between a container's stop and its removal,
// or between its removal and the word of it.
func TestStoppedThingsStartAndMissingOnesAreLookedFor(t *testing.T) {
	gone := made(containerType, "c9", "t-gone", "") + `,"pendingReplacement":true}`
	job := made(containerType, "c3", "t-init", `,"attach":true,"mustRun":false`) + `,"outputs":{"exitCode":0}}`
	seen := made(containerType, "c4", "t-seen-stopped", `,"mustRun":false`) + `,"outputs":{"exitCode":143}}` // by a refresh
	b := newBench(t, strings.Join([]string{netResource, volumeResource, redis, gone, job, seen}, ","), "")
	b.docker.Has.Networks = networks("n1")
	stopped := []dockerhost.Container{ended("c1", "t-redis"), ended("c3", "t-init"), ended("c4", "t-seen-stopped")}
	b.docker.Has.Containers = slices.Clone(stopped)
	out, err := b.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"start c1", "start c4"}, b.docker.Journal())
	require.Equal(t, []string{"t_data"}, out.Missing)
	require.Empty(t, b.state.imported)

	b.docker.Has.Containers, b.docker.NoStart = slices.Clone(stopped), errors.New("no such network")
	out, err = b.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{
		"start c1", "stop c1", "remove c1", "start c4", "stop c4", "remove c4",
	}, b.docker.Journal())
	require.Equal(t, []string{"t_data", "t-redis", "t-seen-stopped"}, out.Missing)

	b.docker.Has.Containers, b.Destroying = stopped, true
	_, err = b.Run(t.Context())
	require.NoError(t, err)
	require.Empty(t, b.docker.Journal())
}

func TestAFailedJobRunsAgain(t *testing.T) {
	job := made(containerType, "c3", "t-init", `,"attach":true,"mustRun":false`) + `,"outputs":{"exitCode":1}}`
	b := newBench(t, redis+","+job, "")
	b.docker.Has.Containers = []dockerhost.Container{running("c1", "t-redis"), ended("c3", "t-init")}
	_, err := b.Run(t.Context())
	require.NoError(t, err)
	require.Empty(t, b.docker.Journal())
	var d apitype.DeploymentV3
	require.NoError(t, json.Unmarshal([]byte(b.state.imported), &d))
	require.False(t, d.Resources[0].Taint)
	require.True(t, d.Resources[1].Taint)
}

// A refresh that finds no Docker takes the network for gone, and its containers
// are still on it.
func TestANetworkInUseComesBackIntoTheState(t *testing.T) {
	root := `{"urn":"urn:pulumi:t::speedscale::pulumi:pulumi:Stack::speedscale-t","type":"pulumi:pulumi:Stack"}`
	provider := `{"urn":"urn:pulumi:t::speedscale::pulumi:providers:docker::default","type":"pulumi:providers:docker","custom":true,"id":"p1"}`
	of := "urn:pulumi:t::speedscale::pulumi:providers:docker::default::p1"
	b := newBench(t, strings.Join([]string{root, provider, made(containerType, "c1", "t-redis", "") + `,"provider":"` + of + `"}`}, ","), "")
	stopped := ended("c1", "t-redis")
	stopped.Networks = map[string]string{"t-net": "n1"} // nothing is active on it
	b.docker.Has.Containers = []dockerhost.Container{stopped}
	b.docker.Has.Networks = networks("n1", "n2")
	out, err := b.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, Outcome{Missing: []string{"t-net"}, Own: true, Done: 3}, out)
	require.Equal(t, []string{"remove network n2", "start c1"}, b.docker.Journal())
	require.Contains(t, b.said, "taking the network t-net, which is in use, back into the state")
	var d apitype.DeploymentV3
	require.NoError(t, json.Unmarshal([]byte(b.state.imported), &d))
	require.Len(t, d.Resources, 4)
	n := d.Resources[2] // before the container, which needs it
	require.Equal(t, "urn:pulumi:t::speedscale::docker:index/network:Network::t-net", string(n.URN))
	require.Equal(t, "n1", string(n.ID))
	require.Equal(t, of, n.Provider)
	require.Equal(t, d.Resources[0].URN, n.Parent)
	require.Equal(t, map[string]any{
		"name": "t-net", "driver": "bridge", "labels": []any{map[string]any{"label": "speedscale.stack", "value": "t"}},
	}, n.Inputs)

	b = newBench(t, "", "")
	b.Force = true
	b.docker.Has.Networks = networks("n1")
	b.docker.Has.Containers = []dockerhost.Container{{ID: "c7", Name: "guest", Status: "running", Networks: map[string]string{"t-net": "n1"}}}
	_, err = b.Run(t.Context())
	require.ErrorContains(t, err, "the network t-net carries the stack's label and is in use by containers that do not: disconnect them, or remove it")
	require.Empty(t, b.state.imported)
}

// A state that knows nothing of the containers may be another checkout's.
func TestAnotherCheckoutsStackIsLeftAlone(t *testing.T) {
	b := newBench(t, "", "")
	b.docker.Has.Containers = []dockerhost.Container{running("c1", "t-redis")}
	b.docker.Has.Networks = networks("n1")
	out, err := b.Run(t.Context())
	require.ErrorContains(t, err, "the state knows nothing of t-redis, t-net")
	require.ErrorContains(t, err, "speedscale recover --force")
	require.False(t, out.Own)
	require.Empty(t, b.docker.Journal())

	b.Force = true
	_, err = b.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"stop c1", "remove c1", "remove network n1"}, b.docker.Journal())
}

func TestAStateElsewhereIsNotJudged(t *testing.T) {
	b := newBench(t, redis, `{"type":"creating","resource":`+made(containerType, "", "t-mongos", "")+`}}`)
	b.Backend = "s3://bucket"
	b.docker.Has.Containers = []dockerhost.Container{running("c1", "t-redis"), running("c2", "t-mongos")}
	_, err := b.Run(t.Context())
	require.ErrorContains(t, err, "not in the state: t-mongos, t-mongos (creating). The state lies in s3://bucket")
	require.Empty(t, b.docker.Journal())
	require.Empty(t, b.state.imported)

	b.Force = true
	_, err = b.Run(t.Context())
	require.NoError(t, err)
	require.True(t, b.state.cancelled)
	require.NotEmpty(t, b.docker.Journal())
}

func TestVolumesOfADestroyedStack(t *testing.T) {
	d := &fake.Engine{Has: dockerhost.Contents{Volumes: []dockerhost.Volume{{Name: "t_data", Labels: ours}, {Name: "u_data", Labels: ours}, {Name: "t_other"}}}}
	mine := func(name string) bool { return strings.HasPrefix(name, "t_") }
	require.NoError(t, RemoveVolumes(t.Context(), d, "speedscale.stack=t", mine, func(string) {}))
	require.Equal(t, []string{"remove volume t_data"}, d.Journal())
}

// lock writes a lock as the engine does.
func (b *bench) lock(t *testing.T, l Lock) string {
	t.Helper()
	dir := filepath.Join(b.Dir, ".pulumi", "locks", "organization", "speedscale", "t")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	text, err := json.Marshal(l)
	require.NoError(t, err)
	path := filepath.Join(dir, "0b1c.json")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	require.NoError(t, os.WriteFile(path+".attrs", []byte("{}"), 0o600))
	return dir
}

func hostname(t *testing.T) string {
	t.Helper()
	host, err := os.Hostname()
	require.NoError(t, err)
	return host
}

func TestTheLockOfADeadRunGoes(t *testing.T) {
	process := exec.Command("true")
	require.NoError(t, process.Run())
	b := newBench(t, "", "")
	dir := b.lock(t, Lock{PID: process.Process.Pid, User: "op", Host: hostname(t), Since: time.Now()})
	out, err := b.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, out.Done)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

// What a front end does after its engine has ended.
func TestOnlyTheLocksOfDeadRunsAreReleased(t *testing.T) {
	process := exec.Command("true")
	require.NoError(t, process.Run())
	for pid, left := range map[int]int{process.Process.Pid: 0, os.Getpid(): 2} {
		b := newBench(t, "", "")
		dir := b.lock(t, Lock{PID: pid, User: "op", Host: hostname(t), Since: time.Now()})
		require.NoError(t, b.Release())
		found, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, found, left)
		require.Empty(t, b.said)
	}
	require.NoError(t, newBench(t, "", "").Release(), "no locks")
}

func TestARunAtWorkIsNotDisturbed(t *testing.T) {
	b := newBench(t, "", `{"type":"creating","resource":`+made(containerType, "", "t-mongos", "")+`}}`)
	b.docker.Has.Containers = []dockerhost.Container{running("c2", "t-mongos")}
	for _, force := range []bool{false, true} {
		b.Force = force
		dir := b.lock(t, Lock{PID: os.Getpid(), User: "op", Host: hostname(t), Since: time.Now()})
		_, err := b.Run(t.Context())
		require.ErrorContains(t, err, fmt.Sprintf("the stack t is locked by op@%s, process %d, since 2", hostname(t), os.Getpid()))
		require.Empty(t, b.docker.Journal())
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, left, 2)
	}
}

// An engine whose front end was killed ends its steps and then itself.
func TestARunWithoutItsFrontEndIsWaitedFor(t *testing.T) {
	out, err := exec.Command("sh", "-c", "sleep 1 >/dev/null 2>&1 & echo $!").Output()
	require.NoError(t, err)
	var pid int
	_, err = fmt.Sscan(string(out), &pid)
	require.NoError(t, err)
	b := newBench(t, "", "")
	b.lock(t, Lock{PID: pid, User: "op", Host: hostname(t), Since: time.Now()})
	_, err = b.Run(t.Context())
	require.NoError(t, err)
	require.Len(t, b.said, 2)
	require.Contains(t, b.said[0], "waiting for a run to end whose front end was killed: op@")
	require.Contains(t, b.said[1], "removing the lock of a dead run: op@")
}

func TestALockOfAnotherHostNeedsForce(t *testing.T) {
	b := newBench(t, "", "")
	b.lock(t, Lock{PID: 1, User: "op", Host: "far-away", Since: time.Now()})
	_, err := b.Run(t.Context())
	require.ErrorContains(t, err, "locked by op@far-away, process 1")
	require.ErrorContains(t, err, "speedscale recover --force")
	b.Force = true
	_, err = b.Run(t.Context())
	require.NoError(t, err)
}

func TestALockThatIsHalfWrittenIsADeadRuns(t *testing.T) {
	b := newBench(t, "", "")
	file := filepath.Join(b.lock(t, Lock{}), "0b1c.json")
	require.NoError(t, os.WriteFile(file, []byte("{"), 0o600))
	before := time.Now().Add(-24 * time.Hour) // any engine that runs here
	require.NoError(t, os.Chtimes(file, before, before))
	_, err := b.Run(t.Context())
	require.NoError(t, err)
	require.NoFileExists(t, file)
	require.Contains(t, strings.Join(b.said, "\n"), "removing the lock of a dead run: 0b1c.json, which is half written, since ")
}

func TestJudge(t *testing.T) {
	since := time.Now()
	mine := Process{PID: 7, Parent: 6, Started: since.Add(-time.Second)}
	for name, c := range map[string]struct {
		lock    Lock
		running []Process
		want    owner
	}{
		"another host":          {Lock{PID: 7, Host: "b"}, []Process{mine}, elsewhere},
		"no such process":       {Lock{PID: 8, Host: "a"}, []Process{mine}, dead},
		"at work":               {Lock{PID: 7, Host: "a", Since: since}, []Process{mine}, alive},
		"number used again":     {Lock{PID: 7, Host: "a", Since: since.Add(-time.Hour)}, []Process{mine}, dead},
		"front end is dead":     {Lock{PID: 7, Host: "a", Since: since}, []Process{{PID: 7, Parent: 1, Started: since}}, abandoned},
		"and a login's systemd": {Lock{PID: 7, Host: "a", Since: since}, []Process{mine, {PID: 6, Path: "/usr/lib/systemd/systemd"}}, abandoned},
	} {
		require.Equal(t, c.want, judge(c.lock, "a", c.running), name)
	}
}

func TestOrphanedPlugins(t *testing.T) {
	all := []Process{
		{PID: 10, Parent: 1, Path: "/p/infra/cmd/x/pulumi-resource-speedscale"},
		{PID: 11, Parent: 1, Path: "/home/plugins/resource-docker-v4.11.2/pulumi-resource-docker"},
		{PID: 12, Parent: 20, Path: "/home/plugins/resource-docker-v4.11.2/pulumi-resource-docker"},
		{PID: 13, Parent: 1, Path: "/home/plugins/resource-aws/pulumi-resource-aws"},
		{PID: 14, Parent: 1, Path: "/p-other/pulumi-resource-docker"},
		{PID: 15, Parent: 1, Path: "/p/bin/pulumi"},
		{PID: 20, Parent: 2, Path: "/p/bin/pulumi"},
	}
	found := orphanedPlugins(all, "/p", "/home")
	require.Equal(t, all[:2], found)
}

// An engine whose front end was killed at once has no lock yet.
func TestAnEngineWithoutItsFrontEndIsFound(t *testing.T) {
	up := []string{"bin/pulumi", "up", "--stack", "dev"}
	for name, tt := range map[string]struct {
		p    Process
		want bool
	}{
		"at work on the stack": {Process{PID: 10, Parent: 1, Path: "/p/bin/pulumi", Args: up}, true},
		"of a front end":       {Process{PID: 10, Parent: 2, Path: "/p/bin/pulumi", Args: up}, false},
		"another stack's":      {Process{PID: 10, Parent: 1, Path: "/p/bin/pulumi", Args: []string{"bin/pulumi", "up", "--stack", "tests"}}, false},
		"another checkout's":   {Process{PID: 10, Parent: 1, Path: "/q/bin/pulumi", Args: up}, false},
		"another program":      {Process{PID: 10, Parent: 1, Path: "/p/bin/plugin", Args: up}, false},
	} {
		all := []Process{{PID: 2, Parent: 1, Path: "/p/bin/speedscale"}, tt.p}
		found, ok := orphanedEngine(all, "/p", "dev")
		require.Equal(t, tt.want, ok, name)
		if ok {
			require.Equal(t, 10, found.PID)
		}
	}
}

func TestProcessesOfThisHost(t *testing.T) {
	sleeper := exec.Command("sleep", "60")
	require.NoError(t, sleeper.Start())
	all, err := Processes()
	require.NoError(t, err)
	found := map[int]Process{}
	for _, p := range all {
		found[p.PID] = p
	}
	p := found[sleeper.Process.Pid]
	require.Equal(t, os.Getpid(), p.Parent)
	require.Equal(t, "sleep", filepath.Base(p.Path))
	require.WithinDuration(t, time.Now(), p.Started, clockError)

	waited := make(chan error, 1)
	go func() { waited <- sleeper.Wait() }()
	require.NoError(t, end(t.Context(), p))
	require.ErrorContains(t, <-waited, "killed")
}

// A process that has ended is not at work, although its parent has not asked.
func TestWhatHasEndedIsNoProcess(t *testing.T) {
	sleeper := exec.Command("sleep", "60")
	require.NoError(t, sleeper.Start())
	require.NoError(t, sleeper.Process.Kill())
	require.Eventually(t, func() bool {
		all, err := Processes()
		return err == nil && !slices.ContainsFunc(all, func(p Process) bool { return p.PID == sleeper.Process.Pid })
	}, 10*time.Second, 50*time.Millisecond)
	require.Error(t, sleeper.Wait())
}

func TestWhereLocksLie(t *testing.T) {
	home, err := os.UserHomeDir()
	require.NoError(t, err)
	for backend, want := range map[string]string{
		"file://.":           "/p/.pulumi/locks/organization/speedscale/t",
		"file://~":           home + "/.pulumi/locks/organization/speedscale/t",
		"file://~/x":         home + "/x/.pulumi/locks/organization/speedscale/t",
		"file:///a%20b?x=y":  "/a b/.pulumi/locks/organization/speedscale/t",
		"s3://bucket":        "",
		"https://api.x.test": "",
		"":                   "",
	} {
		dir, err := lockDir(backend, "/p", "speedscale", "t")
		require.NoError(t, err)
		require.Equal(t, want, dir, backend)
	}
}

func TestOneFrontEndAtATime(t *testing.T) {
	dir := t.TempDir()
	release, err := Alone(dir, "t")
	require.NoError(t, err)
	_, err = Alone(dir, "t")
	require.ErrorContains(t, err, fmt.Sprintf("another speedscale is at work on the stack t (process %d, since ", os.Getpid()))
	other, err := Alone(dir, "u")
	require.NoError(t, err)
	other()
	release()
	release, err = Alone(dir, "t")
	require.NoError(t, err)
	release()
}
