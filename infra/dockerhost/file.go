package dockerhost

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
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

// WriteFiles writes files into a folder of a container, which need not run. The folder
// must be in a volume that the container may write to, if its root file system is
// read-only. The files belong to root, and every user may read them. Whoever reads one
// at that moment may find a part of it, or nothing.
func (e *Engine) WriteFiles(ctx context.Context, name, folder string, files map[string]string) error {
	archive, err := archiveOf(files)
	if err != nil {
		return err
	}
	return asErrNoContainer(e.api.CopyToContainer(ctx, name, folder, archive, container.CopyToContainerOptions{}))
}

// Signal sends a signal, such as HUP, to the container's first process.
func (e *Engine) Signal(ctx context.Context, name, signal string) error {
	return asErrNoContainer(e.api.ContainerKill(ctx, name, signal))
}
