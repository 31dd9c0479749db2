package toolchain

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// machine plays one: its PATH has what a system always has, and what is put
// there.
type machine struct {
	t                  *testing.T
	dir, bin, settings string
}

func newMachine(t *testing.T, osRelease string) machine {
	t.Helper()
	m := machine{t: t, dir: t.TempDir(), bin: t.TempDir()}
	m.settings = filepath.Join(m.dir, "Pulumi.t.yaml")
	for _, script := range []string{"host.sh", "docker.sh"} {
		project{t: t, dir: m.dir}.copy(script, "infra/toolchain/"+script)
	}
	m.file(filepath.Join(m.dir, "os-release"), osRelease)
	for _, tool := range []string{"bash", "basename", "dirname", "cat", "sed", "timeout"} {
		path, err := exec.LookPath(tool)
		require.NoError(t, err)
		require.NoError(t, os.Symlink(path, filepath.Join(m.bin, tool)))
	}
	m.has("id", `case $* in -u) echo 1000 ;; -un) echo me ;; "-Gn me") echo me users ;; esac`)
	m.has("uname", `case $1 in -s) echo Linux ;; *) echo Linux x86_64 ;; esac`)
	return m
}

func (m machine) file(path, text string) {
	m.t.Helper()
	require.NoError(m.t, os.WriteFile(path, []byte(text), 0o600))
}

// has puts a program there.
func (m machine) has(name, script string) {
	m.t.Helper()
	project{t: m.t}.executable(m.bin, name, "#!/bin/bash\n"+script+"\n")
}

// complete has all that `up` needs with images from packages.
func (m machine) complete() {
	m.t.Helper()
	for _, tool := range []string{"go", "npm", "mmdebstrap", "python3", "docker"} {
		m.has(tool, "")
	}
	m.has("node", "echo v22.1.0")
}

func (m machine) run(script string, args ...string) (string, error) {
	m.t.Helper()
	cmd := exec.Command(filepath.Join(m.dir, "infra/toolchain", script), args...)
	cmd.Env = []string{"PATH=" + m.bin, "HOME=" + m.dir, "STACK=t", "OS_RELEASE=" + filepath.Join(m.dir, "os-release")}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

const (
	debian = "ID=debian\n"
	fedora = "ID=fedora\n"
)

func TestACompleteMachineIsToldNothing(t *testing.T) {
	m := newMachine(t, debian)
	m.complete()
	out, err := m.run("host.sh", "up")
	require.NoError(t, err, out)
	require.Empty(t, out)
}

func TestAllThatIsMissingIsNamedAtOnce(t *testing.T) {
	m := newMachine(t, debian)
	m.complete()
	for _, tool := range []string{"go", "mmdebstrap", "python3"} {
		require.NoError(t, os.Remove(filepath.Join(m.bin, tool)))
	}
	m.has("node", "echo v18.19.0")
	m.has("docker", `echo "Got permission denied while trying to connect" >&2; exit 1`)
	out, err := m.run("host.sh", "up")
	require.Error(t, err)
	for _, want := range []string{
		"make up needs what this machine lacks:", "Go 1.26", "Node 20", "pip for python3",
		"the user me is not in the group docker (permission denied): sudo usermod -aG docker me, then log in anew",
		"Install what Debian has of it: sudo apt-get install mmdebstrap python3-pip\n",
		"With `speedscale:images: registry` in Pulumi.t.yaml",
	} {
		require.Contains(t, out, want)
	}
}

func TestTheBenchNeedsVirtualEnvironments(t *testing.T) {
	m := newMachine(t, debian)
	m.complete()
	out, err := m.run("host.sh", "bench")
	require.NoError(t, err, out)
	m.has("python3", `case $2 in *ensurepip*) echo "No module named 'ensurepip'" >&2; exit 1 ;; esac`)
	require.NoError(t, os.Remove(filepath.Join(m.bin, "mmdebstrap")))
	out, err = m.run("host.sh", "bench")
	require.Error(t, err)
	require.Contains(t, out, "venv for python3")
	require.Contains(t, out, "Install what Debian has of it: sudo apt-get install mmdebstrap python3 python3-venv\n")
	require.NotContains(t, out, "Pulumi.bench.yaml", "which the bench writes itself")
}

func TestARegistryNeedsNoPackageTools(t *testing.T) {
	for name, c := range map[string]struct{ settings, docker, curl string }{
		"the setting":         {"config:\n  speedscale:images: registry\n", "", "exit 1"},
		"in quotes":           {"config:\n  speedscale:images: \"registry\"\n", "", "exit 1"},
		"deployed from there": {"config:\n  speedscale:images: auto\n", `[ $1 != ps ] || echo registry`, "exit 1"},
		"they answer":         {"config: {}\n", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, debian)
			m.complete()
			m.file(m.settings, c.settings)
			m.has("docker", c.docker)
			m.has("curl", c.curl)
			require.NoError(t, os.Remove(filepath.Join(m.bin, "mmdebstrap")))
			out, err := m.run("host.sh", "up")
			require.NoError(t, err, out)
			require.Empty(t, out)
			m.file(m.settings, "config:\n  speedscale:images: packages\n")
			out, err = m.run("host.sh", "images")
			require.Error(t, err)
			require.Contains(t, out, "mmdebstrap")
		})
	}
}

func TestOtherSystemsAreToldWhatToDo(t *testing.T) {
	m := newMachine(t, fedora)
	m.complete()
	require.NoError(t, os.Remove(filepath.Join(m.bin, "mmdebstrap")))
	m.has("docker", `echo "Cannot connect to the Docker daemon." >&2; exit 1`)
	out, err := m.run("host.sh", "up")
	require.Error(t, err)
	require.Contains(t, out, "With `speedscale:images: registry`")
	require.Contains(t, out, "does not answer (Cannot connect to the Docker daemon): start it (sudo systemctl start docker)")
	require.NotContains(t, out, "sudo apt-get")

	m = newMachine(t, "")
	m.complete()
	m.has("uname", `case $1 in -s) echo Darwin ;; *) echo Darwin arm64 ;; esac`)
	require.NoError(t, os.Remove(filepath.Join(m.bin, "docker")))
	out, err = m.run("host.sh", "status")
	require.Error(t, err)
	require.Contains(t, out, "install Docker Desktop and start it")
	out, err = m.run("docker.sh")
	require.Error(t, err)
	require.Contains(t, out, "install Docker Desktop and start it")
	out, err = m.run("host.sh", "unit")
	require.Error(t, err)
	require.Contains(t, out, "Linux on amd64")
}

// An engine that is not the chosen one is of no use, so none is started.
func TestNoEngineIsStartedInPlaceOfTheChosenOne(t *testing.T) {
	m := newMachine(t, debian)
	m.complete()
	m.has("id", "echo 0")
	m.has("docker", `echo "Cannot connect to the Docker daemon at tcp://127.0.0.1:1." >&2; exit 1`)
	for _, tool := range []string{"dockerd", "apt-get", "setsid", "dpkg-query", "apt-cache"} {
		m.has(tool, "echo started or installed")
	}
	require.NoError(t, os.Mkdir(filepath.Join(m.dir, ".docker"), 0o700))
	m.file(filepath.Join(m.dir, ".docker", "config.json"), "{\n\t\"auths\": {},\n\t\"currentContext\": \"elsewhere\"\n}\n")
	for _, script := range [][]string{{"docker.sh"}, {"host.sh", "up"}, {"host.sh", "destroy"}} {
		out, err := m.run(script[0], script[1:]...)
		require.Error(t, err)
		require.Equal(t, "docker.sh: Docker does not answer at the docker context elsewhere (docker context use default takes the local engine): "+
			"Cannot connect to the Docker daemon at tcp://127.0.0.1:1\n", out)
	}
}

func TestAMemberOfTheGroupIsToldToLogIn(t *testing.T) {
	m := newMachine(t, debian)
	m.has("id", `case $* in -u) echo 1000 ;; -un) echo me ;; "-Gn me") echo me docker ;; esac`)
	m.has("docker", `echo "permission denied" >&2; exit 1`)
	out, err := m.run("docker.sh")
	require.Error(t, err)
	require.Contains(t, out, "Docker is there, but this login is older than me's place in the group docker: log in anew")
}
