package toolchain

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// parts runs parts.sh with a make that fails at a target of that name.
func parts(t *testing.T, names ...string) (string, error) {
	t.Helper()
	p := project{t: t, dir: t.TempDir()}
	p.executable(p.dir, "make", "#!/bin/sh\n[ \"$2\" != fails ] || exit 7\n")
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
