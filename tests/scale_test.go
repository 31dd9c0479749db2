package tests

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// scale changes the numbers of members, shards and config servers, there and
// back. The data stays the same, and each shard has its part of it.
func (s *changing) scale(t *testing.T) {
	count, hash := s.contents(t)
	require.Equal(t, documents, count)
	t.Logf("%d products, %s", count, hash)
	unharmed := func() {
		t.Helper()
		nowCount, nowHash := s.contents(t)
		t.Logf("%d products, %s", nowCount, nowHash)
		require.Equal(t, count, nowCount)
		require.Equal(t, hash, nowHash)
	}

	s.up(t, defaultConfigServers, "membersPerShard: 5")
	require.Equal(t, map[string]int{"configReplSet": 3, "shard1ReplSet": 5, "shard2ReplSet": 5}, s.members(t))
	unharmed()
	s.up(t)
	require.Equal(t, map[string]int{"configReplSet": 1, "shard1ReplSet": 3, "shard2ReplSet": 3}, s.members(t))
	unharmed()

	out := s.up(t, "shards: 3", defaultConfigServers)
	require.Regexp(t, `moving 16\.7 % of it from shard\dReplSet to shard3ReplSet, move \d of 2`, out)
	require.Equal(t, map[string]int{"configReplSet": 3, "shard1ReplSet": 3, "shard2ReplSet": 3, "shard3ReplSet": 3}, s.members(t))
	unharmed()
	for _, shard := range s.status(t).Shards.Shards {
		t.Logf("%s: %d chunks, %d documents", shard.Name, shard.Chunks, shard.Documents)
		require.Positive(t, shard.Chunks, shard.Name)
	}
	// A shard that leaves has to serve until it is empty, and nobody else looks
	// after its members. A refresh marks those that it finds stopped.
	docker(t, "stop", s.name+"-shard3-node1", s.name+"-shard3-node2", s.name+"-shard3-node3")
	out, err := onStack(s.name, nil, "refresh")
	require.NoError(t, err, out)
	out = s.up(t)
	require.Contains(t, out, "starting the container tests-changing-shard3-node1, which had been stopped")
	require.Contains(t, out, "shard3ReplSet: draining, 0 chunks")
	require.Equal(t, map[string]int{"configReplSet": 1, "shard1ReplSet": 3, "shard2ReplSet": 3}, s.members(t))
	unharmed()

	// A quarter of the products moves to the second shard, and back.
	s.up(t, "zones: [{name: archive, shards: [2], from: 0, to: 25}]")
	s.parts(t, 25, 75)
	unharmed()
	s.up(t)
	s.parts(t, 50, 50)
	unharmed()
	s.settled(t)
}

// parts waits until the shards' shares of the products are about these, in
// percent: the products' hashes are not quite even.
func (s *changing) parts(t *testing.T, want ...int64) {
	t.Helper()
	eventually(t, time.Minute, "the shards have their shares", func() error {
		shards := s.status(t).Shards.Shards
		for i, shard := range shards {
			if share := shard.Documents * 100 / documents; share < want[i]-3 || share > want[i]+3 {
				return fmt.Errorf("%v, want about %v percent", shards, want)
			}
		}
		t.Logf("shares: %v", shards)
		return nil
	})
}
