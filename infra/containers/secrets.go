package containers

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/dockerhost"
	"speedscale/infra/topology"
	"speedscale/internal/secretfile"
)

// A container's secrets are files in a volume without a name, which Docker removes
// with the container. The container takes the volume over, read-only, from a holder
// that exists only while the container is created: the Docker provider's own
// uploads go to the root file system, and Docker refuses them when that is read-only.

// holder declares the holder of a container's secrets, and returns its name. Other
// secrets mean another name, and so a new container; the contents of Files do not.
func (n *Network) holder(c topology.Container, s Spec) pulumi.StringOutput {
	name := pulumi.StringMap(s.Secrets).ToStringMapOutput().ApplyT(func(files map[string]string) string {
		h := dockerhost.Holder{
			Name:   fmt.Sprintf("%s-secrets-%s", c.Name, hash(files)),
			Labels: map[string]string{LabelStack: n.Owner}, VolumeLabels: map[string]string{LabelSecrets: n.Owner},
			Folder: secretfile.Dir, Files: files, Declared: s.Image.Needs.Volumes,
		}
		n.holders.Store(c.Name, h)
		return h.Name
	}).(pulumi.StringOutput)
	if len(s.Files.Contents) > 0 {
		n.files.Store(c.Name, contents(s.Files))
	}
	return pulumi.Unsecret(name).(pulumi.StringOutput)
}

// contents returns a function that waits until the files' contents are known. In a
// preview that may be never.
func contents(f Files) func(context.Context) (map[string]string, error) {
	known := make(chan map[string]string, 1)
	pulumi.StringMap(f.Contents).ToStringMapOutput().ApplyT(func(files map[string]string) string {
		known <- files
		return ""
	})
	return func(ctx context.Context) (map[string]string, error) {
		select {
		case files := <-known:
			known <- files
			return files, nil
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for its certificate: %w", ctx.Err())
		}
	}
}

// hash tells nothing about the secrets, since they are long and random.
func hash(files map[string]string) string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		_, _ = fmt.Fprintf(sum, "%q %q\n", name, files[name]) // a hash takes everything
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:6])
}

// Secrets returns the contents of a container's secrets, by name, once its
// declaration has been sent to the engine.
func (n *Network) Secrets(container string) map[string]string {
	h, _ := n.holders.Load(container)
	held, _ := h.(dockerhost.Holder)
	return held.Files
}

// holdSecrets creates the holder for a container that is about to be created. It
// removes secrets of containers that somebody removed without their volumes.
func (n *Network) holdSecrets(ctx context.Context, docker daemon, container, image string) error {
	h, ok := n.holders.Load(container)
	if !ok {
		return nil
	}
	holder := h.(dockerhost.Holder)
	holder.Image = image
	err := n.addFiles(ctx, container, &holder)
	if err == nil {
		err = docker.RemoveUnusedVolumes(ctx, LabelSecrets+"="+n.Owner)
	}
	if err == nil {
		err = docker.CreateHolder(ctx, holder)
	}
	if err != nil {
		return fmt.Errorf("hold the secrets of the container %s: %w", container, err)
	}
	return nil
}

// addFiles adds the container's Files, as they are now.
func (n *Network) addFiles(ctx context.Context, container string, to *dockerhost.Holder) error {
	f, ok := n.files.Load(container)
	if !ok {
		return nil
	}
	files, err := f.(func(context.Context) (map[string]string, error))(ctx)
	if err != nil {
		return err
	}
	all := maps.Clone(files)
	maps.Copy(all, to.Files)
	to.Files = all
	return nil
}

// handOver removes the holder after the container was created. The volume stays,
// since the container uses it.
func (n *Network) handOver(ctx context.Context, docker daemon, container string) error {
	h, ok := n.holders.Load(container)
	if !ok {
		return nil
	}
	holder := h.(dockerhost.Holder)
	if err := docker.RemoveContainer(ctx, holder.Name); err != nil {
		return fmt.Errorf("remove the container %s, which held secrets: %w", holder.Name, err)
	}
	return nil
}
