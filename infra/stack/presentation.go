package stack

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/containers"
	"speedscale/infra/topology"
	"speedscale/internal/secretfile"
)

// presentation declares the presentation layer: nginx, which serves the page.
// nginx resolves the gateway's name at each request, so it can start without the
// gateway.
func (d *deployment) presentation() error {
	parent, err := d.layer("presentation")
	if err != nil {
		return err
	}
	spec := containers.Spec{Image: d.image[topology.Frontend], Files: d.clientFiles(d.plan.Frontend)}
	if d.tls.Clients() {
		spec.Command = []string{"nginx", "-c", "/etc/nginx/tls.conf", "-g", "daemon off;"}
	}
	own, err := d.ownPageCertificate()
	if err != nil {
		return err
	}
	if own != "" {
		spec.Secrets = map[string]pulumi.StringInput{secretfile.Certificate: pulumi.ToSecret(pulumi.String(own)).(pulumi.StringOutput)}
	}
	_, _, err = d.net.Service(d.ctx, d.plan.Frontend, spec, parent)
	return err
}
