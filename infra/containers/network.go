// Package containers declares Docker containers as Pulumi resources: on a common
// network, with memory limits, and with a resource that waits until they serve.
package containers

import (
	"sync"
	"time"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/topology"
)

// NetworkArgs describes a network, and what all containers on it have in common.
type NetworkArgs struct {
	Name        string            // Docker's name of the network
	BindAddress string            // host address on which ports are published
	Labels      map[string]string // labels of all its containers, besides those for role and owner
	// Owner is the value of the label LabelStack on the network and on all its
	// containers and volumes. It distinguishes what a killed run left behind from
	// what belongs to others. Empty: "project/stack".
	Owner string
	// Timeout is how long a container may take until it serves; 0: three minutes.
	Timeout time.Duration
	// Containers lists the containers to reconnect when the network is recreated.
	Containers []topology.Container
	// Origins returns, for a container, the settings that may be the cause when it
	// does not start serving. They are keyed by the word that then appears in its
	// log; "memory" stands for running out of memory. Nil: none.
	Origins func(topology.Container) map[string]string
}

// Network is a declared bridge network, on which containers can be declared.
type Network struct {
	NetworkArgs
	network                   *docker.Network
	beforeCreate, afterCreate *pulumi.ResourceHook // run before and after a container is created
	holders                   sync.Map             // the dockerhost.Holder of its secrets, by container
	files                     sync.Map             // a func() of its Files, by container
}

// NewNetwork declares the network. Changes of its labels are ignored, since they
// would replace it and every container on it.
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
