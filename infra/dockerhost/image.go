package dockerhost

import (
	"context"
	"io"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
)

// HasImage tells whether the engine has the image.
func (e *Engine) HasImage(ctx context.Context, ref string) (bool, error) {
	_, err := e.api.ImageInspect(ctx, ref)
	if errdefs.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// Pull has the engine fetch an image, with a login as JSON in base64. What is
// read is what it says meanwhile, an object of JSON a line.
func (e *Engine) Pull(ctx context.Context, ref, login string) (io.ReadCloser, error) {
	return e.api.ImagePull(ctx, ref, image.PullOptions{RegistryAuth: login})
}

// Digest has the engine ask an image's registry for the digest, "sha256:…".
func (e *Engine) Digest(ctx context.Context, ref, login string) (string, error) {
	found, err := e.api.DistributionInspect(ctx, ref, login)
	return found.Descriptor.Digest.String(), err
}
