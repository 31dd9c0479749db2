package provider_test

import (
	"testing"
	"testing/synctest"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/require"
)

// Data can be moved neither to nor from a shard whose members are stopped. Operations
// that move data fail for this reason, long before their deadline.
func TestMovingDataNeedsEveryShard(t *testing.T) {
	for _, c := range []struct {
		name string
		move func(e *engine, made map[string]p.CreateResponse, collection p.CreateResponse) error
	}{
		{"a collection that leaves the shard", func(e *engine, _ map[string]p.CreateResponse, collection p.CreateResponse) error {
			_, err := e.update("ShardedCollection", collection, products().with("shards", []any{"s1"}))
			return err
		}},
		{"a shard that leaves the cluster", func(e *engine, made map[string]p.CreateResponse, _ p.CreateResponse) error {
			e.check("Shard", shard("s1"))
			return e.Delete(p.DeleteRequest{ID: "s2", Urn: urn("Shard", "r"), Properties: e.check("Shard", shard("s2").with("timeoutSeconds", 3600))})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, made, collection := stack(t, "s1", "s2")
				for _, host := range []string{"s2-a:27017", "s2-b:27017"} {
					e.cluster.Down(host, true)
				}
				began := time.Now()
				err := c.move(e, made, collection)
				require.ErrorContains(t, err, "a shard does not serve, and has not for 30s, so no data can be moved: ")
				require.ErrorContains(t, err, "could not find a primary of s2")
				require.Less(t, time.Since(began), time.Minute)

				// The outage is no longer than an election, so the work continues.
				moved := make(chan error)
				go func() { moved <- c.move(e, made, collection) }()
				time.Sleep(20 * time.Second) // on the fake clock of synctest
				e.cluster.Down("s2-a:27017", false)
				require.NoError(t, <-moved)
				require.Equal(t, map[string]int64{"s1": 4000}, e.documents())
			})
		})
	}
}
