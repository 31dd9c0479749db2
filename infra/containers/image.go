package containers

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/images"
	"speedscale/infra/topology"
)

// Image is what a container runs.
type Image struct {
	ID     pulumi.StringInput // Docker's id of it
	Health images.Health
	Needs  images.Needs
}

// tmpfs are the folders in memory of a container of the image, by their options.
// What the image declares as a volume and the container does not use is one of
// them.
func (i Image) tmpfs(c topology.Container) pulumi.StringMap {
	folders := pulumi.StringMap{}
	for path, options := range i.Needs.Tmpfs {
		folders[path] = pulumi.String(options)
	}
	for _, path := range i.Needs.Volumes {
		if path != c.Mount {
			folders[path] = pulumi.String("")
		}
	}
	return folders
}

func (i Image) healthcheck() docker.ContainerHealthcheckArgs {
	return docker.ContainerHealthcheckArgs{
		Tests:       pulumi.ToStringArray(i.Health.Test),
		Interval:    pulumi.String(i.Health.Interval),
		Timeout:     pulumi.String(i.Health.Timeout),
		StartPeriod: pulumi.String(i.Health.StartPeriod),
		Retries:     pulumi.Int(i.Health.Retries),
	}
}
