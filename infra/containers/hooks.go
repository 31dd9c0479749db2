package containers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/dockerhost"
)

// daemon is what hooks ask of Docker; *dockerhost.Engine implements it.
type daemon interface {
	State(ctx context.Context, name string) (dockerhost.State, error)
	Stop(ctx context.Context, id string, grace time.Duration) error
	RemoveContainer(ctx context.Context, id string) error
	Connect(ctx context.Context, network, id string, aliases []string) error
}

// hookTimeout bounds what a hook asks of the daemon, beyond a container's grace.
const hookTimeout = time.Minute

// hooks registers what is done beside the provider's own steps, where that one
// would fail or leave things half mended; no preview runs them. Their names are
// the network's, since a program may have more than one.
func (n *Network) hooks(ctx *pulumi.Context) (rejoins *pulumi.ResourceHook, err error) {
	n.clearName, err = ctx.RegisterResourceHook(n.Name+"-clear-name", func(args *pulumi.ResourceHookArgs) error {
		return withDaemon(ctx.Context(), func(on context.Context, docker daemon) error {
			return clearName(on, docker, args.NewInputs["name"].StringValue(), n.Owner)
		})
	}, nil)
	if err != nil {
		return nil, err
	}
	return ctx.RegisterResourceHook(n.Name+"-rejoin", func(*pulumi.ResourceHookArgs) error {
		return withDaemon(ctx.Context(), func(on context.Context, docker daemon) error {
			return rejoin(on, docker, n.NetworkArgs)
		})
	}, nil)
}

func withDaemon(ctx context.Context, do func(context.Context, daemon) error) error {
	docker, err := dockerhost.Open()
	if err != nil {
		return err
	}
	defer func() { _ = docker.Close() }()
	ctx, cancel := context.WithTimeout(ctx, hookTimeout)
	defer cancel()
	return do(ctx, docker)
}

// clearName removes the stack's own container of a name that is to be created.
// It is not in the state: a run that was killed left it, somebody made it again
// by hand, or it was stopped, which a refresh takes for gone. Its data is in
// its volume, which has a name and stays; those without go. What is not the
// stack's stays, and is named before anything is changed.
func clearName(ctx context.Context, docker daemon, name, owner string) error {
	found, err := docker.State(ctx, name)
	if errors.Is(err, dockerhost.ErrNoContainer) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for a container %s: %w", name, err)
	}
	if found.Labels[LabelStack] != owner {
		return nil
	}
	if err := docker.Stop(ctx, found.ID, longestGrace*time.Second); err != nil {
		return fmt.Errorf("stop the container %s, which is not in the stack's state: %w", name, err)
	}
	if err := docker.RemoveContainer(ctx, found.ID); err != nil {
		return fmt.Errorf("remove the container %s, which is not in the stack's state: %w", name, err)
	}
	return nil
}

// rejoin connects the stack's containers to a network that was made anew. A
// container without ports looks unchanged to the provider when its network is
// gone.
func rejoin(ctx context.Context, docker daemon, to NetworkArgs) error {
	for _, c := range to.Containers {
		found, err := docker.State(ctx, c.Name)
		if errors.Is(err, dockerhost.ErrNoContainer) {
			continue
		}
		if err != nil {
			return fmt.Errorf("look for the container %s: %w", c.Name, err)
		}
		if _, joined := found.Networks[to.Name]; joined || found.Labels[LabelStack] != to.Owner {
			continue
		}
		if err := docker.Connect(ctx, to.Name, found.ID, c.Aliases); err != nil {
			return fmt.Errorf("connect %s to %s again: %w", c.Name, to.Name, err)
		}
	}
	return nil
}
