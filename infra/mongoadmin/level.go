package mongoadmin

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Chunk is a range of a collection's shard key and the shard that has it.
type Chunk struct {
	Range
	Shard string
}

// Move is a range that goes to another shard.
type Move struct {
	Range
	From, To string
	Part     float64 // of the whole collection, 0 to 1
}

// tolerated is by how much of its fair part a shard may be off before it is
// worth moving documents.
const tolerated = 0.1

// PlanLevel is the moves after which each of the shards has an equal part of a
// collection's hashes, and so of its documents, and no other shard has any. Key
// is a hashed key of one field. As little as possible is moved: what is cut off
// a chunk is as wide as what is missing elsewhere. The balancer does not do
// this: it leaves collections alone that differ by less than three chunks' size.
//
// The way can be left after any move: the plan from there has the rest of it.
func PlanLevel(key ShardKey, chunks []Chunk, shards []string) ([]Move, error) {
	l := leveler{key: key, fair: math.MaxUint64 / float64(len(shards)), has: map[string]float64{}}
	if len(shards) == 0 {
		return nil, nil
	}
	for _, c := range chunks {
		from, to, err := hashes(key, c.Range)
		if err != nil {
			return nil, err
		}
		l.pieces = append(l.pieces, piece{from, to, c})
		l.has[c.Shard] += width(from, to)
	}
	for {
		from, to, amount := l.next(shards)
		if from == "" {
			return l.moves, nil
		}
		l.move(from, to, amount)
	}
}

// leveler carries who has what after the moves so far.
type leveler struct {
	key    ShardKey
	fair   float64 // what each shard should have, in hashes
	has    map[string]float64
	pieces []piece
	moves  []Move
}

// piece is a chunk with its bounds as hashes.
type piece struct {
	from, to int64
	Chunk
}

func width(from, to int64) float64 { return float64(uint64(to) - uint64(from)) } //nolint:gosec // the difference wraps as it should

// next is who has most too much, who has least, and how much is to be moved;
// nobody if all have about their fair part. Who should have none comes first.
func (l *leveler) next(shards []string) (from, to string, amount float64) {
	most, off := "", false
	for _, shard := range shards {
		if to == "" || l.has[shard] < l.has[to] {
			to = shard
		}
		if most == "" || l.has[shard] > l.has[most] {
			most = shard
		}
		off = off || math.Abs(l.has[shard]-l.fair) > tolerated*l.fair
	}
	deficit := l.fair - l.has[to]
	for _, p := range l.pieces {
		if !slices.Contains(shards, p.Shard) {
			return p.Shard, to, deficit
		}
	}
	if !off {
		return "", "", 0
	}
	return most, to, min(deficit, l.has[most]-l.fair)
}

// move takes the amount, or the largest chunk if that is less, from a shard.
func (l *leveler) move(from, to string, amount float64) {
	largest := -1
	for i, p := range l.pieces {
		if p.Shard == from && (largest < 0 || width(p.from, p.to) > width(l.pieces[largest].from, l.pieces[largest].to)) {
			largest = i
		}
	}
	p := &l.pieces[largest]
	moved := *p
	moved.Shard = to
	// Less than a thousandth is not worth a chunk of its own.
	crumb := l.fair / 1000
	if all := width(p.from, p.to); amount > crumb && all > amount+crumb {
		moved.to = int64(uint64(p.from) + uint64(amount)) //nolint:gosec // wraps as it should
		moved.Max = hashBound(l.key, moved.to)
		p.from, p.Min = moved.to, moved.Max
		l.pieces = append(l.pieces, moved)
	} else {
		*p = moved
	}
	gone := width(moved.from, moved.to)
	l.has[from] -= gone
	l.has[to] += gone
	l.moves = append(l.moves, Move{Range: moved.Range, From: from, To: to, Part: gone / math.MaxUint64})
}

func hashBound(key ShardKey, hash int64) string {
	return fmt.Sprintf(`{%q:{"$numberLong":"%d"}}`, key[0].Field, hash)
}

// hashes are a range's bounds as numbers.
func hashes(key ShardKey, r Range) (from, to int64, err error) {
	if from, err = hashOf(key, r.Min); err == nil {
		to, err = hashOf(key, r.Max)
	}
	return from, to, err
}

func hashOf(key ShardKey, bound string) (int64, error) {
	var doc map[string]map[string]any
	if err := json.Unmarshal([]byte(bound), &doc); err != nil || len(key) != 1 {
		return 0, fmt.Errorf("%s is no bound of a hashed key of one field", bound)
	}
	value := doc[key[0].Field]
	if value["$minKey"] != nil {
		return math.MinInt64, nil
	}
	if value["$maxKey"] != nil {
		return math.MaxInt64, nil
	}
	hash, err := strconv.ParseInt(fmt.Sprint(value["$numberLong"]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is no bound of a hashed key: %w", bound, err)
	}
	return hash, nil
}
