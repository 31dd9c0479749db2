package cluster

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"pgregory.net/rapid"
)

func value(v any) bsoncore.Value { return encode(bson.D{{Key: "k", Value: v}}).Lookup("k") }

// Numbers of all kinds compare by what they are worth.
func TestNumbersCompareExactly(t *testing.T) {
	number := rapid.OneOf(
		rapid.Map(rapid.Int32(), func(n int32) any { return n }),
		rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.Float64(), func(n float64) any { return n }),
		rapid.Map(rapid.Int64Range(1<<53-3, 1<<53+3), func(n int64) any { return n }),
		rapid.Map(rapid.Int64Range(1<<53-3, 1<<53+3), func(n int64) any { return float64(n) }),
		rapid.SampledFrom([]any{int64(math.MaxInt64), int64(math.MinInt64), float64(1 << 63), -float64(1 << 63), 0.5, -0.5, math.Copysign(0, -1)}),
	)
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		order, ok := compare(value(a), value(b))
		require.True(t, ok)
		require.Equal(t, exact(a).Cmp(exact(b)), order, "%v and %v", a, b)
	})
}

func exact(v any) *big.Float {
	f := new(big.Float).SetPrec(2000)
	switch n := v.(type) {
	case int32:
		return f.SetInt64(int64(n))
	case int64:
		return f.SetInt64(n)
	}
	return f.SetFloat64(v.(float64))
}

func TestOrderOfTypes(t *testing.T) {
	id := bson.NewObjectID()
	ordered := []any{bson.MinKey{}, nil, -1.5, int32(2), "a", "b", bson.D{}, bson.Binary{}, id, false, true, bson.DateTime(-1), bson.DateTime(5), bson.Timestamp{}, bson.MaxKey{}}
	for i, a := range ordered {
		for j, b := range ordered {
			if v := value(b); plain(v) {
				order, ok := compare(value(a), v)
				require.True(t, ok)
				require.Equal(t, cmp.Compare(i, j), order, "%v and %v", a, b)
			}
		}
	}
	_, ok := compare(value(bson.NewDecimal128(1, 1)), value(1))
	require.False(t, ok)
	_, ok = compare(value(math.NaN()), value(1.0))
	require.False(t, ok)
}

// The chunk is found that a look at each in turn finds.
func TestTarget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bounds := rapid.SliceOfDistinct(rapid.Int64Range(-20, 20), rapid.ID).Draw(t, "bounds")
		slices.Sort(bounds)
		c := Collection{Key: bson.D{{Key: "k", Value: int32(1)}}}
		add := func(min any) {
			c.chunks = append(c.chunks, chunk{Min: bson.Raw(encode(bson.D{{Key: "k", Value: min}})), Shard: string(rune('a' + len(c.chunks)))})
		}
		add(bson.MinKey{})
		for _, n := range bounds {
			add(n)
		}
		wanted := rapid.Int64Range(-25, 25).Draw(t, "wanted")
		at := 0
		for i, n := range bounds {
			if n <= wanted {
				at = i + 1
			}
		}
		shard, ok := c.Target(encode(bson.D{{Key: "x", Value: 1}, {Key: "k", Value: wanted}}))
		require.True(t, ok)
		require.Equal(t, string(rune('a'+at)), shard)
	})
}

// What is not plainly one document's place is left to MongoDB.
func TestTargetLeavesTheRest(t *testing.T) {
	sharded := Collection{Key: bson.D{{Key: "k", Value: int32(1)}}, chunks: []chunk{{Min: bson.Raw(encode(bson.D{{Key: "k", Value: bson.MinKey{}}})), Shard: "a"}}}
	_, ok := sharded.Target(encode(bson.D{{Key: "k", Value: 1}}))
	require.True(t, ok)
	for name, query := range map[string]bson.D{
		"no key": {{Key: "x", Value: 1}}, "a range": {{Key: "k", Value: bson.D{{Key: "$gt", Value: 1}}}}, "a document": {{Key: "k", Value: bson.D{}}},
		"nothing": {{Key: "k", Value: nil}}, "a pattern": {{Key: "k", Value: bson.Regex{Pattern: "a"}}}, "no number": {{Key: "k", Value: math.NaN()}}, "a list": {{Key: "k", Value: bson.A{1}}},
	} {
		_, ok := sharded.Target(encode(query))
		require.False(t, ok, name)
	}
	for name, change := range map[string]func(*Collection){
		"several fields": func(c *Collection) { c.Key = append(c.Key, bson.E{Key: "l", Value: 1}) },
		"a collation":    func(c *Collection) { c.Collation = bson.Raw(encode(bson.D{})) },
		"time series":    func(c *Collection) { c.Timeseries = bson.Raw(encode(bson.D{})) },
		"no chunks":      func(c *Collection) { c.chunks = nil },
		"not sharded":    func(c *Collection) { *c = Collection{} },
	} {
		other := sharded
		change(&other)
		_, ok := other.Target(encode(bson.D{{Key: "k", Value: 1}}))
		require.False(t, ok, name)
	}
}
