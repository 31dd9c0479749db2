package stack

import (
	"speedscale/infra/config"
	"speedscale/infra/containers"
	"speedscale/infra/topology"
)

// LabelStack is the label on everything that belongs to a stack. Its value is the
// stack's name.
const LabelStack = containers.LabelStack

// labelImages is the label that records the source of a container's image.
const labelImages = "speedscale.images"

// network declares the bridge network of all containers.
func (d *deployment) network() (err error) {
	d.net, err = containers.NewNetwork(d.ctx, containers.NetworkArgs{
		Name: d.plan.Network, Owner: d.ctx.Stack(), BindAddress: d.plan.BindAddress, Timeout: d.cfg.DeployTimeout,
		Labels:     map[string]string{labelImages: string(d.source)},
		Containers: d.plan.Containers(), Origins: d.origins,
	})
	return err
}

// origins returns the settings that may be the cause when a container does not
// start serving; see containers.NetworkArgs.
func (d *deployment) origins(c topology.Container) map[string]string {
	settings := map[string]string{"memory": config.Namespace + ":" + c.Role.MemorySetting()}
	if c.Role == topology.ConfigServer || c.Role == topology.ShardMember {
		for parameter := range d.cfg.MongodParameters {
			settings[parameter] = config.Namespace + ":mongodParameters." + parameter
		}
	}
	return settings
}
