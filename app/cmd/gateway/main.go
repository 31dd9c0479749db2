// Command gateway serves the shop's API over HTTP. Its other subcommands initialise the
// database and check the gateway's health.
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

// run runs the program until it is finished or ctx is done. It returns the exit code: 0,
// or 1 after it has printed the error to stderr.
func run(ctx context.Context, args []string, environ map[string]string, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:           "gateway",
		Short:         "The search gateway of the SpeedScale cluster",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	// Subcommands take no arguments, and their settings from the environment.
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
	add("init", "Create the indexes, and check that mongos and Redis work", initialise)
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
