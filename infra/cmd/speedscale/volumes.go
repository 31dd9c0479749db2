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

// volumes lists the names of a stack's volumes that a destroy deletes, and of those that
// it keeps.
type volumes struct{ deleted, kept []string }

// volumesOf reads the volumes from the stack's state, since the state decides which of
// them are kept, not the current settings.
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

// report says what happens to the data. sizes are in bytes, by volume; a volume without
// one is listed without its size.
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

// list formats the volumes, three per line.
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

// add adds volumes that no run has recorded to those that are deleted.
func (v *volumes) add(unrecorded []string) {
	v.deleted = append(v.deleted, unrecorded...)
	slices.Sort(v.deleted)
	v.deleted = slices.Compact(v.deleted)
}

// foundVolumes is what Docker knows about volumes.
type foundVolumes struct {
	ours  []string         // names of volumes that have the stack's label and one of its names
	sizes map[string]int64 // bytes, by volume
}

// findVolumes asks Docker for the stack's volumes and the sizes of all volumes. The
// answer is only information for the user, so errors are ignored, and what Docker does
// not return within ten seconds is left out.
func findVolumes(ctx context.Context, name string, cfg config.Config) (found foundVolumes) {
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
