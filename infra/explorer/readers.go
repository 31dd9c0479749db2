package explorer

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// reader reads a type that has items. items gives Redis the command for some of
// them, and answers how to take them once it has run.
type reader struct {
	length func(pipe redis.Pipeliner, ctx context.Context, name string) *redis.IntCmd
	items  func(ctx context.Context, pipe redis.Pipeliner, name string, n int64) func() ([]item, error)
}

var readers = map[string]reader{
	"list":   {redis.Pipeliner.LLen, listItems},
	"set":    {redis.Pipeliner.SCard, setItems},
	"zset":   {redis.Pipeliner.ZCard, sortedSetItems},
	"hash":   {redis.Pipeliner.HLen, hashItems},
	"stream": {redis.Pipeliner.XLen, streamItems},
}

func listItems(ctx context.Context, pipe redis.Pipeliner, name string, n int64) func() ([]item, error) {
	cmd := pipe.LRange(ctx, name, 0, n-1)
	return func() (items []item, err error) {
		for i, s := range cmd.Val() {
			items = append(items, item{strconv.Itoa(i), show(s, maxItem)})
		}
		return items, cmd.Err()
	}
}

func setItems(ctx context.Context, pipe redis.Pipeliner, name string, n int64) func() ([]item, error) {
	cmd := pipe.SScan(ctx, name, 0, "", n)
	return func() (items []item, err error) {
		members, _ := cmd.Val()
		for _, s := range slices.Sorted(slices.Values(members)) {
			items = append(items, item{"", show(s, maxItem)})
		}
		return items, cmd.Err()
	}
}

// sortedSetItems begins with the highest scores: in the list of the last
// searches, with the newest.
func sortedSetItems(ctx context.Context, pipe redis.Pipeliner, name string, n int64) func() ([]item, error) {
	cmd := pipe.ZRevRangeWithScores(ctx, name, 0, n-1)
	return func() (items []item, err error) {
		for _, z := range cmd.Val() {
			member, _ := z.Member.(string)
			items = append(items, item{strconv.FormatFloat(z.Score, 'f', -1, 64), show(member, maxItem)})
		}
		return items, cmd.Err()
	}
}

func hashItems(ctx context.Context, pipe redis.Pipeliner, name string, n int64) func() ([]item, error) {
	cmd := pipe.HScan(ctx, name, 0, "", n)
	return func() (items []item, err error) {
		pairs, _ := cmd.Val()
		for pair := range slices.Chunk(pairs, 2) {
			items = append(items, item{show(pair[0], nameShown).Text, show(pair[1], maxItem)})
		}
		slices.SortFunc(items, func(a, b item) int { return strings.Compare(a.Name, b.Name) })
		return items, cmd.Err()
	}
}

// streamItems begins with the newest.
func streamItems(ctx context.Context, pipe redis.Pipeliner, name string, n int64) func() ([]item, error) {
	cmd := pipe.XRevRangeN(ctx, name, "+", "-", n)
	return func() (items []item, err error) {
		for _, entry := range cmd.Val() {
			items = append(items, item{entry.ID, show(fields(entry.Values), maxItem)})
		}
		return items, cmd.Err()
	}
}

func fields(values map[string]any) string {
	var lines []string
	for _, field := range slices.Sorted(maps.Keys(values)) {
		s, _ := values[field].(string)
		lines = append(lines, field+": "+s)
	}
	return strings.Join(lines, "\n")
}
