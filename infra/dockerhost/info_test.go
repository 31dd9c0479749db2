package dockerhost

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestArch(t *testing.T) {
	for named, want := range map[string]string{"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"} {
		arch, err := Info{Architecture: named}.Arch()
		require.NoError(t, err)
		require.Equal(t, want, arch)
	}
	_, err := Info{Architecture: "armv7l"}.Arch()
	require.EqualError(t, err, `Docker runs on "armv7l": there are images for amd64 and arm64 only`)
}
