//go:build linux

package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"speedscale/infra/status"
)

const (
	daemonStack    = "tests-daemon"
	daemonSettings = `config:
  speedscale:images: packages
  speedscale:shards: %d
  speedscale:membersPerShard: 1
  speedscale:configServers: 1
  speedscale:seedTarget: 10
`
)

// The Docker daemon is restarted in the middle of a run, as by an upgrade or a
// crash: the same command typed once more converges, and nothing is lost.
func TestDockerRestartsInTheMiddle(t *testing.T) {
	beside(t)
	if os.Getuid() != 0 {
		t.Skip("only root can start a daemon beside the one in use")
	}
	d := startDaemon(t)
	settings := filepath.Join(root(), "Pulumi."+daemonStack+".yaml")
	t.Cleanup(func() {
		out, err := d.speedscale("destroy").CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.NoError(t, os.Remove(settings))
	})
	// The images are built undisturbed.
	require.NoError(t, os.WriteFile(settings, fmt.Appendf(nil, daemonSettings, 1), 0o600))
	out, err := d.speedscale("up").CombinedOutput()
	require.NoError(t, err, "%s", out)
	d.holds(t, 1)

	for _, c := range []struct {
		command string
		shards  int
		signal  syscall.Signal
		moment  time.Duration // since the run's start
	}{
		{"up", 2, syscall.SIGTERM, 4 * time.Second},
		{"up", 1, syscall.SIGKILL, 5 * time.Second},
		{"destroy", 0, syscall.SIGTERM, 3 * time.Second},
	} {
		if c.shards > 0 {
			require.NoError(t, os.WriteFile(settings, fmt.Appendf(nil, daemonSettings, c.shards), 0o600))
		}
		disturbed := d.speedscale(c.command)
		var said bytes.Buffer
		disturbed.Stdout, disturbed.Stderr = &said, &said
		require.NoError(t, disturbed.Start())
		<-time.After(c.moment)
		d.end(t, c.signal)
		d.start(t)
		failed := disturbed.Wait()
		start := time.Now()
		out, err := d.speedscale(c.command).CombinedOutput()
		require.NoError(t, err, "%s\nbefore:\n%s", out, said.Bytes())
		t.Logf("%s to %d shards, dockerd %s after %s: the run %s; once more: converged in %s", c.command, c.shards, c.signal, c.moment,
			map[bool]string{true: "went on", false: "failed"}[failed == nil], time.Since(start).Round(100*time.Millisecond))
		d.holds(t, c.shards)
	}
}

// daemon is a Docker daemon of its own, in a network of its own, so that those
// that are in use are not disturbed.
type daemon struct {
	network, dir string
	process      *exec.Cmd
}

func startDaemon(t *testing.T) *daemon {
	t.Helper()
	dir, err := os.MkdirTemp("", "dockerd-") // a socket's path must be short
	require.NoError(t, err)
	d := &daemon{network: filepath.Base(dir), dir: dir}
	command(t, "ip", "netns", "add", d.network)
	t.Cleanup(func() {
		command(t, "ip", "netns", "delete", d.network)
		_ = syscall.Unmount(filepath.Join(d.dir, "data"), syscall.MNT_DETACH) // which dockerd mounts on itself
		require.NoError(t, os.RemoveAll(d.dir))
	})
	command(t, "ip", "-n", d.network, "link", "set", "lo", "up")
	d.start(t)
	t.Cleanup(func() { d.end(t, syscall.SIGTERM) })
	return d
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	require.NoError(t, err, "%s %v: %s", name, args, out)
}

// inside is a command in the daemon's network that speaks to the daemon.
func (d *daemon) inside(args ...string) *exec.Cmd {
	cmd := exec.Command("nsenter", append([]string{"--net=/run/netns/" + d.network}, args...)...)
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+d.socket())
	return cmd
}

func (d *daemon) socket() string { return "unix://" + filepath.Join(d.dir, "docker.sock") }

func (d *daemon) speedscale(args ...string) *exec.Cmd {
	return d.inside(append([]string{filepath.Join(root(), "bin", "speedscale"), "--stack", daemonStack, "--dir", root()}, args...)...)
}

// start starts the daemon and waits until it answers.
func (d *daemon) start(t *testing.T) {
	t.Helper()
	d.process = d.inside("dockerd", "--host", d.socket(), "--data-root", filepath.Join(d.dir, "data"),
		"--exec-root", filepath.Join(d.dir, "run"), "--pidfile", filepath.Join(d.dir, "pid"))
	log, err := os.OpenFile(filepath.Join(d.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	defer func() { require.NoError(t, log.Close()) }()
	d.process.Stdout, d.process.Stderr = log, log
	require.NoError(t, d.process.Start())
	eventually(t, time.Minute, "dockerd answers", func() error {
		out, err := d.inside("docker", "version").CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s; the daemon's log: %s", err, out, lastLines(log.Name()))
		}
		return nil
	})
}

func lastLines(file string) []byte {
	text, err := os.ReadFile(file)
	if err != nil {
		return []byte(err.Error())
	}
	return text[max(0, len(text)-2000):]
}

func (d *daemon) end(t *testing.T, signal syscall.Signal) {
	t.Helper()
	require.NoError(t, d.process.Process.Signal(signal))
	_ = d.process.Wait() // its exit code is that of the signal
	// A dockerd that is killed takes its containerd with it. Where the first
	// process of the machine does not collect the dead, as in some containers,
	// the next dockerd would take it for alive.
	if err := os.Remove(filepath.Join(d.dir, "run", "containerd", "containerd.pid")); !os.IsNotExist(err) {
		require.NoError(t, err)
	}
}

// holds waits until the stack is healthy and has all its products on so many
// shards; with none, it must be gone.
func (d *daemon) holds(t *testing.T, shards int) {
	t.Helper()
	if shards == 0 {
		for _, kind := range []string{"ps -a", "volume ls", "network ls"} {
			out, err := d.inside("sh", "-c", "docker "+kind+" -q --filter label=speedscale.stack="+daemonStack).CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Empty(t, string(out), kind)
		}
		return
	}
	eventually(t, 2*time.Minute, "the stack is healthy and whole", func() error {
		out, err := d.speedscale("status", "--json").Output()
		var report status.Report
		if jsonErr := json.Unmarshal(out, &report); jsonErr != nil {
			return jsonErr
		}
		documents := int64(0)
		for _, s := range report.Shards.Shards {
			documents += s.Documents
		}
		if err != nil || len(report.Shards.Shards) != shards || documents != 10 {
			return fmt.Errorf("%d documents on %d shards: %s", documents, len(report.Shards.Shards), out)
		}
		return nil
	})
}
