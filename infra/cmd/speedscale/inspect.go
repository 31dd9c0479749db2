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
			if err := a.standing(cmd.Context()); err != nil {
				return err
			}
			docker, err := dockerhost.Open()
			if err != nil {
				return failed(err)
			}
			defer func() { _ = docker.Close() }()
			admin := mongoadmin.NewMongo(mongoadmin.Through(docker.Dial))
			defer func() { _ = admin.Close() }()
			logging.Disable() // what Redis' client would log stands in the report
			report := status.Read(cmd.Context(), status.Sources{Docker: docker, Admin: admin}, topology.New(cfg), a.stack)
			if err := show(a.stdout, report, asJSON); err != nil {
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

func show(w io.Writer, report status.Report, asJSON bool) error {
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
		Use: "logs CONTAINER", Short: "Show what a container of the stack wrote", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.standing(cmd.Context()); err != nil {
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
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on as more is written")
	cmd.Flags().StringVar(&tail, "tail", "100", "the last lines only; all for everything")
	return cmd
}

// whichContainer lists the names that could have been meant.
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

// standing says so if there can be no such stack, or no daemon to ask.
func (a *app) standing(ctx context.Context) error {
	if _, err := os.Stat(a.settingsFile()); errors.Is(err, fs.ErrNotExist) {
		return failed(a.noSuchStack())
	}
	return a.docker(ctx)
}
