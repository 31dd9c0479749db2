package toolchain

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// partsCommand is parts.sh, with a script in make's place and so much memory
// available.
func partsCommand(t *testing.T, script string, gigabytes int, names ...string) *exec.Cmd {
	t.Helper()
	p := project{t: t, dir: t.TempDir()}
	p.executable(p.dir, "make", script)
	meminfo := filepath.Join(p.dir, "meminfo")
	require.NoError(t, os.WriteFile(meminfo, fmt.Appendf(nil, "MemTotal: 1 kB\nMemAvailable: %d kB\n", gigabytes<<20), 0o600))
	cmd := exec.Command("./parts.sh", names...)
	cmd.Env = append(cmd.Environ(), "MAKE="+p.dir+"/make", "MEMINFO="+meminfo)
	return cmd
}

// parts runs parts.sh with a make that fails at a target of that name.
func parts(t *testing.T, gigabytes int, names ...string) (string, error) {
	t.Helper()
	script := "#!/bin/sh\necho does $2\n[ \"$2\" != fails ] || { echo What failed: this; exit 7; }\n"
	out, err := partsCommand(t, script, gigabytes, names...).CombinedOutput()
	return string(out), err
}

func TestEachPartIsSummedUpAtTheEnd(t *testing.T) {
	out, err := parts(t, 12, "lint", "unit")
	require.NoError(t, err, out)
	require.Regexp(t, `\n  lint +passed +0 min 0\d s\n  unit +passed +0 min 0\d s\n  all +passed +0 min 0\d s\n$`, out)
}

func TestAfterAPartThatFailsNoOtherIsRun(t *testing.T) {
	out, err := parts(t, 12, "lint", "fails", "integration")
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 7, exit.ExitCode(), "the part's own")
	require.NotContains(t, out, "== integration")
	require.Regexp(t, `\n  lint +passed .*\n  fails +FAILED .*\n  integration +not run\n  all +FAILED .*\n$`, out)
}

// Side by side, each line says whose it is, all run to their end, and what failed
// comes last.
func TestPartsSideBySide(t *testing.T) {
	out, err := parts(t, 12, "lint", "fails+unit", "integration")
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 7, exit.ExitCode())
	require.Contains(t, out, "== fails unit, side by side\n")
	require.Contains(t, out, "\nunit: does unit\n")
	require.Contains(t, out, "\nfails: does fails\n")
	require.Regexp(t, `\n== fails failed\nWhat failed: this\n\n  lint +passed .*\n  fails +FAILED .*\n  unit +passed .*\n  integration +not run\n  all +FAILED .*\n$`, out)
}

func TestWithLittleMemoryPartsRunOneAfterTheOther(t *testing.T) {
	out, err := parts(t, 11, "lint+unit")
	require.NoError(t, err, out)
	require.NotContains(t, out, "side by side")
	require.Regexp(t, `== lint\ndoes lint\n\n== unit\ndoes unit\n`, out)
}

// An interrupt reaches all of them, and nothing goes on behind the user's back.
func TestAnInterruptEndsPartsSideBySide(t *testing.T) {
	script := "#!/bin/bash\ntrap 'kill $!; echo interrupted; exit 130' INT\nsleep 100 >/dev/null 2>&1 &\necho begun\nwait\n"
	cmd := partsCommand(t, script, 12, "unit+integration")
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
