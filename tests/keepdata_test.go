package tests

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

const (
	keepsData = "  speedscale:keepData: true\n"
)

// What a destroy keeps, the next up takes over: the sets, the shards and every
// document. What it does not keep it names beforehand.
func TestDataOutlivesADestroyIfWanted(t *testing.T) {
	t.Cleanup(func() { clearSmallStack(t) })
	from, volumes := officialImages(t).settings(), allVolumes(t, smallStack)
	settle(t, "2", from)
	small(t, "up")
	before := documentsOf(t, smallStack)

	settle(t, "2", from+keepsData)
	out, err := onStack(smallStack, nil, "destroy")
	require.Equal(t, 1, exitCode(err), out)
	require.Contains(t, out, "speedscale:keepData is set, but the stack was last brought up without it and 3 volumes would be deleted: run `up` first")

	small(t, "up")
	start := time.Now()
	out = small(t, "destroy")
	t.Logf("destroyed in %s", time.Since(start).Round(time.Millisecond))
	require.Contains(t, out, "The data of stack tests-small is kept: 3 volumes with ")
	require.Empty(t, ofSmallStack(t, "ps", "-a"))
	require.Len(t, allVolumes(t, smallStack), len(volumes)+3)

	start = time.Now()
	small(t, "up")
	t.Logf("up again in %s: %s", time.Since(start).Round(time.Millisecond), before)
	require.Equal(t, before, documentsOf(t, smallStack))
	small(t, "preview", "--refresh", "--exit-code")

	settle(t, "2", from)
	small(t, "up")
	out = small(t, "destroy")
	require.Contains(t, out, "The data of stack tests-small is DELETED: 3 volumes with ")
	require.Contains(t, out, "tests-small_shard2_node1_data")
	require.Equal(t, volumes, allVolumes(t, smallStack))
}

// small runs the front end on the small stack, which must succeed.
func small(t *testing.T, args ...string) string {
	t.Helper()
	out, err := onStack(smallStack, nil, args...)
	require.NoError(t, err, out)
	return out
}

// ofSmallStack lists what Docker has of it: ids of containers, names of volumes.
func ofSmallStack(t *testing.T, list ...string) []string {
	t.Helper()
	return lines(docker(t, append(list, "-q", "--filter", "label=speedscale.stack="+smallStack)...))
}

// clearSmallStack removes it with its volumes, whatever a failed test left.
func clearSmallStack(t *testing.T) {
	t.Helper()
	settle(t, "1", "")
	small(t, "destroy")
	for _, kind := range []string{"volume", "network"} {
		if left := ofSmallStack(t, kind, "ls"); len(left) > 0 {
			docker(t, append([]string{kind, "rm"}, left...)...)
		}
	}
}

// documentsOf is the number and the hash of all products.
func documentsOf(t *testing.T, stack string) string {
	t.Helper()
	cursor, err := mongoOf(t, stack).Database("speedscale").Collection("products").
		Find(t.Context(), bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	require.NoError(t, err)
	hash, count := sha256.New(), 0
	for ; cursor.Next(t.Context()); count++ {
		hash.Write(cursor.Current)
	}
	require.NoError(t, cursor.Err())
	require.Positive(t, count)
	return fmt.Sprintf("%d documents, %x", count, hash.Sum(nil))
}

// A shard that leaves a stack with keepData leaves its volume behind, with
// copies of what it once held. When it comes back they are dropped, and it gets
// its part anew.
func TestAShardComesBackToItsKeptVolume(t *testing.T) {
	t.Cleanup(func() { clearSmallStack(t) })
	settle(t, "2", keepsData)
	small(t, "up")
	before := documentsOf(t, smallStack)

	settle(t, "1", keepsData)
	small(t, "up")
	require.Equal(t, before, documentsOf(t, smallStack))
	require.Len(t, ofSmallStack(t, "volume", "ls"), 3, "the shard's volume is kept")

	settle(t, "2", keepsData)
	small(t, "up")
	require.Equal(t, before, documentsOf(t, smallStack))
	small(t, "preview", "--refresh", "--exit-code")
	for _, shard := range statusOf(t, smallStack).Shards.Shards {
		require.Positive(t, shard.Chunks, shard.Name)
	}
}
