package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"speedscale/infra/containers"
	"speedscale/infra/recovery"
	"speedscale/infra/status"
)

const (
	killStack = "tests-kill"
	markers   = 20
)

// The stack that is killed, at its smallest.
const killSettings = `config:
  speedscale:shards: %d
  speedscale:membersPerShard: %d
  speedscale:configServers: 1
  speedscale:seedTarget: 10
  speedscale:security: {%s}
  speedscale:ports: {mongos: 22117, redis: 22479, insight: 22101, redisUi: 22181, gateway: 22100, frontend: 22130}
%s`

// engineStarts is how long a run takes at least until it changes something.
const engineStarts = time.Second

// change is one run that is killed, and about how long it takes undisturbed.
type change struct {
	name            string
	shards, members int // 0: destroy
	takes           time.Duration
	security        string // speedscale:security
}

// Each begins where the one before ended, and the last where the first begins.
var changes = []change{
	{"up", 1, 1, 11 * time.Second, ""},
	{"shards 1→2", 2, 1, 7 * time.Second, ""},
	{"shards 2→1", 1, 1, 9 * time.Second, ""},
	{"members 1→3", 1, 3, 9 * time.Second, ""},
	{"members 3→1", 1, 1, 7 * time.Second, ""},
	{"destroy", 0, 0, 8 * time.Second, ""},
}

// securityChanges are killed instead with KILL_OF=security. They take minutes.
var securityChanges = []change{
	{"logins on", 1, 3, 55 * time.Second, "auth: true"},
	{"passwords", 1, 3, 20 * time.Second, "rotate: {passwords: 2}"},
	{"keyfile", 1, 3, 50 * time.Second, "rotate: {passwords: 2, keyfile: 2}"},
	{"TLS on", 1, 3, 80 * time.Second, "tls: true, rotate: {passwords: 2, keyfile: 2}"},
	{"certificates", 1, 3, 10 * time.Second, "tls: true, certificateDays: 30, rotate: {passwords: 2, keyfile: 2}"},
	{"authority", 1, 3, 20 * time.Second, "tls: true, certificateDays: 30, rotate: {passwords: 2, keyfile: 2, authority: 2}"},
	{"TLS off", 1, 3, 80 * time.Second, "auth: true"},
	{"logins off", 1, 3, 55 * time.Second, "auth: false"},
}

// victims are what dies. A front end that is killed leaves its engine running;
// one that is interrupted ends by itself, the second time at once.
var victims = []string{
	"front end and engine", "front end", "engine", "speedscale plugin", "docker plugin", "mongod",
	ctrlC, ctrlCTwice,
}

const (
	ctrlC      = "Ctrl-C"
	ctrlCTwice = "Ctrl-C twice"
)

// Whatever is killed, and whenever, the same command typed once more converges:
// healthy, nothing orphaned, nothing lost, no manual step.
//
// KILL_POINTS says how many runs are killed (by default one of each change), KILL_OF=security which,
// KILL_SEED repeats those of a seed, and KILL_IMAGES=packages takes images from packages and not from a registry.
func TestKilledAtAnyMoment(t *testing.T) {
	beside(t)
	changes := changes
	if os.Getenv("KILL_OF") == "security" {
		changes = securityChanges
	}
	points, seed := number(t, "KILL_POINTS", len(changes)), number(t, "KILL_SEED", os.Getpid())
	source := "  speedscale:images: packages\n"
	if os.Getenv("KILL_IMAGES") != "packages" {
		source = officialImages(t).settings()
	}
	volumes := allVolumes(t, killStack)
	t.Logf("%d kills; the same again with KILL_SEED=%d", points, seed)
	dice := rand.New(rand.NewPCG(uint64(seed), 0)) //nolint:gosec // it must be repeatable, not secret
	settings := filepath.Join(root(), "Pulumi."+killStack+".yaml")
	t.Cleanup(func() {
		out, err := onStack(killStack, nil, "destroy")
		require.NoError(t, err, out)
		nothingLeft(t)
		require.Equal(t, volumes, allVolumes(t, killStack), "volumes after destroy")
		require.NoError(t, os.Remove(settings))
	})
	killed, isNew := 0, true
	var deck []int // so that each has its turn
	for point := range points {
		c := changes[point%len(changes)]
		if len(deck) == 0 {
			deck = dice.Perm(len(victims))
		}
		victim := victims[deck[0]]
		deck = deck[1:]
		moment := engineStarts + time.Duration(dice.Int64N(int64(c.takes)))
		if victim == ctrlC { // before, the engine holds its lock and does not yet listen
			moment = max(moment, 3*engineStarts)
		}
		if c.shards > 0 {
			require.NoError(t, os.WriteFile(settings, fmt.Appendf(nil, killSettings, c.shards, c.members, c.security, source), 0o600))
		}
		hit := runAndKill(t, c, victim, moment)
		if hit != "" {
			killed++
		}
		start := time.Now()
		out, err := onStack(killStack, nil, c.command())
		t.Logf("point %d: %s, killed after %s: %s; converged in %s; %s", point, c.name, moment.Round(time.Millisecond), hit,
			time.Since(start).Round(100*time.Millisecond), strings.Join(recovered(out), "; "))
		require.NoError(t, err, out)
		if c.shards == 0 {
			nothingLeft(t)
			isNew = true
			continue
		}
		converged(t, c, isNew)
		isNew = false
	}
	t.Logf("%d of %d runs killed before they ended; all converged", killed, points)
}

func (c change) command() string {
	if c.shards == 0 {
		return "destroy"
	}
	return "up"
}

// runAndKill starts a run, kills the victim at the moment and lets the rest
// end. It says what it killed; nothing if the run was faster.
func runAndKill(t *testing.T, c change, victim string, moment time.Duration) (hit string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(root(), "bin", "speedscale"), "--stack", killStack, "--dir", root(), c.command())
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Start())
	var ended error
	done := make(chan struct{})
	go func() {
		ended = cmd.Wait()
		close(done)
	}()
	select {
	case <-done:
		require.NoError(t, ended, "a run that nothing disturbs: %s", said.String())
		return ""
	case <-time.After(moment):
	}
	hit, pids := find(t, victim, cmd.Process.Pid)
	send := func(signal syscall.Signal) {
		for _, pid := range pids {
			_ = syscall.Kill(pid, signal) // it may just have ended
		}
	}
	if victim == ctrlC || victim == ctrlCTwice {
		send(syscall.SIGINT)
	} else {
		send(syscall.SIGKILL)
	}
	if victim == ctrlCTwice {
		select {
		case <-done:
		case <-time.After(300 * time.Millisecond): // a person's second thought
			send(syscall.SIGINT)
		}
	}
	select {
	case <-done: // whether it managed in spite of this, or not
	case <-time.After(10 * time.Minute):
		require.NoError(t, cmd.Process.Kill())
		t.Fatal("the run did not end")
	}
	if victim == ctrlC { // the second one may kill the engine before that
		require.Empty(t, locks(t), "an interrupted run releases its lock")
		if ended != nil {
			require.Contains(t, said.String(), "was interrupted; run it again to go on")
		}
	}
	return hit
}

// find names the processes to kill. What is not there yet is replaced by the
// front end and the engine.
func find(t *testing.T, victim string, front int) (string, []int) {
	t.Helper()
	children := func(parent int, name string) (pids []int) {
		all, err := recovery.Processes()
		require.NoError(t, err)
		for _, p := range all {
			if p.Parent == parent && filepath.Base(p.Path) == name {
				pids = append(pids, p.PID)
			}
		}
		return pids
	}
	engine := children(front, "pulumi")
	var pids []int
	switch victim {
	case "front end", ctrlC, ctrlCTwice:
		pids = []int{front}
	case "engine":
		pids = engine
	case "mongod":
		pids = mongods(t)
	case "speedscale plugin", "docker plugin":
		for _, parent := range engine {
			pids = append(pids, children(parent, "pulumi-resource-"+strings.TrimSuffix(victim, " plugin"))...)
		}
	}
	if len(pids) == 0 {
		return victims[0], append([]int{front}, engine...)
	}
	return victim, pids
}

// mongods is the process of a container that runs one, on this host.
func mongods(t *testing.T) []int {
	t.Helper()
	names := strings.Fields(docker(t, "ps", "-q", "--filter", "label=speedscale.stack="+killStack, "--filter", "label=speedscale.role=shard"))
	if len(names) == 0 {
		return nil
	}
	out, err := exec.Command("docker", "inspect", "-f", "{{.State.Pid}}", names[0]).Output()
	pid, _ := strconv.Atoi(string(bytes.TrimSpace(out)))
	if err != nil || pid == 0 { // it has just ended
		return nil
	}
	return []int{pid}
}

// converged proves that the stack is what its settings say.
func converged(t *testing.T, c change, isNew bool) {
	t.Helper()
	eventually(t, time.Minute, "the stack is healthy", func() error {
		out, err := exec.Command(filepath.Join(root(), "bin", "speedscale"), "--stack", killStack, "--dir", root(), "status", "--json").Output()
		var report status.Report
		if jsonErr := json.Unmarshal(out, &report); jsonErr != nil {
			return jsonErr
		}
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		if len(report.Shards.Shards) != c.shards {
			return fmt.Errorf("%d shards, want %d", len(report.Shards.Shards), c.shards)
		}
		return nil
	})
	require.Len(t, labelled(t, "ps", "-a"), c.shards*c.members+7, "containers")
	require.Len(t, labelled(t, "network", "ls"), 1, "networks")
	require.Empty(t, unnamedVolumes(t, killStack))
	noOrphans(t)
	client := mongoOf(t, killStack)
	collection := client.Database("speedscale").Collection("markers")
	if isNew {
		var documents []any
		for i := range markers {
			documents = append(documents, bson.M{"_id": i})
		}
		_, err := collection.InsertMany(t.Context(), documents)
		require.NoError(t, err)
	}
	for name, want := range map[string]int64{"markers": markers, "products": 10} {
		n, err := client.Database("speedscale").Collection(name).CountDocuments(t.Context(), bson.M{})
		require.NoError(t, err)
		require.Equal(t, want, n, name)
	}
}

// nothingLeft proves that the stack has been destroyed.
func nothingLeft(t *testing.T) {
	t.Helper()
	require.Empty(t, labelled(t, "ps", "-a"))
	require.Empty(t, labelled(t, "network", "ls"))
	require.Empty(t, labelled(t, "volume", "ls"))
	require.Empty(t, docker(t, "volume", "ls", "-q", "--filter", "label="+containers.LabelSecrets+"="+killStack))
	noOrphans(t)
}

// noOrphans looks for locks, and for plugins of this checkout without an engine.
func noOrphans(t *testing.T) {
	t.Helper()
	require.Empty(t, locks(t))
	eventually(t, 10*time.Second, "no plugin is an orphan", func() error { // another stack's may just be ending
		all, err := recovery.Processes()
		require.NoError(t, err)
		for _, p := range all {
			ours := strings.HasPrefix(p.Path, root()) && strings.HasPrefix(filepath.Base(p.Path), "pulumi-resource-")
			if ours && p.Parent == 1 {
				return fmt.Errorf("process %d, %s, is an orphan", p.PID, p.Path)
			}
		}
		return nil
	})
}

func locks(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root(), ".pulumi", "locks", "organization", "speedscale", killStack, "*"))
	require.NoError(t, err)
	return found
}

func labelled(t *testing.T, list ...string) []string {
	t.Helper()
	return strings.Fields(docker(t, append(list, "-q", "--filter", "label=speedscale.stack="+killStack)...))
}

// recovered picks what a run put right out of what it wrote.
func recovered(out string) []string {
	return slices.DeleteFunc(strings.Split(out, "\n"), func(line string) bool {
		return !slices.ContainsFunc([]string{"removing the ", "ending process", "forgetting", "starting the container", "the job ", "waiting for a run"},
			func(start string) bool { return strings.HasPrefix(line, start) })
	})
}

// number reads a whole number from the environment.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, name)
	return n
}
