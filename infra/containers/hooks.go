package containers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"speedscale/infra/dockerhost"
)

// daemon is the part of *dockerhost.Engine that the hooks use.
type daemon interface {
	State(ctx context.Context, name string) (dockerhost.State, error)
	Stop(ctx context.Context, id string, grace time.Duration) error
	RemoveContainer(ctx context.Context, id string) error
	RemoveUnusedVolumes(ctx context.Context, label string) error
	CreateHolder(ctx context.Context, h dockerhost.Holder) error
	Connect(ctx context.Context, network, id string, aliases []string) error
}

// hookTimeout bounds one run of a hook. It is longer than the grace period of any
// container.
const hookTimeout = time.Minute

// hooks registers resource hooks for what the Docker provider cannot do, and for
// cases in which it would fail, or would repair only a part. Previews do not run
// them. Their names begin with the network's, since a program may declare more than
// one network.
func (n *Network) hooks(ctx *pulumi.Context) (rejoinHook *pulumi.ResourceHook, err error) {
	n.beforeCreate, err = ctx.RegisterResourceHook(n.Name+"-before-create", func(args *pulumi.ResourceHookArgs) error {
		return withDaemon(ctx.Context(), func(ctx context.Context, docker daemon) error {
			name := args.NewInputs["name"].StringValue()
			if err := clearName(ctx, docker, name, n.Owner); err != nil {
				return err
			}
			return n.holdSecrets(ctx, docker, name, args.NewInputs["image"].StringValue())
		})
	}, nil)
	if err != nil {
		return nil, err
	}
	n.afterCreate, err = ctx.RegisterResourceHook(n.Name+"-after-create", func(args *pulumi.ResourceHookArgs) error {
		return withDaemon(ctx.Context(), func(ctx context.Context, docker daemon) error {
			return n.handOver(ctx, docker, args.NewInputs["name"].StringValue())
		})
	}, nil)
	if err != nil {
		return nil, err
	}
	return ctx.RegisterResourceHook(n.Name+"-rejoin", func(*pulumi.ResourceHookArgs) error {
		return withDaemon(ctx.Context(), func(ctx context.Context, docker daemon) error {
			return rejoin(ctx, docker, n.NetworkArgs)
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

// clearName frees the name of a container that is about to be created, by
// removing a container of the same owner that already has it. Such a container
// is not in the state: a killed run left it, somebody recreated it by hand, or
// it was stopped, which a refresh takes for deleted. Its data is in a named
// volume, which is kept; anonymous volumes are removed with it. A container of
// another owner is left alone; the preflight check reports it before anything
// is changed.
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
	if err := docker.Stop(ctx, found.ID, maxGrace*time.Second); err != nil {
		return fmt.Errorf("stop the container %s, which is not in the stack's state: %w", name, err)
	}
	if err := docker.RemoveContainer(ctx, found.ID); err != nil {
		return fmt.Errorf("remove the container %s, which is not in the stack's state: %w", name, err)
	}
	return nil
}

// rejoin connects existing containers to a network that was recreated. The
// provider does not notice that a container without published ports has lost
// its network.
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
