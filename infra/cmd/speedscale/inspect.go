package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/redis/go-redis/v9/logging"
	"github.com/spf13/cobra"

	"speedscale/infra/dockerhost"
	"speedscale/infra/mongoadmin"
	"speedscale/infra/status"
	"speedscale/infra/topology"
)

func (a *app) statusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "status", Short: "Show the live cluster; exit with 1 unless all of it is healthy", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			if err := a.requireStack(cmd.Context()); err != nil {
				return err
			}
			docker, err := dockerhost.Open()
			if err != nil {
				return failed(err)
			}
			defer func() { _ = docker.Close() }()
			admin := mongoadmin.NewMongo(mongoadmin.Through(docker.Dial), docker.ReadFile)
			defer func() { _ = admin.Close() }()
			logging.Disable() // the report already has what the Redis client would log
			report := status.Read(cmd.Context(), status.Sources{Docker: docker, Admin: admin}, topology.New(cfg), a.stack)
			if err := printStatus(a.stdout, report, asJSON); err != nil {
				return failed(err)
			}
			if !report.Healthy() {
				return &codedError{code: exitFailed}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printStatus(w io.Writer, report status.Report, asJSON bool) error {
	if !asJSON {
		return report.Write(w)
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(report)
}

func (a *app) logsCommand() *cobra.Command {
	var follow bool
	var tail string
	cmd := &cobra.Command{
		Use: "logs CONTAINER", Short: "Show the log of a container of the stack", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.requireStack(cmd.Context()); err != nil {
				return err
			}
			if len(args) == 0 {
				return a.whichContainer("name a container")
			}
			docker, err := dockerhost.Open()
			if err != nil {
				return failed(err)
			}
			defer func() { _ = docker.Close() }()
			err = docker.Logs(cmd.Context(), args[0], tail, follow, a.stdout, a.stderr)
			if errors.Is(err, dockerhost.ErrNoContainer) {
				return a.whichContainer("there is no container " + args[0])
			}
			if err != nil {
				return failed(fmt.Errorf("read the log of %s: %w", args[0], err))
			}
			return nil
		},
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "keep printing what the container writes")
	cmd.Flags().StringVar(&tail, "tail", "100", "number of lines from the end of the log, or all")
	return cmd
}

// whichContainer returns a usage error that lists the stack's containers.
func (a *app) whichContainer(why string) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	var names []string
	for _, c := range topology.New(cfg).Containers() {
		names = append(names, c.Name)
	}
	return &codedError{exitUsage, fmt.Errorf("%s: the stack %s has\n  %s", why, a.stack, strings.Join(names, "\n  "))}
}

// requireStack fails if the stack has no settings file, or if Docker does not answer.
func (a *app) requireStack(ctx context.Context) error {
	if _, err := os.Stat(a.settingsFile()); errors.Is(err, fs.ErrNotExist) {
		return failed(a.noSuchStack())
	}
	return a.requireDocker(ctx)
}
