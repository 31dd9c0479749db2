package cluster

import (
	"crypto/md5"
	"encoding/binary"
	"math"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// canonical orders the types that hash can tell apart, as MongoDB does.
var canonical = map[bsoncore.Type]int32{
	bsoncore.TypeNull: 5, bsoncore.TypeDouble: 10, bsoncore.TypeInt32: 10, bsoncore.TypeInt64: 10,
	bsoncore.TypeString: 15, bsoncore.TypeBinary: 30, bsoncore.TypeObjectID: 35, bsoncore.TypeBoolean: 40,
	bsoncore.TypeDateTime: 45, bsoncore.TypeTimestamp: 47,
}

// Hash is MongoDB's hash of a simple value in an index with seed 0; it is
// defined by MD5.
func Hash(v bsoncore.Value) (int64, bool) {
	kind, ok := canonical[v.Type]
	if !ok {
		return 0, false
	}
	buf := make([]byte, 8, 8+8+len(v.Data)) // begins with the seed
	binary.LittleEndian.PutUint32(buf[4:], uint32(kind))
	if v.IsNumber() {
		buf = binary.LittleEndian.AppendUint64(buf, uint64(whole(v)))
	} else {
		buf = append(buf, v.Data...)
	}
	sum := md5.Sum(buf)
	return int64(binary.LittleEndian.Uint64(sum[:8])), true
}

// whole cuts a number to an integer, so that equal numbers hash alike.
func whole(v bsoncore.Value) int64 {
	d, ok := v.DoubleOK()
	switch {
	case !ok:
		n, _ := v.AsInt64OK()
		return n
	case math.IsNaN(d):
		return 0
	case d >= math.MaxInt64:
		return math.MaxInt64
	case d <= math.MinInt64:
		return math.MinInt64
	}
	return int64(d)
}
