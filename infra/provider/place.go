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

// ContainerArgs are the inputs of whatever waits for a container.
type ContainerArgs struct {
	Container   string   `pulumi:"container"`
	ContainerID string   `pulumi:"containerId"`
	Network     string   `pulumi:"network,optional"`
	Aliases     []string `pulumi:"aliases,optional"`
	// The rest describes no state: a change of it changes nothing.
	Origins        map[string]string `pulumi:"origins,optional"`
	TimeoutSeconds int               `pulumi:"timeoutSeconds,optional"`
}

// Annotate describes the inputs.
func (args *ContainerArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.Container, "Name of the Docker container.")
	a.Describe(&args.ContainerID, "Docker's id of the container. When it changes, the container is waited for again.")
	a.Describe(&args.Network, "Network that the container is on. One that was taken off it is connected again, one that was paused goes on, "+
		"and limits of processors or processes that somebody gave it are lifted.")
	a.Describe(&args.Aliases, "Names that the container has on the network.")
	a.Describe(&args.Origins, "Names of the settings that the container's values come from, by a word that its log has when one is wrong; "+
		`"memory" stands for its limit. An error names the setting.`)
	a.Describe(&args.TimeoutSeconds, "How long to wait for it, in seconds.")
	a.SetDefault(&args.TimeoutSeconds, 180)
}

// misfits are the ways in which a container does not stand as declared; none if
// no place is declared.
func (args *ContainerArgs) misfits(state dockerhost.State) (found []string) {
	if args.Network == "" {
		return nil
	}
	if state.Paused {
		found = append(found, "is paused")
	}
	aliases, joined := state.Networks[args.Network]
	unknown := missing(args.Aliases, aliases)
	switch {
	case !joined:
		found = append(found, "is not on the network "+args.Network)
	case len(unknown) > 0:
		found = append(found, fmt.Sprintf("is not known as %s on the network %s", strings.Join(unknown, ", "), args.Network))
	}
	if state.Limited {
		found = append(found, "has a limit of processors or processes that is not declared")
	}
	return found
}

// fit puts right what a container's inspection shows to be otherwise than
// declared. Nothing is done for one that is not there or does not run: the wait
// that follows says so.
func (c Clients) fit(ctx context.Context, args ContainerArgs) error {
	if args.Network == "" {
		return nil
	}
	state, err := c.state(ctx, args.Container)
	if err != nil || state.Status != "running" && !state.Paused || len(args.misfits(state)) == 0 {
		return nil
	}
	return about(args.Container, c.Containers.Fit(ctx, args.Container, dockerhost.Place{Network: args.Network, Aliases: args.Aliases}))
}

// explain names the setting that an error's text points at.
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

// memoryWord stands for a container's memory in Origins.
const memoryWord = "memory"
