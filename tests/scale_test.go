package tests

import (
	"testing"

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

	s.up(t, "membersPerShard: 5")
	require.Equal(t, map[string]int{"configReplSet": 1, "shard1ReplSet": 5, "shard2ReplSet": 5}, s.members(t))
	unharmed()
	s.up(t)
	require.Equal(t, map[string]int{"configReplSet": 1, "shard1ReplSet": 3, "shard2ReplSet": 3}, s.members(t))
	unharmed()

	out := s.up(t, "shards: 3", "configServers: 3")
	require.Regexp(t, `moving 16\.7 % of it from shard\dReplSet to shard3ReplSet, move \d of 2`, out)
	require.Equal(t, map[string]int{"configReplSet": 3, "shard1ReplSet": 3, "shard2ReplSet": 3, "shard3ReplSet": 3}, s.members(t))
	unharmed()
	for _, shard := range s.status(t).Shards.Shards {
		t.Logf("%s: %d chunks, %d documents", shard.Name, shard.Chunks, shard.Documents)
		require.Positive(t, shard.Chunks, shard.Name)
	}
	out = s.up(t)
	require.Contains(t, out, "shard3ReplSet: draining, 0 chunks")
	require.Equal(t, map[string]int{"configReplSet": 1, "shard1ReplSet": 3, "shard2ReplSet": 3}, s.members(t))
	unharmed()
	s.settled(t)
}
