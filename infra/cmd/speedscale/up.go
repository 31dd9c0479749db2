package main

import (
	"context"
	"fmt"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/spf13/cobra"

	"speedscale/infra/dockerhost"
	"speedscale/infra/preflight"
	"speedscale/infra/recovery"
	"speedscale/infra/stack"
)

func (a *app) upCommand() *cobra.Command {
	var refresh bool
	cmd := &cobra.Command{
		Use: "up", Short: "Create or update the stack as its settings say", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.requireDocker(cmd.Context()); err != nil {
				return err
			}
			a.createMissing = true
			return a.exclusively(cmd.Context(), recovery.Stack{}, func(s auto.Stack, recovered recovery.Outcome) error {
				// Not before the recovery: what a killed run left may occupy the stack's own ports.
				if err := a.preflight(cmd.Context()); err != nil {
					return err
				}
				if err := a.deploy(cmd.Context(), s, refresh || len(recovered.Missing) > 0); err != nil {
					return err
				}
				return a.printAddresses()
			})
		},
	}
	cmd.Flags().BoolVarP(&refresh, "refresh", "r", true, "first look for changes made by hand, and undo them; --refresh=false saves 2 seconds")
	return cmd
}

// mostSteps is more than all changes at once take.
const mostSteps = 9

// deploy runs the engine once for each step that the changes take.
func (a *app) deploy(ctx context.Context, s auto.Stack, refresh bool) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	opts := []optup.Option{optup.ProgressStreams(a.stdout), optup.ErrorProgressStreams(a.stderr), optup.Color(color(a))}
	var last stack.Steps
	finishing := false
	for step := range mostSteps {
		next := stack.NextSteps(ctx, cfg, a.stack)
		if step > 0 && next.More() && reflect.DeepEqual(next, last) {
			break
		}
		last = next
		with := opts
		if refresh && step == 0 {
			with = append(with, optup.Refresh())
		}
		result, err := s.Up(ctx, with...)
		switch {
		case err != nil:
			return a.engineFailed("up", err)
		case next.More():
		case finishing || !stack.SucceedsAnother(result.Outputs):
			return nil
		default:
			finishing = true
		}
		if a.cli.interrupted.Load() { // and the engine had done before it noticed
			return a.wasInterrupted("up")
		}
		a.say(fmt.Sprintf("Step %d is done; now the next.", step+1))
	}
	return failed(fmt.Errorf("a step was done, and is still to be done. Perhaps containers that are not the stack's have its label: remove those from what "+
		"`docker ps -a --filter label=%s=%s` shows, and run `speedscale up` again", stack.LabelStack, a.stack))
}

// requireDocker fails if the settings are wrong or Docker does not answer, so that this
// is reported before the engine starts.
func (a *app) requireDocker(ctx context.Context) error {
	if _, err := a.config(); err != nil {
		return err
	}
	daemon, err := dockerhost.Open()
	if err != nil {
		return failed(err)
	}
	defer func() { _ = daemon.Close() }()
	if _, err := preflight.Reach(ctx, daemon); err != nil {
		return failed(err)
	}
	return nil
}

// preflight runs the program's preflight checks before the engine starts. Their errors
// would otherwise be hidden in the engine's output.
func (a *app) preflight(ctx context.Context) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	if err := stack.Preflight(ctx, cfg, a.stack); err != nil {
		return failed(err)
	}
	return nil
}
