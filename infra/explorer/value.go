package explorer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/redis/go-redis/v9"
)

const (
	maxText  = 64 << 10 // bytes shown of a string
	maxItems = 100      // shown of a list, a set, …
	maxItem  = 1 << 10  // bytes shown of each
	maxRead  = 1 << 20  // bytes read for them, roughly
	maxDepth = 32       // of JSON that is set out in lines
)

// value is a key and what it holds.
type value struct {
	key
	Length int64  `json:"length"`          // bytes of a string, else items
	Text   *text  `json:"value,omitempty"` // of a string
	JSON   bool   `json:"json,omitempty"`  // the string is JSON, set out in lines
	Items  []item `json:"items,omitempty"`
	Hidden bool   `json:"hidden,omitempty"` // a module's type, which is not read
}

// item is a part of a value. Name is its field, score or place, if it has one.
type item struct {
	Name  string `json:"name,omitempty"`
	Value text   `json:"value"`
}

// value answers one key.
func (e *explorer) value(ctx context.Context, query url.Values) (any, error) {
	name, err := parseID(query.Get("id"))
	if err != nil {
		return nil, err
	}
	keys, err := e.describe(ctx, []string{name})
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, errGone
	}
	v := value{key: keys[0]}
	v.Name = show(name, maxName)
	switch r, ok := readers[v.Type]; {
	case v.Type == "string":
		err = e.readString(ctx, name, &v)
	case ok:
		err = e.readItems(ctx, name, r, &v)
	default:
		v.Hidden = true
	}
	if redis.HasErrorPrefix(err, "WRONGTYPE") || errors.Is(err, redis.Nil) {
		return nil, errGone // another one has taken its place
	}
	return v, err
}

func (e *explorer) readString(ctx context.Context, name string, v *value) error {
	var length *redis.IntCmd
	var start *redis.StringCmd
	err := e.look(ctx, func(pipe redis.Pipeliner) {
		length, start = pipe.StrLen(ctx, name), pipe.GetRange(ctx, name, 0, maxText-1)
	})
	if err = errors.Join(err, length.Err(), start.Err()); err != nil {
		return err
	}
	v.Length = length.Val()
	s := start.Val()
	if v.Length <= maxText {
		s, v.JSON = setOut(s)
	}
	t := show(s, len(s))
	t.Cut = v.Length > maxText
	v.Text = &t
	return nil
}

// setOut puts JSON into lines. Deep nesting would make them long without end.
func setOut(s string) (string, bool) {
	var lines bytes.Buffer
	if !strings.HasPrefix(s, "{") && !strings.HasPrefix(s, "[") || depth(s) > maxDepth || json.Indent(&lines, []byte(s), "", "  ") != nil {
		return s, false
	}
	return lines.String(), true
}

// depth is how deep the brackets go, those in strings included.
func depth(s string) (deepest int) {
	now := 0
	for i := range len(s) {
		switch s[i] {
		case '{', '[':
			now++
			deepest = max(deepest, now)
		case '}', ']':
			now--
		}
	}
	return deepest
}

func (e *explorer) readItems(ctx context.Context, name string, r reader, v *value) error {
	var length *redis.IntCmd
	err := e.look(ctx, func(pipe redis.Pipeliner) { length = r.length(pipe, ctx, name) })
	if err = errors.Join(err, length.Err()); err != nil {
		return err
	}
	v.Length = length.Val()
	// Redis hands out whole items only, so of large ones there are fewer.
	n := maxRead / max(1, v.Bytes/max(1, v.Length))
	n = max(1, min(maxItems, n))
	var items func() ([]item, error)
	if err = e.look(ctx, func(pipe redis.Pipeliner) { items = r.items(ctx, pipe, name, n) }); err != nil {
		return err
	}
	v.Items, err = items()
	v.Items = v.Items[:min(int64(len(v.Items)), n)]
	return err
}
