package mongoadmin_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"speedscale/infra/mongoadmin"
)

var hashedID = mongoadmin.ShardKey{{Field: "_id", Type: "hashed"}}

// cut is the whole range of hashes cut at those places, dealt out to the shards.
func cut(at []int64, shards []string) (chunks []mongoadmin.Chunk) {
	from := `{"_id":{"$minKey":1}}`
	for i := range len(at) + 1 {
		to := `{"_id":{"$maxKey":1}}`
		if i < len(at) {
			to = fmt.Sprintf(`{"_id":{"$numberLong":"%d"}}`, at[i])
		}
		chunks = append(chunks, mongoadmin.Chunk{Range: mongoadmin.Range{Min: from, Max: to}, Shard: shards[i%len(shards)]})
		from = to
	}
	return chunks
}

// carryOut makes one move as a router does: the range must lie within one chunk.
func carryOut(t require.TestingT, chunks []mongoadmin.Chunk, m mongoadmin.Move) []mongoadmin.Chunk {
	for i, c := range chunks {
		if c.Min == m.Min && c.Shard == m.From {
			if c.Max == m.Max {
				chunks[i].Shard = m.To
				return chunks
			}
			require.Less(t, hash(t, m.Max), hash(t, c.Max), "the range ends beyond its chunk")
			chunks[i] = mongoadmin.Chunk{Range: m.Range, Shard: m.To}
			return slices.Insert(chunks, i+1, mongoadmin.Chunk{Range: mongoadmin.Range{Min: m.Max, Max: c.Max}, Shard: c.Shard})
		}
	}
	require.Fail(t, "no chunk of that shard begins there", "%+v", m)
	return nil
}

func hash(t require.TestingT, bound string) int64 {
	switch bound {
	case `{"_id":{"$minKey":1}}`:
		return math.MinInt64
	case `{"_id":{"$maxKey":1}}`:
		return math.MaxInt64
	}
	var text string
	_, err := fmt.Sscanf(bound, `{"_id":{"$numberLong":%q}}`, &text)
	require.NoError(t, err, bound)
	n, err := strconv.ParseInt(text, 10, 64)
	require.NoError(t, err)
	return n
}

// parts is which part of all hashes each shard has.
func parts(t require.TestingT, chunks []mongoadmin.Chunk) map[string]float64 {
	has := map[string]float64{}
	for _, c := range chunks {
		has[c.Shard] += (float64(hash(t, c.Max)) - float64(hash(t, c.Min))) / math.MaxUint64
	}
	return has
}

func TestPlanLevelReadsAsExpected(t *testing.T) {
	t.Parallel()
	quarter := int64(math.MaxInt64/2 + 1)
	four := []int64{-quarter, 0, quarter}
	for name, tt := range map[string]struct {
		has, shards []string
		plan        []string
	}{
		"level already":       {[]string{"s1", "s2"}, []string{"s1", "s2"}, nil},
		"a third shard":       {[]string{"s1", "s2"}, []string{"s1", "s2", "s3"}, []string{"17 % from s1 to s3", "17 % from s2 to s3"}},
		"from one to two":     {[]string{"s1"}, []string{"s1", "s2"}, []string{"25 % from s1 to s2", "25 % from s1 to s2"}},
		"a shard that leaves": {[]string{"s1", "s2"}, []string{"s1"}, []string{"25 % from s2 to s1", "25 % from s2 to s1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			moves, err := mongoadmin.PlanLevel(hashedID, cut(four, tt.has), tt.shards)
			require.NoError(t, err)
			var plan []string
			for _, m := range moves {
				plan = append(plan, fmt.Sprintf("%.0f %% from %s to %s", 100*m.Part, m.From, m.To))
			}
			require.Equal(t, tt.plan, plan)
		})
	}
	_, err := mongoadmin.PlanLevel(hashedID, []mongoadmin.Chunk{{Range: mongoadmin.Range{Min: `{"sku": "a"}`, Max: `{"sku": "b"}`}}}, []string{"s1"})
	require.ErrorContains(t, err, "is no bound of a hashed key")
}

// Whatever the chunks are and whoever has them: after the moves each shard has
// its fair part, give or take a tenth, and no other has any; nothing is moved
// twice; and the way can be left after any move.
func TestPlanLevelEndsLevel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.SliceOfNDistinct(rapid.Int64Range(math.MinInt64+1, math.MaxInt64-1), 0, 12, rapid.ID).Draw(t, "cuts")
		slices.Sort(at)
		all := []string{"s1", "s2", "s3", "s4", "s5"}
		chunks := cut(at, rapid.SliceOfN(rapid.SampledFrom(all), 1, 13).Draw(t, "owners"))
		shards := all[:rapid.IntRange(1, 5).Draw(t, "shards")]
		moves, err := mongoadmin.PlanLevel(hashedID, chunks, shards)
		require.NoError(t, err)
		surplus, moved := 0.0, 0.0
		for shard, part := range parts(t, chunks) {
			if !slices.Contains(shards, shard) {
				surplus += part
			} else {
				surplus += max(0, part-1/float64(len(shards)))
			}
		}
		for _, m := range moves {
			chunks = carryOut(t, chunks, m)
			moved += m.Part
		}
		require.LessOrEqual(t, moved, surplus+0.01, "no more is moved than somebody has too much")
		for shard, part := range parts(t, chunks) {
			if !slices.Contains(shards, shard) {
				require.Zero(t, part, shard)
			}
		}
		for _, shard := range shards {
			require.InEpsilon(t, 1/float64(len(shards)), parts(t, chunks)[shard], 0.11, shard)
		}
		again, err := mongoadmin.PlanLevel(hashedID, chunks, shards)
		require.NoError(t, err)
		require.Empty(t, again)
	})
}
