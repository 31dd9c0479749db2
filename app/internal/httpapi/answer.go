package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"speedscale/app/internal/rediscache"
)

// Where answers come from; clients match the first word.
const (
	fromMongo = "MONGODB_DISK 🐢 (Go)"
	fromRedis = "REDIS_CACHE ⚡ (Go)"
	fromModel = "ML_ENGINE 🧠 (Go)"
	fromSpare = "REDIS_CACHE 🕰️ stale (Go)"
	fromNear  = "REDIS_CACHE ⚡ copy of the last second (Go)"
)

// Origin is what every answer from the catalogue begins with.
type Origin struct {
	Source string `json:"source" doc:"MONGODB_DISK, REDIS_CACHE or ML_ENGINE, and the implementation"`
	Time   string `json:"time" pattern:"^[0-9]+ms$" doc:"whole milliseconds in the gateway"`
	Cached bool   `json:"cached"`
}

// raw is an answer that is JSON already: what the cache holds is not parsed.
type raw struct {
	ContentType   string `header:"Content-Type"`
	ContentLength string `header:"Content-Length"`
	Body          []byte
}

// answer puts the origin before the keys of object, a JSON object.
func answer(ctx context.Context, object []byte, origin rediscache.Origin, loadedFrom string) *raw {
	r := requestOf(ctx)
	r.origin, r.asked = origin, true
	source := loadedFrom
	switch origin {
	case rediscache.Cached:
		source = fromRedis
	case rediscache.Copied:
		source = fromNear
	case rediscache.Stale:
		source = fromSpare
	}
	body := slices.Grow(r.buffer(), len(object)+128)
	body = append(append(body, `{"source":"`...), source...)
	body = strconv.AppendInt(append(body, `","time":"`...), time.Since(r.start).Milliseconds(), 10)
	body = strconv.AppendBool(append(body, `ms","cached":`...), origin != rediscache.Loaded)
	body = append(append(body, ','), object[1:]...)
	r.body = body
	return &raw{ContentType: "application/json", ContentLength: strconv.Itoa(len(body)), Body: body}
}

// marshal is JSON as clients know it: characters as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// operation is a GET that answers without fail.
func operation(id, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary, SkipValidateParams: true}
}

// documented adds to op what it answers: T when all is well, and problems of
// the given statuses.
func documented[T any](a *API, op huma.Operation, problems ...int) huma.Operation {
	schemas := a.huma.OpenAPI().Components.Schemas
	content := func(t reflect.Type) map[string]*huma.MediaType {
		return map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(t, true, "")}}
	}
	op.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: content(typeOf[T]())}}
	for _, status := range problems {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: content(typeOf[Problem]())}
	}
	return op
}
