package containers

import (
	"testing"

	"github.com/stretchr/testify/require"

	"speedscale/infra/dockerhost"
	"speedscale/infra/dockerhost/fake"
)

func TestSecretsAreHandedOver(t *testing.T) {
	d := &fake.Engine{}
	n := &Network{NetworkArgs: NetworkArgs{Owner: "dev"}}
	n.holders.Store("dev-mongos", dockerhost.Holder{Name: "dev-mongos-secrets-f00", Folder: "/run/secrets", Files: map[string]string{"keyfile": "key"}})
	for _, name := range []string{"dev-frontend", "dev-mongos"} {
		require.NoError(t, n.holdSecrets(t.Context(), d, name, "sha256:1"))
		require.NoError(t, n.handOver(t.Context(), d, name))
	}
	require.Equal(t, []string{
		"remove unused volumes with speedscale.secrets=dev",
		"create holder dev-mongos-secrets-f00 of /run/secrets with [keyfile]",
		"remove dev-mongos-secrets-f00",
	}, d.Journal())
	require.Equal(t, map[string]string{"keyfile": "key"}, n.Secrets("dev-mongos"))
	require.Empty(t, n.Secrets("dev-frontend"))
}

// A container is replaced exactly when its secrets change.
func TestOtherSecretsHaveAnotherHash(t *testing.T) {
	one := map[string]string{"a": "1", "b": "2"}
	require.Equal(t, hash(one), hash(map[string]string{"b": "2", "a": "1"}))
	for _, other := range []map[string]string{{"a": "1"}, {"a": "1", "b": "3"}, {"a": "1", "c": "2"}, {"a": "1b", "": "2"}} {
		require.NotEqual(t, hash(one), hash(other))
	}
}
