package main

import (
	"context"

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

// deploy runs the engine, twice if that is what it takes to turn logins on or off.
func (a *app) deploy(ctx context.Context, s auto.Stack, refresh bool) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	opts := []optup.Option{optup.ProgressStreams(a.stdout), optup.ErrorProgressStreams(a.stderr), optup.Color(color(a))}
	logins := stack.NextLogins(ctx, cfg, a.stack)
	first := opts
	if refresh {
		first = append(first, optup.Refresh())
	}
	if _, err := s.Up(ctx, first...); err != nil || logins.Members != stack.Optional {
		return a.engineFailed("up", err)
	}
	a.say("The first step is done; now the second.")
	_, err = s.Up(ctx, opts...)
	return a.engineFailed("up", err)
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
