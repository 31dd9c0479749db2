package explorer

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// Redis serves the shop meanwhile: a search looks at so many keys in small
// steps, or for so long, and then answers with what it has found.
const (
	scanStep = 500
	scanTime = time.Second
	maxKinds = 20
	maxKind  = 32 // bytes of a kind's name
)

// maxScan is a variable for the tests.
var maxScan = 100_000

// found is what a scan has seen.
type found struct {
	search
	names  []string // the first ones by name, and some more
	count  int      // of the kind that was asked for
	behind int      // of them, those to list: behind the name that was asked for
	kinds  map[string]int

	looked  int
	partial bool
}

func (e *explorer) scan(ctx context.Context, s search) (*found, error) {
	f := &found{search: s, kinds: map[string]int{}}
	stop := time.Now().Add(scanTime)
	var cursor uint64
	for {
		names, next, err := e.client.Scan(ctx, cursor, s.pattern(), scanStep).Result()
		if err != nil {
			return nil, err
		}
		f.looked += scanStep
		for _, name := range names {
			f.add(name)
		}
		if next == 0 {
			return f, nil
		}
		if f.looked >= maxScan || time.Now().After(stop) {
			f.partial = true
			return f, nil
		}
		cursor = next
	}
}

func (f *found) add(name string) {
	kind := kindOf(name)
	if _, known := f.kinds[kind]; !known && len(f.kinds) >= maxKinds {
		kind = ""
	}
	f.kinds[kind]++
	if !f.everyKind && kind != f.kind {
		return
	}
	f.count++
	if len(name) > maxName || f.after != "" && name <= f.after {
		return
	}
	f.behind++
	f.names = append(f.names, name)
	if len(f.names) >= 8*pageSize {
		f.names = f.first(pageSize)
	}
}

// first are the first n names. A scan may come upon a key twice.
func (f *found) first(n int) []string {
	slices.Sort(f.names)
	f.names = slices.Compact(f.names)
	return f.names[:min(len(f.names), n)]
}

// kindCount is how many keys there are of one kind.
type kindCount struct {
	Kind  string `json:"kind"` // empty: all others
	Count int    `json:"count"`
}

// kindCounts lists the largest first, and the others last.
func (f *found) kindCounts() []kindCount {
	list := make([]kindCount, 0, len(f.kinds))
	for _, kind := range slices.Sorted(maps.Keys(f.kinds)) {
		list = append(list, kindCount{kind, f.kinds[kind]})
	}
	slices.SortStableFunc(list, func(a, b kindCount) int {
		if (a.Kind == "") != (b.Kind == "") {
			return cmp.Compare(b.Kind, a.Kind)
		}
		return cmp.Compare(b.Count, a.Count)
	})
	return list
}

// kindOf is what stands before the first colon, if that is a plain word.
func kindOf(name string) string {
	kind, _, ok := strings.Cut(name[:min(len(name), maxKind+1)], ":")
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r)
	}
	if !ok || strings.TrimFunc(kind, plain) != "" {
		return ""
	}
	return kind
}
