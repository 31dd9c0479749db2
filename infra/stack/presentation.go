package stack

import (
	"speedscale/infra/containers"
	"speedscale/infra/topology"
)

// presentation declares the page. nginx looks the gateway up at each request,
// so it needs no gateway to start.
func (d *deployment) presentation() error {
	under, err := d.layer("presentation")
	if err != nil {
		return err
	}
	_, _, err = d.net.Service(d.ctx, d.plan.Frontend, containers.Spec{Image: d.image[topology.Frontend]}, under)
	return err
}
