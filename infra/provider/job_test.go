package provider_test

import (
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/require"

	"speedscale/infra/dockerhost"
)

func TestJobIsRunAgainWhenItsWorkIsUndone(t *testing.T) {
	t.Parallel()
	e, _, _ := stack(t, "s1")
	e.cluster.Index(productsName, "tokens_1")
	in := props{
		"container": "cluster-init", "containerId": "f00", "router": map[string]any(router),
		"database": "speedscale", "collection": "products", "indexes": []any{"tokens_1"}, "timeoutSeconds": 5,
	}
	e.containers.Play("cluster-init", "mongos: no such host", dockerhost.State{Status: "exited", ExitCode: 1})
	_, err := e.create("Job", in)
	require.ErrorContains(t, err, "cluster-init exited with 1\nlast lines of cluster-init:\nmongos: no such host")
	e.containers.Play("cluster-init", "", dockerhost.State{Status: "exited"})
	made := e.mustCreate("Job", in)
	require.Empty(t, e.changed("Job", e.read("Job", made, in).Inputs, in), "a refresh shows nothing")

	e.cluster.Index(productsName)
	read := e.read("Job", made, in)
	require.Equal(t, map[string]p.DiffKind{"undone": p.Delete}, e.changed("Job", read.Inputs, in))
	made.Properties = read.Properties
	e.containers.OnRun("cluster-init", func() int { return 3 })
	e.containers.Play("cluster-init", "redis: no such host", dockerhost.State{Status: "exited"})
	_, err = e.update("Job", made, in)
	require.ErrorContains(t, err, "cluster-init exited with 3\nlast lines of cluster-init:\nredis: no such host")
	e.containers.OnRun("cluster-init", func() int { return 0 })
	_, err = e.update("Job", made, in)
	require.ErrorContains(t, err, "cluster-init has exited, but the indexes [tokens_1] do not exist")
	e.containers.OnRun("cluster-init", func() int { e.cluster.Index(productsName, "tokens_1"); return 0 })
	updated, err := e.update("Job", made, in)
	require.NoError(t, err)
	made.Properties = updated.Properties
	require.Empty(t, e.changed("Job", e.read("Job", made, in).Inputs, in))
}
