package main

import (
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/spf13/cobra"

	"speedscale/infra/recovery"
)

func (a *app) destroyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "destroy", Short: "Remove every container, network and volume of the stack, with its data", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			release, err := recovery.Alone(a.dir, a.stack)
			if err != nil {
				return failed(err)
			}
			defer release()
			s, err := a.engine(cmd.Context())
			if err != nil {
				return err
			}
			left, err := a.recover(cmd.Context(), s, recovery.Stack{Destroying: true})
			if err != nil {
				return err
			}
			// The shards need not move their data before they go.
			if err := os.Setenv("SPEEDSCALE_DESTROY", "1"); err != nil {
				return failed(err)
			}
			_, err = s.Destroy(cmd.Context(), optdestroy.ProgressStreams(a.stdout), optdestroy.ErrorProgressStreams(a.stderr), optdestroy.Color(color(a)))
			if err != nil {
				return engineFailed("destroy", err)
			}
			return a.removeUnrecorded(cmd.Context(), left)
		},
	}
}
