package httpapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"speedscale/app/internal/catalog"
)

// Problem is every error's answer: {"detail": …}.
type Problem struct {
	Detail Detail `json:"detail"`
	status int
}

// Detail is a sentence, or what is wrong with each parameter.
type Detail struct {
	Text   string
	Params []*ParamError
}

// ParamError is what is wrong with one parameter.
type ParamError struct {
	Type  string         `json:"type" example:"string_too_long"`
	Loc   []string       `json:"loc" example:"[\"query\",\"query\"]"`
	Msg   string         `json:"msg" example:"String should have at most 100 characters"`
	Input any            `json:"input" doc:"what was given; null when nothing was"`
	Ctx   map[string]any `json:"ctx,omitempty" doc:"the bound that was broken"`
}

func (e *ParamError) Error() string { return e.Msg }

func problem(status int, text string) *Problem {
	return &Problem{Detail: Detail{Text: text}, status: status}
}

// Error is the sentence.
func (p *Problem) Error() string {
	if len(p.Detail.Params) > 0 {
		return p.Detail.Params[0].Msg
	}
	return p.Detail.Text
}

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.status }

// MarshalJSON writes the list if there is one, else the sentence.
func (d Detail) MarshalJSON() ([]byte, error) {
	if len(d.Params) > 0 {
		return marshal(d.Params)
	}
	return marshal(d.Text)
}

// Schema describes the two forms.
func (Detail) Schema(r huma.Registry) *huma.Schema {
	params := huma.SchemaFromType(r, typeOf[[]ParamError]())
	params.Nullable = false
	return &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, params}}
}

// Every problem that huma finds takes our form.
func init() {
	huma.NewError = func(status int, text string, errs ...error) huma.StatusError {
		p := problem(status, text)
		for _, err := range errs {
			var whole *Problem
			if errors.As(err, &whole) {
				return whole
			}
			var param *ParamError
			if errors.As(err, &param) {
				p.Detail.Params = append(p.Detail.Params, param)
			}
		}
		return p
	}
}

// answerTo is what the client sees of a store's error; the cause stays in the log.
func (a *API) answerTo(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, catalog.ErrNotFound):
		return problem(http.StatusNotFound, "Product not found")
	case errors.Is(err, context.Canceled):
		return problem(statusClientClosed, "The client went away")
	case errors.Is(err, catalog.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		a.Log.WarnContext(ctx, "no answer from the database", "error", err)
		return problem(http.StatusServiceUnavailable, "The database does not answer, please try again")
	}
	a.Log.ErrorContext(ctx, "unexpected error", "error", err)
	return problem(http.StatusInternalServerError, "Internal Server Error")
}

// statusClientClosed is nginx's code for a client that hung up: it is only logged.
const statusClientClosed = 499
