package testenv

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestServersAnswer(t *testing.T) {
	for _, r := range Releases(t) {
		t.Run(r.Version, func(t *testing.T) { r.Mongod(t) })
	}
	Redis(t)
}

func TestOlder(t *testing.T) {
	for version, want := range map[string]bool{"5.0.4": true, "6.0.0": false, "6.0.27": false, "10.0": false, "6": true, "5": true} {
		require.Equal(t, want, Release{Version: version}.Older("6.0"), version)
	}
}

func TestTheOverrideIsAskedForItsVersion(t *testing.T) {
	own := Default(t)
	t.Setenv(override, own.path)
	all := Releases(t)
	require.Len(t, all, 1)
	require.Equal(t, own.Version, all[0].Version)
	require.Equal(t, own.path, Default(t).path)
}
