// Command gateway serves the shop's products over HTTP.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/caarlos0/env/v11"
	"github.com/spf13/cobra"

	"speedscale/app/internal/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], env.ToMap(os.Environ()), os.Stdout, os.Stderr))
}

// run is the whole program; ctx ends when it is to stop. It answers the exit
// code: 0, or 1 after a line on stderr that says why.
func run(ctx context.Context, args []string, environ map[string]string, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:           "gateway",
		Short:         "The search gateway of the SpeedScale cluster",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	// Every subcommand takes its settings from the environment and no arguments.
	add := func(name, short string, do func(context.Context, config.Config, io.Writer) error) {
		root.AddCommand(&cobra.Command{Use: name, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Parse(environ)
			if err != nil {
				return err
			}
			return do(cmd.Context(), cfg, stdout)
		}})
	}
	add("serve", "Serve HTTP until SIGTERM", serve)
	add("init", "Create the indexes, and prove that mongos and Redis serve", initialise)
	add("healthcheck", "Ask the gateway on this machine whether it serves", healthcheck)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		_, _ = fmt.Fprintln(stderr, "gateway:", err)
		return 1
	}
	return 0
}
