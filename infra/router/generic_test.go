package router

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// What no server takes is refused, in a mongos' words.
func TestGenericFields(t *testing.T) {
	for name, c := range map[string]struct {
		fields bson.D
		code   int32 // 0: it is taken
		want   string
	}{
		"nothing":                   {nil, 0, ""},
		"a limit":                   {bson.D{{Key: "maxTimeMS", Value: 5}}, 0, ""},
		"a limit as a double":       {bson.D{{Key: "maxTimeMS", Value: 5.0}}, 0, ""},
		"no limit":                  {bson.D{{Key: "maxTimeMS", Value: 0}}, 0, ""},
		"a negative limit":          {bson.D{{Key: "maxTimeMS", Value: -1}}, codeBadValue, "value for maxTimeMS is out of range"},
		"a limit beyond all":        {bson.D{{Key: "maxTimeMS", Value: int64(math.MaxInt32) + 1}}, codeBadValue, "out of range"},
		"half a millisecond":        {bson.D{{Key: "maxTimeMS", Value: 0.5}}, codeBadValue, "maxTimeMS has non-integral value"},
		"endless":                   {bson.D{{Key: "maxTimeMS", Value: math.Inf(1)}}, codeBadValue, "out of range"},
		"no number":                 {bson.D{{Key: "maxTimeMS", Value: math.NaN()}}, codeBadValue, "maxTimeMS has non-integral value"},
		"a limit as text":           {bson.D{{Key: "maxTimeMS", Value: "x"}}, codeBadValue, "maxTimeMS must be a number"},
		"a write concern as text":   {bson.D{{Key: "writeConcern", Value: "x"}}, codeTypeMismatch, "BSON field 'find.writeConcern' is the wrong type 'string', expected type 'object'"},
		"a read concern as a list":  {bson.D{{Key: "readConcern", Value: bson.A{}}}, codeTypeMismatch, "BSON field 'find.readConcern' is the wrong type 'array'"},
		"concerns":                  {bson.D{{Key: "writeConcern", Value: bson.D{{Key: "w", Value: 1}}}, {Key: "readConcern", Value: bson.D{}}}, 0, ""},
		"the API":                   {bson.D{{Key: "apiVersion", Value: "1"}, {Key: "apiStrict", Value: true}, {Key: "apiDeprecationErrors", Value: false}}, 0, ""},
		"another API":               {bson.D{{Key: "apiVersion", Value: "2"}}, codeAPIVersion, `API version must be "1"`},
		"an API as a number":        {bson.D{{Key: "apiVersion", Value: 1}}, codeTypeMismatch, "BSON field 'apiVersion' is the wrong type"},
		"strict without an API":     {bson.D{{Key: "apiStrict", Value: true}}, 4886600, "without passing apiVersion"},
		"strict as a number":        {bson.D{{Key: "apiVersion", Value: "1"}, {Key: "apiStrict", Value: 1}}, codeTypeMismatch, "BSON field 'apiStrict'"},
		"no API for deprecated use": {bson.D{{Key: "apiDeprecationErrors", Value: true}}, 4886600, "without passing apiVersion"},
	} {
		t.Run(name, func(t *testing.T) {
			err := checkGeneric(&request{name: "find", body: document(append(bson.D{{Key: "find", Value: "c"}}, c.fields...))})
			if c.code == 0 {
				require.NoError(t, err)
				return
			}
			var f *failed
			require.ErrorAs(t, err, &f)
			require.Equal(t, c.code, f.code)
			require.Contains(t, f.message, c.want)
		})
	}
	strict := document(bson.D{{Key: "collStats", Value: "c"}, {Key: "apiVersion", Value: "1"}, {Key: "apiStrict", Value: true}})
	require.ErrorContains(t, checkGeneric(&request{name: "collStats", body: strict}), "the command collStats is not in API Version 1")
	for stage, want := range map[string]string{"$match": "", "$listLocalSessions": "$listLocalSessions is not allowed"} {
		aggregate := document(bson.D{
			{Key: "aggregate", Value: 1}, {Key: "pipeline", Value: bson.A{bson.D{{Key: stage, Value: bson.D{}}}}}, {Key: "apiVersion", Value: "1"}, {Key: "apiStrict", Value: true},
		})
		if err := checkGeneric(&request{name: "aggregate", body: aggregate}); want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, want)
		}
	}
}

func TestVersionsAsNumbers(t *testing.T) {
	require.Equal(t, bson.A{int32(6), int32(0), int32(27), int32(0)}, versionArray("6.0.27"))
	require.Equal(t, bson.A{int32(7), int32(0), int32(0), int32(0)}, versionArray("7"))
	require.Equal(t, bson.A{int32(8), int32(1), int32(0), int32(0)}, versionArray("8.1.x.y"))
}

// Whatever the router knows, it does not deny.
func TestTheListsOfCommandsAreApart(t *testing.T) {
	for name := range commands(&Router{}) {
		require.False(t, notHere[name], name)
	}
}
