package containers

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/images"
	"speedscale/infra/topology"
)

// Image is the image that a container runs.
type Image struct {
	ID     pulumi.StringInput // Docker's id of the image
	Health images.Health      // its health check
	Needs  images.Needs       // what its containers must be given
}

// tmpfs returns the tmpfs mounts of a container: their options, by path. They
// include the volumes that the image declares and the container does not use, for
// which Docker would otherwise create anonymous volumes.
func (s Spec) tmpfs(c topology.Container) pulumi.StringMap {
	folders := pulumi.StringMap{}
	for _, mounts := range []map[string]string{s.Image.Needs.Tmpfs, s.Tmpfs} {
		for path, options := range mounts {
			folders[path] = pulumi.String(options)
		}
	}
	for _, path := range s.Image.Needs.Volumes {
		if path != c.Mount {
			folders[path] = pulumi.String("size=1m")
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
