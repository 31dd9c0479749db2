package dockerhost

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheCurrentContextChoosesTheHost(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	t.Setenv("DOCKER_CONTEXT", "")
	t.Setenv("DOCKER_HOST", "")
	host, err := HostFromContext()
	require.NoError(t, err)
	require.Empty(t, host, "the local socket")

	meta := filepath.Join(dir, "contexts", "meta", fmt.Sprintf("%x", sha256.Sum256([]byte("desktop-linux"))))
	require.NoError(t, os.MkdirAll(meta, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(meta, "meta.json"), []byte(`{"Endpoints":{"docker":{"Host":"unix:///me/docker.sock"}}}`), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"currentContext":"desktop-linux"}`), 0o600))
	host, err = HostFromContext()
	require.NoError(t, err)
	require.Equal(t, "unix:///me/docker.sock", host)
	engine, err := Open()
	require.NoError(t, err)
	require.Equal(t, host, engine.Host())

	t.Setenv("DOCKER_HOST", "tcp://elsewhere:2375")
	host, err = HostFromContext()
	require.NoError(t, err)
	require.Empty(t, host, "whoever sets it has it already")
}
