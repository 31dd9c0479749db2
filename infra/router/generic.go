package router

import (
	"math"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// checkGeneric refuses values that no server takes in the fields that every
// command has, as mongos does. Most are not sent on, so no mongod would say so.
func checkGeneric(q *request) error {
	for _, check := range []func(*request) error{checkTime, checkConcerns, checkAPI} {
		if err := check(q); err != nil {
			return err
		}
	}
	return nil
}

func checkTime(q *request) error {
	v, err := q.body.LookupErr("maxTimeMS")
	if err != nil {
		return nil
	}
	ms, isNumber := number(v)
	switch {
	case !isNumber:
		return failure(codeBadValue, "maxTimeMS must be a number")
	case ms != math.Trunc(ms):
		return failure(codeBadValue, "maxTimeMS has non-integral value")
	case ms < 0 || ms > math.MaxInt32:
		return failure(codeBadValue, "%s value for maxTimeMS is out of range", v)
	}
	return nil
}

// number is a value of any of BSON's kinds of numbers but the decimal one.
func number(v bsoncore.Value) (float64, bool) {
	if f, ok := v.DoubleOK(); ok {
		return f, true
	}
	n, ok := v.AsInt64OK()
	return float64(n), ok
}

func checkConcerns(q *request) error {
	for _, key := range []string{"writeConcern", "readConcern"} {
		if v, err := q.body.LookupErr(key); err == nil && v.Type != bsoncore.TypeEmbeddedDocument && v.Type != bsoncore.TypeNull {
			return failure(codeTypeMismatch, "BSON field '%s.%s' is the wrong type '%s', expected type 'object'", q.name, key, v.Type)
		}
	}
	return nil
}

func checkAPI(q *request) error {
	version, err := q.body.LookupErr("apiVersion")
	given := err == nil
	strict := false
	for _, key := range []string{"apiStrict", "apiDeprecationErrors"} {
		v, err := q.body.LookupErr(key)
		if err != nil {
			continue
		}
		is, isBool := v.BooleanOK()
		switch {
		case !isBool:
			return failure(codeTypeMismatch, "BSON field '%s' is the wrong type '%s', expected type 'bool'", key, v.Type)
		case !given:
			return failure(4886600, "Provided apiStrict and/or apiDeprecationErrors without passing apiVersion")
		}
		strict = strict || key == "apiStrict" && is
	}
	if !given {
		return nil
	}
	text, isText := version.StringValueOK()
	switch {
	case !isText:
		return failure(codeTypeMismatch, "BSON field 'apiVersion' is the wrong type '%s', expected type 'string'", version.Type)
	case text != "1":
		return failure(codeAPIVersion, "API version must be \"1\"")
	case strict:
		return checkStable(q)
	}
	return nil
}

func names(list ...string) map[string]bool {
	set := map[string]bool{}
	for _, name := range list {
		set[name] = true
	}
	return set
}
