package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"

	"speedscale/infra/dockerhost"
)

// ContainerArgs are the inputs that all resources which wait for a container share.
type ContainerArgs struct {
	Container   string   `pulumi:"container"`
	ContainerID string   `pulumi:"containerId"`
	Network     string   `pulumi:"network,optional"`
	Aliases     []string `pulumi:"aliases,optional"`
	Processes   int      `pulumi:"processes,optional"`
	// A change of these is not a diff, since they do not describe the container's state.
	Origins        map[string]string `pulumi:"origins,optional"`
	TimeoutSeconds int               `pulumi:"timeoutSeconds,optional"`
}

// Annotate describes the inputs.
func (args *ContainerArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.Container, "Name of the Docker container.")
	a.Describe(&args.ContainerID, "Docker's id of the container. When it changes, the container is waited for again.")
	a.Describe(&args.Network, "Network to which the container belongs. If this is set, a container that was disconnected from it is connected again, "+
		"one that was paused is unpaused, its limit of processes is set, and a limit of CPUs that somebody set by hand is lifted.")
	a.Describe(&args.Aliases, "DNS names of the container on the network.")
	a.Describe(&args.Processes, "The most processes that the container may have, threads included, if it has a network here. Without it there is no limit.")
	a.Describe(&args.Origins, "Settings from which the container's configuration comes, by a word that appears in its log when the setting is wrong; "+
		`"memory" stands for running out of memory. If the container fails, the error names the setting.`)
	a.Describe(&args.TimeoutSeconds, "How long to wait for the container, in seconds.")
	a.SetDefault(&args.TimeoutSeconds, 180)
}

// drift lists the ways in which the container differs from its declaration. Without a
// declared network it reports nothing.
func (args *ContainerArgs) drift(state dockerhost.State) (found []string) {
	if args.Network == "" {
		return nil
	}
	if state.Paused {
		found = append(found, "is paused")
	}
	aliases, connected := state.Networks[args.Network]
	unknown := missing(args.Aliases, aliases)
	switch {
	case !connected:
		found = append(found, "is not on the network "+args.Network)
	case len(unknown) > 0:
		found = append(found, fmt.Sprintf("is not known as %s on the network %s", strings.Join(unknown, ", "), args.Network))
	}
	if state.CPUQuota {
		found = append(found, "has a limit of CPUs that is not declared")
	}
	if state.Processes != args.Processes {
		found = append(found, fmt.Sprintf("is limited to %d processes, not to %d (0 is no limit)", state.Processes, args.Processes))
	}
	return found
}

// repairDrift repairs what drift reports. It ignores a container that does not exist
// or does not run, since the wait that follows reports these.
func (c Clients) repairDrift(ctx context.Context, args ContainerArgs) error {
	if args.Network == "" {
		return nil
	}
	state, err := c.state(ctx, args.Container)
	if err != nil || state.Status != "running" && !state.Paused || len(args.drift(state)) == 0 {
		return nil
	}
	return containerError(args.Container, c.Containers.RepairDrift(ctx, args.Container, dockerhost.Declared{
		Network: args.Network, Aliases: args.Aliases, Processes: args.Processes,
	}))
}

// explain adds to err the setting that its text points at, if there is one.
func (args *ContainerArgs) explain(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, word := range slices.Sorted(maps.Keys(args.Origins)) {
		if word == memoryWord && strings.Contains(text, outOfMemory) || word != memoryWord && strings.Contains(text, word) {
			return fmt.Errorf("%w\nlook at the setting %s", err, args.Origins[word])
		}
	}
	return err
}

// memoryWord is the key in Origins for the setting of the memory limit.
const memoryWord = "memory"
