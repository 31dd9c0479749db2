package dockerhost

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/containerd/errdefs"
)

// maxFile bounds the size of a file that ReadFile returns, in bytes.
const maxFile = 1 << 20

// ReadFile returns a file of a container, which need not run. The error is
// ErrNoContainer if there is no such container, and fs.ErrNotExist if it has no such
// file.
func (e *Engine) ReadFile(ctx context.Context, name, path string) ([]byte, error) {
	content, _, err := e.api.CopyFromContainer(ctx, name, path)
	if errdefs.IsNotFound(err) {
		if _, stateErr := e.State(ctx, name); stateErr != nil {
			return nil, stateErr
		}
		return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = content.Close() }()
	archive := tar.NewReader(content)
	header, err := archive.Next()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if header.Typeflag != tar.TypeReg || header.Size > maxFile {
		return nil, errors.New(path + " is not a file of at most 1 MB")
	}
	return io.ReadAll(archive)
}
