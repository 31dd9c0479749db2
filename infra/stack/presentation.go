package stack

import (
	"speedscale/infra/containers"
	"speedscale/infra/topology"
)

// presentation declares the presentation layer: nginx, which serves the page.
// nginx resolves the gateway's name at each request, so it can start without the
// gateway.
func (d *deployment) presentation() error {
	parent, err := d.layer("presentation")
	if err != nil {
		return err
	}
	_, _, err = d.net.Service(d.ctx, d.plan.Frontend, containers.Spec{Image: d.image[topology.Frontend]}, parent)
	return err
}
