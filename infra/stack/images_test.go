package stack

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/infra/images"
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

// Where a stack's images come from must not change because the engine is slow to
// list something else than containers, such as the volumes of a plugin.
func TestTheDeployedSourceNeedsContainersOnly(t *testing.T) {
	daemon := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/containers/json"):
			_, _ = w.Write([]byte(`[{"Labels": {"speedscale.stack": "dev", "speedscale.images": "registry"}}]`))
		case !strings.HasSuffix(r.URL.Path, "/_ping"):
			http.Error(w, "no answer", http.StatusInternalServerError)
		}
	}))
	defer daemon.Close()
	t.Setenv("DOCKER_HOST", "tcp://"+strings.TrimPrefix(daemon.URL, "http://"))
	require.Equal(t, images.Registry, deployedSource(t.Context(), "dev"))
}
