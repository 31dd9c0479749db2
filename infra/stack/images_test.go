package stack

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheEngineSaysItsArchitecture(t *testing.T) {
	architecture := "aarch64"
	daemon := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"Architecture": "` + architecture + `"}`))
	}))
	t.Setenv("DOCKER_HOST", "tcp://"+strings.TrimPrefix(daemon.URL, "http://"))
	arch, err := engineArch(t.Context())
	require.NoError(t, err)
	require.Equal(t, "arm64", arch)

	architecture = "s390x"
	_, err = engineArch(t.Context())
	require.ErrorContains(t, err, `Docker runs on "s390x"`)

	daemon.Close()
	arch, err = engineArch(t.Context())
	require.NoError(t, err, "a preview needs none")
	require.Empty(t, arch)
}
