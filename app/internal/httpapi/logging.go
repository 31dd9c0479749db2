package httpapi

import (
	"context"
	"io"
	"log/slog"
)

type requestIDKey struct{}

// WithRequestID makes log lines of ctx carry id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// NewLogger writes JSON lines to w, with the request's id where there is one.
func NewLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(idHandler{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})})
}

type idHandler struct{ slog.Handler }

func (h idHandler) Handle(ctx context.Context, r slog.Record) error {
	if id, ok := ctx.Value(requestIDKey{}).(string); ok {
		r.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h idHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return idHandler{h.Handler.WithAttrs(attrs)}
}

func (h idHandler) WithGroup(name string) slog.Handler { return idHandler{h.Handler.WithGroup(name)} }
