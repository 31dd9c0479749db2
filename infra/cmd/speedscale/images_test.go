package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPinningLeavesTheRestOfTheSettingsAlone(t *testing.T) {
	pinned := map[string]string{"imageRefs.mongo": "mongo:7.0@sha256:ab", "imageRefs.nginx": "nginx:1.28@sha256:cd"}
	for name, c := range map[string]struct{ before, after string }{
		"no file": {"", `
config:
  speedscale:imageRefs:
    mongo: mongo:7.0@sha256:ab
    nginx: nginx:1.28@sha256:cd
`},
		"says nothing": {"config:\n", `
config:
  speedscale:imageRefs:
    mongo: mongo:7.0@sha256:ab
    nginx: nginx:1.28@sha256:cd
`},
		"comments and other settings": {`
# Ours.
encryptionsalt: v1:x
config:
  # Small.
  speedscale:shards: 1 # for now
  speedscale:imageRefs: {mongo: "mongo:7.0", redisStack: other}
`, `
# Ours.
encryptionsalt: v1:x
config:
  # Small.
  speedscale:shards: 1 # for now
  speedscale:imageRefs: {mongo: 'mongo:7.0@sha256:ab', redisStack: other, nginx: 'nginx:1.28@sha256:cd'}
`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := withSettings([]byte(c.before), pinned)
			require.NoError(t, err)
			require.Equal(t, strings.TrimSpace(c.after), strings.TrimSpace(string(got)))
			again, err := withSettings(got, pinned)
			require.NoError(t, err)
			require.Equal(t, string(got), string(again))
		})
	}
	_, err := withSettings([]byte("config:\n  speedscale:imageRefs: mongo\n"), pinned)
	require.EqualError(t, err, "line 2: speedscale:imageRefs must be a group of settings")
}
