package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/docker/go-units"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"speedscale/infra/config"
	"speedscale/infra/dockerhost"
	"speedscale/infra/stack"
	"speedscale/infra/topology"
)

// volumes are the names of a stack's volumes, by what a destroy does to them.
type volumes struct{ deleted, kept []string }

// volumesOf reads them from the stack's state, which decides, and not the
// settings.
func volumesOf(state apitype.UntypedDeployment) (v volumes, err error) {
	var deployment apitype.DeploymentV3
	if err := json.Unmarshal(state.Deployment, &deployment); err != nil {
		return v, fmt.Errorf("read the stack's state: %w", err)
	}
	for _, r := range deployment.Resources {
		if r.Type != "docker:index/volume:Volume" {
			continue
		}
		if r.RetainOnDelete {
			v.kept = append(v.kept, r.ID.String())
		} else {
			v.deleted = append(v.deleted, r.ID.String())
		}
	}
	slices.Sort(v.deleted)
	slices.Sort(v.kept)
	return v, nil
}

// report says what becomes of the data. Sizes are in bytes, by volume; of one
// that is missing nothing is said.
func (v volumes) report(w io.Writer, name string, sizes map[string]int64) error {
	var out strings.Builder
	if len(v.deleted) > 0 {
		fmt.Fprintf(&out, "The data of stack %s is DELETED: %s%s.\n%s", name, count(len(v.deleted)), total(v.deleted, sizes), list(v.deleted, sizes))
		out.WriteString("To keep data, set speedscale:keepData to true and run `up` before destroy.\n")
	}
	if len(v.kept) > 0 {
		fmt.Fprintf(&out, "The data of stack %s is kept: %s%s.\n%s", name, count(len(v.kept)), total(v.kept, sizes), list(v.kept, sizes))
		out.WriteString("The next `up` takes it over; `docker volume rm` deletes it.\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func count(volumes int) string {
	if volumes == 1 {
		return "1 volume"
	}
	return fmt.Sprintf("%d volumes", volumes)
}

func total(names []string, sizes map[string]int64) string {
	var sum int64
	for _, name := range names {
		sum += sizes[name]
	}
	if sum == 0 {
		return ""
	}
	return " with " + units.HumanSize(float64(sum))
}

// list puts three volumes on a line.
func list(names []string, sizes map[string]int64) string {
	var out strings.Builder
	for line := range slices.Chunk(names, 3) {
		var texts []string
		for _, name := range line {
			if size, ok := sizes[name]; ok {
				name += " " + units.HumanSize(float64(size))
			}
			texts = append(texts, name)
		}
		fmt.Fprintf(&out, "  %s\n", strings.Join(texts, ", "))
	}
	return out.String()
}

// add counts volumes that no run has recorded among those that are deleted.
func (v *volumes) add(found []string) {
	v.deleted = append(v.deleted, found...)
	slices.Sort(v.deleted)
	v.deleted = slices.Compact(v.deleted)
}

// onDaemon is what Docker knows of volumes.
type onDaemon struct {
	ours  []string         // with the stack's label and names
	sizes map[string]int64 // bytes, by volume
}

// lookAtVolumes asks Docker. It is for people to read: an engine that does not
// answer in time leaves it out.
func lookAtVolumes(ctx context.Context, name string, cfg config.Config) (found onDaemon) {
	docker, err := dockerhost.Open()
	if err != nil {
		return found
	}
	defer func() { _ = docker.Close() }()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	on, _ := docker.Contents(ctx, stack.LabelStack+"="+name)
	for _, v := range on.Volumes {
		if topology.IsVolume(cfg, v.Name) {
			found.ours = append(found.ours, v.Name)
		}
	}
	found.sizes, _ = docker.VolumeSizes(ctx)
	return found
}
