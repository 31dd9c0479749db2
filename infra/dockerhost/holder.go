package dockerhost

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/network"
)

// Holder is a container that never runs. It holds files in a volume without a name,
// for another container to take over (docker create --volumes-from). Docker copies
// no files into a container whose root file system is read-only, except into a
// volume that it may write to.
type Holder struct {
	Name, Image          string
	Labels, VolumeLabels map[string]string
	Folder               string
	Files                map[string]string // their contents, by name
	Declared             []string          // folders that the image declares as volumes: these are not to be taken over
}

// CreateHolder creates a holder, in place of one of the same name. The files belong
// to root, and every user may read them.
func (e *Engine) CreateHolder(ctx context.Context, h Holder) error {
	files, err := archiveOf(h.Files)
	if err != nil {
		return err
	}
	if err := e.RemoveContainer(ctx, h.Name); err != nil {
		return err
	}
	unused := map[string]string{}
	for _, folder := range h.Declared {
		unused[folder] = ""
	}
	volume := mount.Mount{Type: mount.TypeVolume, Target: h.Folder, VolumeOptions: &mount.VolumeOptions{Labels: h.VolumeLabels}}
	created, err := e.api.ContainerCreate(ctx, &container.Config{Image: h.Image, Labels: h.Labels},
		&container.HostConfig{NetworkMode: network.NetworkNone, Tmpfs: unused, Mounts: []mount.Mount{volume}}, nil, nil, h.Name)
	if err != nil {
		return err
	}
	return e.api.CopyToContainer(ctx, created.ID, h.Folder, files, container.CopyToContainerOptions{})
}

func archiveOf(files map[string]string) (*bytes.Buffer, error) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o444, Size: int64(len(files[name]))}); err != nil {
			return nil, fmt.Errorf("archive %s: %w", name, err)
		}
		if _, err := w.Write([]byte(files[name])); err != nil {
			return nil, fmt.Errorf("archive %s: %w", name, err)
		}
	}
	return &archive, w.Close()
}
