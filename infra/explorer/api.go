package explorer

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	requestTime = 2 * time.Second // of one request, all its commands together
	atOnce      = 4               // requests that ask Redis; the others wait for their turn
)

// explorer shows what is in a Redis, and changes nothing in it.
type explorer struct {
	client  *redis.Client
	history history
	asides  *asides
	slots   chan struct{}
}

func newExplorer(client *redis.Client) *explorer {
	return &explorer{client: client, asides: newAsides(), slots: make(chan struct{}, atOnce)}
}

// badRequest is what is wrong with a request, for whoever sent it.
type badRequest string

func (b badRequest) Error() string { return string(b) }

// errGone means that there is no such key.
var errGone = errors.New("This key is not there any more.")

// get answers with what ask finds out, as JSON.
func (e *explorer) get(ask func(context.Context, url.Values) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), requestTime)
		defer cancel()
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			writeError(w, badRequest("The address of this request cannot be read."))
			return
		}
		select {
		case e.slots <- struct{}{}:
			defer func() { <-e.slots }()
		case <-ctx.Done():
			writeError(w, ctx.Err())
			return
		}
		answer, err := ask(ctx, query)
		if err != nil {
			writeError(w, err)
			return
		}
		writeJSON(w, http.StatusOK, answer)
	}
}

func writeError(w http.ResponseWriter, err error) {
	var bad badRequest
	status, message := http.StatusServiceUnavailable, away(err)
	switch {
	case errors.As(err, &bad):
		status, message = http.StatusBadRequest, bad.Error()
	case errors.Is(err, errGone):
		status, message = http.StatusNotFound, err.Error()
	}
	writeJSON(w, status, map[string]string{"error": message})
}

// away says why there is no answer from Redis.
func away(err error) string {
	var answer redis.Error
	switch {
	case errors.As(err, &answer):
		return "Redis answers with an error (" + err.Error() + ")."
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, redis.ErrPoolTimeout):
		return "Redis did not answer in time."
	}
	return "Redis does not answer (" + err.Error() + ")."
}

func writeJSON(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // a client that hung up is no concern of ours
}

// overview is the figures and the plots.
type overview struct {
	Figures figures  `json:"figures"`
	Samples []sample `json:"samples"`
	From    int64    `json:"from"` // where the plots begin, in milliseconds since 1970 …
	To      int64    `json:"to"`   // … and end
	Error   string   `json:"error,omitempty"`
}

// serveOverview answers from memory, so that who looks costs Redis nothing.
// Only while nothing is known of it is it asked once more.
func (e *explorer) serveOverview(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	o := overview{From: now.Add(-kept).UnixMilli(), To: now.UnixMilli()}
	var err error
	o.Figures, o.Samples, err = e.history.since(now.Add(-kept))
	if err != nil || o.Figures.at.IsZero() {
		// The history has the error. That somebody hung up is none of Redis's.
		_ = e.sample(context.WithoutCancel(r.Context()))
		o.Figures, o.Samples, err = e.history.since(now.Add(-kept))
	}
	if err != nil {
		o.Error = away(err)
		writeJSON(w, http.StatusServiceUnavailable, o)
		return
	}
	writeJSON(w, http.StatusOK, o)
}
