package dockerhost

import (
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRefusedIsNotTakenForSilent(t *testing.T) {
	dial := func(why syscall.Errno) error {
		return &net.OpError{Op: "dial", Net: "unix", Err: os.NewSyscallError("connect", why)}
	}
	require.ErrorContains(t, PermissionError(dial(syscall.EACCES)), "may not talk to it: `sudo usermod -aG docker ")
	require.NoError(t, PermissionError(dial(syscall.ECONNREFUSED)))
	require.NoError(t, PermissionError(nil))
}
