package main

import (
	"context"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func (a *app) refreshCommand() *cobra.Command {
	return &cobra.Command{
		Use: "refresh", Short: "Update the state to what really exists; change nothing else", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.openStack(cmd.Context())
			if err != nil {
				return err
			}
			return a.refresh(cmd.Context(), s, "refresh")
		},
	}
}

// refresh updates the state to what exists. command is the name of the command, for
// errors.
func (a *app) refresh(ctx context.Context, s auto.Stack, command string) error {
	_, err := s.Refresh(ctx, optrefresh.ProgressStreams(a.stdout), optrefresh.ErrorProgressStreams(a.stderr), optrefresh.Color(color(a)))
	return a.engineFailed(command, err)
}

func color(a *app) string {
	if f, ok := a.stdout.(*os.File); ok && os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(f.Fd())) {
		return "always"
	}
	return "never"
}
