package fake

import (
	"context"
	"io"
	"slices"
)

// Registry is where the engine gets images: what it has, and answers by reference.
type Registry struct {
	Images  []string // that it has
	Pulls   map[string]func(context.Context) (io.ReadCloser, error)
	Digests map[string]string
	Refusal error    // of the question for a digest
	Logins  []string // that pulls were given
}

func (e *Engine) HasImage(_ context.Context, ref string) (bool, error) {
	return slices.Contains(e.Images, ref), nil
}

func (e *Engine) Pull(ctx context.Context, ref, login string) (io.ReadCloser, error) {
	e.mu.Lock()
	e.Logins = append(e.Logins, login)
	e.mu.Unlock()
	return e.Pulls[ref](ctx)
}

func (e *Engine) Digest(_ context.Context, ref, _ string) (string, error) {
	return e.Digests[ref], e.Refusal
}
