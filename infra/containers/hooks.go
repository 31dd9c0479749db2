package containers

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/dockerhost"
)

// hookTimeout bounds what a hook asks of the daemon, beyond a container's grace.
const hookTimeout = time.Minute

// hooks registers what is done beside the provider's own steps, where that one
// would fail or leave things half mended; no preview runs them. Their names are
// the network's, since a program may have more than one.
func (n *Network) hooks(ctx *pulumi.Context) (rejoins *pulumi.ResourceHook, err error) {
	n.clearName, err = ctx.RegisterResourceHook(n.Name+"-clear-name", func(args *pulumi.ResourceHookArgs) error {
		return withDaemon(ctx.Context(), func(on context.Context, daemon client.APIClient) error {
			return clearName(on, daemon, args.NewInputs["name"].StringValue(), n.Owner)
		})
	}, nil)
	if err != nil {
		return nil, err
	}
	return ctx.RegisterResourceHook(n.Name+"-rejoin", func(*pulumi.ResourceHookArgs) error {
		return withDaemon(ctx.Context(), func(on context.Context, daemon client.APIClient) error {
			return rejoin(on, daemon, n.NetworkArgs)
		})
	}, nil)
}

func withDaemon(ctx context.Context, do func(context.Context, client.APIClient) error) error {
	daemon, err := dockerhost.New()
	if err != nil {
		return err
	}
	defer func() { _ = daemon.Close() }()
	ctx, cancel := context.WithTimeout(ctx, hookTimeout)
	defer cancel()
	return do(ctx, daemon)
}

// clearName removes the stack's own container of a name that is to be created.
// It is not in the state: a run that was killed left it, somebody made it again
// by hand, or it was stopped, which a refresh takes for gone. Its data is in
// its volume, which has a name and stays; those without go. What is not the
// stack's stays, and is named before anything is changed.
func clearName(ctx context.Context, daemon client.APIClient, name, owner string) error {
	found, err := daemon.ContainerInspect(ctx, name)
	if errdefs.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for a container %s: %w", name, err)
	}
	if found.Config.Labels[LabelStack] != owner {
		return nil
	}
	grace := longestGrace
	if err := daemon.ContainerStop(ctx, found.ID, container.StopOptions{Timeout: &grace}); err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("stop the container %s, which is not in the stack's state: %w", name, err)
	}
	if err := daemon.ContainerRemove(ctx, found.ID, container.RemoveOptions{Force: true, RemoveVolumes: true}); err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("remove the container %s, which is not in the stack's state: %w", name, err)
	}
	return nil
}

// rejoin connects the stack's containers to a network that was made anew. A
// container without ports looks unchanged to the provider when its network is
// gone.
func rejoin(ctx context.Context, daemon client.APIClient, to NetworkArgs) error {
	for _, c := range to.Containers {
		found, err := daemon.ContainerInspect(ctx, c.Name)
		if errdefs.IsNotFound(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("look for the container %s: %w", c.Name, err)
		}
		if _, joined := found.NetworkSettings.Networks[to.Name]; joined || found.Config.Labels[LabelStack] != to.Owner {
			continue
		}
		err = daemon.NetworkConnect(ctx, to.Name, found.ID, &network.EndpointSettings{Aliases: slices.Clone(c.Aliases)})
		if err != nil {
			return fmt.Errorf("connect %s to %s again: %w", c.Name, to.Name, err)
		}
	}
	return nil
}
