package explorer

import (
	"context"
	"net/url"
	"strings"

	"github.com/redis/go-redis/v9"
)

const (
	pageSize  = 25   // keys in one answer
	maxSearch = 200  // bytes of the text to search for
	maxName   = 1024 // bytes; a key with a longer name is counted, and not listed
	nameShown = 200  // bytes of a name in a list
)

// key is a key without its value.
type key struct {
	ID      string `json:"id"`
	Name    text   `json:"name"`
	Type    string `json:"type"`
	Expires *int64 `json:"expires"` // in milliseconds; null: never
	Bytes   int64  `json:"bytes"`   // of Redis's memory, roughly
}

// search is which keys to look for.
type search struct {
	text      string
	kind      string
	everyKind bool
	after     string // only names behind this one
}

func parseSearch(q url.Values) (search, error) {
	s := search{text: q.Get("text"), kind: q.Get("kind"), everyKind: !q.Has("kind")}
	if len(s.text) > maxSearch {
		return s, badRequest("The text to search for is too long.")
	}
	if s.kind != "" && kindOf(s.kind+":") != s.kind {
		return s, badRequest("There is no such kind of key.")
	}
	var err error
	s.after, err = parseID(q.Get("after"))
	return s, err
}

// pattern finds the text, whatever it means as a pattern.
func (s search) pattern() string {
	if s.text == "" {
		return ""
	}
	return "*" + escapeGlob.Replace(s.text) + "*"
}

var escapeGlob = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`)

// keyList is a page of keys, and how many of each kind there are.
type keyList struct {
	Keys    []key       `json:"keys"`
	More    int         `json:"more"`  // behind them
	Found   int         `json:"found"` // of the kind
	Kinds   []kindCount `json:"kinds"` // of every kind
	Looked  int64       `json:"looked"`
	Total   int64       `json:"total"` // keys in Redis
	Partial bool        `json:"partial"`
}

// keys lists the keys that a search finds.
func (e *explorer) keys(ctx context.Context, query url.Values) (any, error) {
	s, err := parseSearch(query)
	if err != nil {
		return nil, err
	}
	total, err := e.client.DBSize(ctx).Result()
	if err != nil {
		return nil, err
	}
	found, err := e.scan(ctx, s)
	if err != nil {
		return nil, err
	}
	names := found.first(pageSize)
	list := keyList{
		More: found.behind - len(names), Found: found.count, Kinds: found.kindCounts(),
		Looked: total, Total: total, Partial: found.partial,
	}
	if found.partial {
		list.Looked = min(int64(found.looked), total)
	}
	list.Keys, err = e.describe(ctx, names)
	return list, err
}

// describe reads what is worth knowing of each key, and leaves out those that
// have gone.
func (e *explorer) describe(ctx context.Context, names []string) ([]key, error) {
	kinds := make([]*redis.StatusCmd, len(names))
	ttls := make([]*redis.DurationCmd, len(names))
	sizes := make([]*redis.IntCmd, len(names))
	err := e.look(ctx, func(pipe redis.Pipeliner) {
		for i, name := range names {
			kinds[i], ttls[i], sizes[i] = pipe.Type(ctx, name), pipe.PTTL(ctx, name), pipe.MemoryUsage(ctx, name)
		}
	})
	list := make([]key, 0, len(names))
	for i, name := range names {
		if kinds[i].Val() == "none" {
			continue
		}
		k := key{ID: id(name), Name: show(name, nameShown), Type: kinds[i].Val(), Bytes: sizes[i].Val()}
		if left := ttls[i].Val(); left >= 0 {
			ms := left.Milliseconds()
			k.Expires = &ms
		}
		list = append(list, k)
	}
	return list, err
}
