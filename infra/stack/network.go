package stack

import (
	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// network declares the bridge that joins all containers. A changed label would
// replace it and every container on it.
func (d *deployment) network() (err error) {
	d.net, err = docker.NewNetwork(d.ctx, d.plan.Network, &docker.NetworkArgs{
		Name:   pulumi.String(d.plan.Network),
		Driver: pulumi.String("bridge"),
		Labels: docker.NetworkLabelArray{
			docker.NetworkLabelArgs{Label: pulumi.String(LabelStack), Value: pulumi.String(d.ctx.Stack())},
		},
	}, pulumi.IgnoreChanges([]string{"labels"}), pulumi.ResourceHooks(&pulumi.ResourceHookBinding{AfterCreate: []*pulumi.ResourceHook{d.hook.rejoin}}))
	return err
}
