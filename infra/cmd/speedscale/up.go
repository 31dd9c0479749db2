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
		Use: "up", Short: "Make the stack what its settings say", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.docker(cmd.Context()); err != nil {
				return err
			}
			a.makes = true
			return a.alone(cmd.Context(), recovery.Stack{}, func(s auto.Stack, left recovery.Outcome) error {
				// Only now: what a killed run left may hold the stack's own ports.
				if err := a.lookAhead(cmd.Context()); err != nil {
					return err
				}
				opts := []optup.Option{optup.ProgressStreams(a.stdout), optup.ErrorProgressStreams(a.stderr), optup.Color(color(a))}
				if refresh || len(left.Missing) > 0 {
					opts = append(opts, optup.Refresh())
				}
				_, err := s.Up(cmd.Context(), opts...)
				return a.engineFailed("up", err)
			})
		},
	}
	cmd.Flags().BoolVarP(&refresh, "refresh", "r", true, "first look what was changed by hand, and mend it; --refresh=false saves 2 seconds")
	return cmd
}

// docker says so before the engine starts if no daemon answers.
func (a *app) docker(ctx context.Context) error {
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

// lookAhead says in plain words what the engine would say among its own.
func (a *app) lookAhead(ctx context.Context) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	if err := stack.Preflight(ctx, cfg, a.stack); err != nil {
		return failed(err)
	}
	return nil
}
