package stack

import (
	"speedscale/infra/config"
	"speedscale/infra/containers"
	"speedscale/infra/topology"
)

// LabelStack is the label of all that belongs to a stack: the stack's name.
const LabelStack = containers.LabelStack

// labelImages is the label of where a container's image came from.
const labelImages = "speedscale.images"

// network declares the bridge that joins all containers.
func (d *deployment) network() (err error) {
	d.net, err = containers.NewNetwork(d.ctx, containers.NetworkArgs{
		Name: d.plan.Network, Owner: d.ctx.Stack(), BindAddress: d.plan.BindAddress, Timeout: d.cfg.DeployTimeout,
		Labels:     map[string]string{labelImages: string(d.source)},
		Containers: d.plan.Containers(), Origins: d.origins,
	})
	return err
}

// origins names the settings that may be to blame when a container does not get
// to serve, by what its log or Docker then says.
func (d *deployment) origins(c topology.Container) map[string]string {
	named := map[string]string{"memory": config.Namespace + ":" + c.Role.MemorySetting()}
	if c.Role == topology.ConfigServer || c.Role == topology.ShardMember {
		for parameter := range d.cfg.MongodParameters {
			named[parameter] = config.Namespace + ":mongodParameters." + parameter
		}
	}
	return named
}
