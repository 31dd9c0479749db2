package cluster

import (
	"bytes"
	"cmp"
	"math"
	"sort"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// maxChunks is up to how many chunks of a collection are remembered.
const maxChunks = 5000

// chunk is a document of config.chunks; it reaches up to the next one.
type chunk struct {
	Min   bson.Raw `bson:"min"`
	Shard string   `bson:"shard"`
}

// Target is the shard that owns the documents whose shard key is exactly what
// doc says: a document, or a query. Not ok means that it takes MongoDB's own
// router code to say, for instance where the value is a range, or of a type
// whose order is not known here.
func (c Collection) Target(doc bsoncore.Document) (shard string, ok bool) {
	if len(c.Key) != 1 || len(c.Collation) > 0 || len(c.Timeseries) > 0 || len(c.chunks) == 0 {
		return "", false
	}
	field := c.Key[0]
	value, err := doc.LookupErr(field.Key)
	if err != nil || !plain(value) {
		return "", false
	}
	if field.Value == "hashed" {
		h, ok := Hash(value)
		if !ok {
			return "", false
		}
		value = bsoncore.Value{Type: bsoncore.TypeInt64, Data: bsoncore.AppendInt64(nil, h)}
	}
	return c.at(field.Key, value)
}

// at is the shard of the last chunk that does not begin after value.
func (c Collection) at(field string, value bsoncore.Value) (shard string, ok bool) {
	known := true
	after := sort.Search(len(c.chunks), func(i int) bool {
		order, ok := compare(bsoncore.Document(c.chunks[i].Min).Lookup(field), value)
		known = known && ok
		return order > 0
	})
	if !known || after == 0 {
		return "", false
	}
	return c.chunks[after-1].Shard, true
}

// plain says whether a query for the value is one for exactly that value, and
// whether its order is known.
func plain(v bsoncore.Value) bool {
	switch v.Type {
	case bsoncore.TypeDouble:
		return !math.IsNaN(v.Double())
	case bsoncore.TypeInt32, bsoncore.TypeInt64, bsoncore.TypeString, bsoncore.TypeObjectID, bsoncore.TypeBoolean, bsoncore.TypeDateTime:
		return true
	}
	return false
}

// order is that of MongoDB's types among each other.
var order = map[bsoncore.Type]int{
	bsoncore.TypeMinKey: 1, bsoncore.TypeUndefined: 2, bsoncore.TypeNull: 3,
	bsoncore.TypeDouble: 4, bsoncore.TypeInt32: 4, bsoncore.TypeInt64: 4, bsoncore.TypeDecimal128: 4,
	bsoncore.TypeSymbol: 5, bsoncore.TypeString: 5, bsoncore.TypeEmbeddedDocument: 6, bsoncore.TypeArray: 7,
	bsoncore.TypeBinary: 8, bsoncore.TypeObjectID: 9, bsoncore.TypeBoolean: 10, bsoncore.TypeDateTime: 11,
	bsoncore.TypeTimestamp: 12, bsoncore.TypeRegex: 13, bsoncore.TypeMaxKey: 99,
}

// compare orders a chunk's bound and a plain value as MongoDB does; not ok if it
// is not known how.
func compare(bound, value bsoncore.Value) (result int, ok bool) {
	a, b := order[bound.Type], order[value.Type]
	switch {
	case a == 0 || b == 0:
		return 0, false
	case a != b:
		return cmp.Compare(a, b), true
	case bound.Type == value.Type:
		return compareSame(bound, value)
	}
	return compareNumbers(bound, value)
}

func compareSame(a, b bsoncore.Value) (result int, ok bool) {
	switch a.Type {
	case bsoncore.TypeString:
		return cmp.Compare(a.StringValue(), b.StringValue()), true
	case bsoncore.TypeObjectID, bsoncore.TypeBoolean:
		return bytes.Compare(a.Data, b.Data), true
	case bsoncore.TypeDateTime:
		return cmp.Compare(a.DateTime(), b.DateTime()), true
	}
	return compareNumbers(a, b)
}

func compareNumbers(a, b bsoncore.Value) (result int, ok bool) {
	i, iWhole := a.AsInt64OK()
	j, jWhole := b.AsInt64OK()
	x, xReal := a.DoubleOK()
	y, yReal := b.DoubleOK()
	iWhole, jWhole = iWhole && !xReal, jWhole && !yReal
	switch {
	case iWhole && jWhole:
		return cmp.Compare(i, j), true
	case xReal && yReal:
		return cmp.Compare(x, y), !math.IsNaN(x)
	case iWhole && yReal:
		return -compareMixed(y, i), true
	case xReal && jWhole:
		return compareMixed(x, j), !math.IsNaN(x)
	}
	return 0, false // a decimal, a symbol
}

// compareMixed compares exactly: not every int64 is a float64.
func compareMixed(x float64, n int64) int {
	switch {
	case x >= math.MaxInt64:
		return 1
	case x < math.MinInt64:
		return -1
	}
	down := math.Floor(x)
	if order := cmp.Compare(int64(down), n); order != 0 || down == x {
		return order
	}
	return 1 // a little more than n
}
