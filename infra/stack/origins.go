package stack

import (
	"speedscale/infra/config"
	"speedscale/infra/topology"
)

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
