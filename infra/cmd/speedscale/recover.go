package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/spf13/cobra"

	"speedscale/infra/containers"
	"speedscale/infra/dockerhost"
	"speedscale/infra/recovery"
	"speedscale/infra/stack"
	"speedscale/infra/topology"
)

func (a *app) recoverCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use: "recover", Short: "Clean up after a killed run; `up` and `destroy` do so by themselves", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.exclusively(cmd.Context(), recovery.Stack{Force: force}, func(s auto.Stack, recovered recovery.Outcome) error {
				if len(recovered.Missing) > 0 {
					a.say("refreshing the state, since Docker does not have: " + strings.Join(recovered.Missing, ", "))
					return a.refresh(cmd.Context(), s, "recover")
				}
				if recovered.Done == 0 {
					a.say("nothing to put right")
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "recover even if another run might be active that cannot be seen from here")
	return cmd
}

// exclusively cleans up after a killed run and then does work with the stack. Meanwhile
// no other run of this checkout can change the stack.
func (a *app) exclusively(ctx context.Context, options recovery.Stack, work func(s auto.Stack, recovered recovery.Outcome) error) error {
	release, err := recovery.Alone(a.dir, a.stack)
	if err != nil {
		return failed(err)
	}
	defer release()
	s, err := a.openStack(ctx)
	if err != nil {
		return err
	}
	if options, err = a.recovery(options); err != nil {
		return failed(err)
	}
	recovered, err := recoverStack(ctx, s, options)
	if err != nil {
		return err
	}
	if err = work(s, recovered); err != nil {
		_ = options.Release() // the next run does it otherwise, and says so
	}
	return err
}

// recovery fills in what options lacks, but for the State and Docker. Destroying and
// Force are set, if wanted.
func (a *app) recovery(options recovery.Stack) (_ recovery.Stack, err error) {
	options.Project, options.Name, options.Label = project, a.stack, stack.LabelStack+"="+a.stack
	options.Dir, options.Home, options.Say = a.dir, os.Getenv("PULUMI_HOME"), a.say
	options.Backend, err = a.backend()
	return options, err
}

// recoverStack cleans up after a killed run of the stack.
func recoverStack(ctx context.Context, s auto.Stack, options recovery.Stack) (recovery.Outcome, error) {
	docker, err := dockerhost.Open()
	if err != nil {
		return recovery.Outcome{}, failed(err)
	}
	defer func() { _ = docker.Close() }()
	options.State, options.Docker = &s, docker
	out, err := options.Run(ctx)
	if err != nil {
		return out, failed(err)
	}
	return out, nil
}

// backend returns the URL of the backend that holds the state, found in the same order
// as the engine does; "" if none is configured.
func (a *app) backend() (string, error) {
	if url := os.Getenv("PULUMI_BACKEND_URL"); url != "" {
		return url, nil
	}
	proj, err := workspace.LoadProject(filepath.Join(a.dir, "Pulumi.yaml"))
	if err != nil {
		return "", fmt.Errorf("read Pulumi.yaml: %w", err)
	}
	if proj.Backend == nil {
		return "", nil
	}
	return proj.Backend.URL, nil
}

// say prints a line to stderr, among the engine's output.
func (a *app) say(line string) { _, _ = fmt.Fprintln(a.stderr, line) }

// removeUnrecorded removes volumes of a destroyed stack that a killed run created but
// did not record in the state, and those with the secrets of containers that somebody
// removed. It removes none that may belong to another checkout.
func (a *app) removeUnrecorded(ctx context.Context, recovered recovery.Outcome) error {
	if !recovered.Own {
		return nil
	}
	cfg, err := a.config()
	if err != nil {
		return err
	}
	docker, err := dockerhost.Open()
	if err != nil {
		return failed(err)
	}
	defer func() { _ = docker.Close() }()
	ours := func(volume string) bool { return topology.IsVolume(cfg, volume) }
	if err := recovery.RemoveVolumes(ctx, docker, stack.LabelStack+"="+a.stack, ours, a.say); err != nil {
		return failed(err)
	}
	if err := docker.RemoveUnusedVolumes(ctx, containers.LabelSecrets+"="+a.stack); err != nil {
		return failed(fmt.Errorf("remove the volumes of secrets: %w", err))
	}
	return nil
}
