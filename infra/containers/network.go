// Package containers declares Docker containers as Pulumi resources: on one
// network, within their limits, and waited for until they serve.
package containers

import (
	"time"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/topology"
)

// NetworkArgs describes a network, and what all containers on it have in common.
type NetworkArgs struct {
	Name        string            // Docker's name of it
	BindAddress string            // the host's address on which ports are published
	Labels      map[string]string // of all its containers, beside their role's and the stack's
	// Owner is what all its containers and volumes carry in the label LabelStack, so
	// that what a killed run left can be told from what others have; empty: project
	// and stack.
	Owner string
	// Timeout is how long a container may take until it serves; 0: three minutes.
	Timeout time.Duration
	// Containers are to be connected again when the network has to be made anew.
	Containers []topology.Container
	// Origins names the settings that may be to blame when a container does not get
	// to serve, by what its log or Docker then says; nil: none.
	Origins func(topology.Container) map[string]string
}

// Network is a declared bridge network, on which containers are declared.
type Network struct {
	NetworkArgs
	network   *docker.Network
	clearName *pulumi.ResourceHook // before a container is created
}

// NewNetwork declares the network. A changed label would replace it and every
// container on it.
func NewNetwork(ctx *pulumi.Context, args NetworkArgs, opts ...pulumi.ResourceOption) (*Network, error) {
	if args.Owner == "" {
		args.Owner = ctx.Project() + "/" + ctx.Stack()
	}
	n := &Network{NetworkArgs: args}
	rejoin, err := n.hooks(ctx)
	if err != nil {
		return nil, err
	}
	opts = append(opts, pulumi.IgnoreChanges([]string{"labels"}),
		pulumi.ResourceHooks(&pulumi.ResourceHookBinding{AfterCreate: []*pulumi.ResourceHook{rejoin}}))
	n.network, err = docker.NewNetwork(ctx, args.Name, &docker.NetworkArgs{
		Name:   pulumi.String(args.Name),
		Driver: pulumi.String("bridge"),
		Labels: docker.NetworkLabelArray{
			docker.NetworkLabelArgs{Label: pulumi.String(LabelStack), Value: pulumi.String(args.Owner)},
		},
	}, opts...)
	return n, err
}
