package stack

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
	"speedscale/infra/topology"
)

// hooks are what the program does beside the provider's own steps, where that
// one would fail or leave things half mended; no preview runs them.
type hooks struct {
	clearName *pulumi.ResourceHook // before a container is created
	rejoin    *pulumi.ResourceHook // after the network is created
}

// hookTimeout bounds what a hook asks of the daemon, beyond a container's grace.
const hookTimeout = time.Minute

func (d *deployment) hooks() (err error) {
	d.hook.clearName, err = d.ctx.RegisterResourceHook("clear-name", func(args *pulumi.ResourceHookArgs) error {
		return withDaemon(d.ctx.Context(), func(ctx context.Context, daemon client.APIClient) error {
			return clearName(ctx, daemon, args.NewInputs["name"].StringValue(), d.ctx.Stack())
		})
	}, nil)
	if err != nil {
		return err
	}
	d.hook.rejoin, err = d.ctx.RegisterResourceHook("rejoin", func(*pulumi.ResourceHookArgs) error {
		return withDaemon(d.ctx.Context(), func(ctx context.Context, daemon client.APIClient) error {
			return rejoin(ctx, daemon, d.plan, d.ctx.Stack())
		})
	}, nil)
	return err
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
// its volume, which has a name and stays; those without go. What is not the stack's stays, and is named before anything is
// changed.
func clearName(ctx context.Context, daemon client.APIClient, name, stack string) error {
	found, err := daemon.ContainerInspect(ctx, name)
	if errdefs.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for a container %s: %w", name, err)
	}
	if found.Config.Labels[LabelStack] != stack {
		return nil
	}
	grace := mongodGrace
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
func rejoin(ctx context.Context, daemon client.APIClient, plan topology.Plan, stack string) error {
	for _, c := range plan.Containers() {
		found, err := daemon.ContainerInspect(ctx, c.Name)
		if errdefs.IsNotFound(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("look for the container %s: %w", c.Name, err)
		}
		if _, joined := found.NetworkSettings.Networks[plan.Network]; joined || found.Config.Labels[LabelStack] != stack {
			continue
		}
		err = daemon.NetworkConnect(ctx, plan.Network, found.ID, &network.EndpointSettings{Aliases: slices.Clone(c.Aliases)})
		if err != nil {
			return fmt.Errorf("connect %s to %s again: %w", c.Name, plan.Network, err)
		}
	}
	return nil
}
