package dockerhost

import (
	"context"
	"io"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
)

// HasImage reports whether the engine has the image.
func (e *Engine) HasImage(ctx context.Context, ref string) (bool, error) {
	_, err := e.api.ImageInspect(ctx, ref)
	if errdefs.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// Pull has the engine pull an image. auth is the registry login as base64-encoded
// JSON, or "". The reader yields the engine's progress messages, one JSON object
// per line, and must be read to its end.
func (e *Engine) Pull(ctx context.Context, ref, auth string) (io.ReadCloser, error) {
	return e.api.ImagePull(ctx, ref, image.PullOptions{RegistryAuth: auth})
}

// Digest has the engine ask the image's registry for its digest, "sha256:…". auth
// is as for Pull.
func (e *Engine) Digest(ctx context.Context, ref, auth string) (string, error) {
	found, err := e.api.DistributionInspect(ctx, ref, auth)
	return found.Descriptor.Digest.String(), err
}
