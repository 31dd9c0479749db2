package toolchain

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// parts runs parts.sh with a make that fails at a target of that name.
func parts(t *testing.T, names ...string) (string, error) {
	t.Helper()
	p := project{t: t, dir: t.TempDir()}
	p.executable(p.dir, "make", "#!/bin/sh\necho does $2\n[ \"$2\" != fails ] || { echo What failed: this; exit 7; }\n")
	cmd := exec.Command("./parts.sh", names...)
	cmd.Env = append(cmd.Environ(), "MAKE="+p.dir+"/make")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestEachPartIsSummedUpAtTheEnd(t *testing.T) {
	out, err := parts(t, "lint", "unit")
	require.NoError(t, err, out)
	require.Regexp(t, `\n  lint +passed +0 min 0\d s\n  unit +passed +0 min 0\d s\n  all +passed +0 min 0\d s\n$`, out)
}

func TestAfterAPartThatFailsNoOtherIsRun(t *testing.T) {
	out, err := parts(t, "lint", "fails", "integration")
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 7, exit.ExitCode(), "the part's own")
	require.NotContains(t, out, "== integration")
	require.Regexp(t, `\n  lint +passed .*\n  fails +FAILED .*\n  integration +not run\n  all +FAILED .*\n$`, out)
}

// Side by side, each line says whose it is, all run to their end, and what failed
// comes last.
func TestPartsSideBySide(t *testing.T) {
	if memory, err := os.ReadFile("/proc/meminfo"); err != nil || !enough(string(memory)) {
		t.Skip("this test needs 12 GB of free memory: with less, parts.sh runs one after the other")
	}
	out, err := parts(t, "lint", "fails+unit", "integration")
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 7, exit.ExitCode())
	require.Contains(t, out, "== fails unit, side by side\n")
	require.Contains(t, out, "\nunit: does unit\n")
	require.Contains(t, out, "\nfails: does fails\n")
	require.Regexp(t, `\n== fails failed\nWhat failed: this\n\n  lint +passed .*\n  fails +FAILED .*\n  unit +passed .*\n  integration +not run\n  all +FAILED .*\n$`, out)
}

func enough(meminfo string) bool {
	var kb int
	_, after, _ := strings.Cut(meminfo, "MemAvailable:")
	_, err := fmt.Sscan(after, &kb)
	return err == nil && kb >= 12<<20
}

// An interrupt reaches all of them, and nothing goes on behind the user's back.
func TestAnInterruptEndsPartsSideBySide(t *testing.T) {
	if memory, err := os.ReadFile("/proc/meminfo"); err != nil || !enough(string(memory)) {
		t.Skip("this test needs 12 GB of free memory: with less, parts.sh runs one after the other")
	}
	p := project{t: t, dir: t.TempDir()}
	p.executable(p.dir, "make", "#!/bin/bash\ntrap 'kill $!; echo interrupted; exit 130' INT\nsleep 100 >/dev/null 2>&1 &\necho begun\nwait\n")
	cmd := exec.Command("./parts.sh", "unit+integration")
	cmd.Env = append(cmd.Environ(), "MAKE="+p.dir+"/make")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	said := bufio.NewScanner(stdout)
	var lines []string
	for begun := 0; said.Scan(); {
		lines = append(lines, said.Text())
		if strings.HasSuffix(said.Text(), ": begun") {
			if begun++; begun == 2 {
				require.NoError(t, cmd.Process.Signal(os.Interrupt))
			}
		}
	}
	require.Error(t, cmd.Wait())
	require.Contains(t, lines, "unit: interrupted")
	require.Contains(t, lines, "integration: interrupted")
	require.Regexp(t, `^  all +FAILED `, lines[len(lines)-1])
}
