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

	"speedscale/infra/dockerhost"
	"speedscale/infra/recovery"
	"speedscale/infra/stack"
	"speedscale/infra/topology"
)

func (a *app) recoverCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use: "recover", Short: "Put right what a killed run left; `up` and `destroy` do it by themselves", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.alone(cmd.Context(), recovery.Stack{Force: force}, func(s auto.Stack, left recovery.Outcome) error {
				if len(left.Missing) > 0 {
					a.say("reading anew what the state and the daemon do not agree on: " + strings.Join(left.Missing, ", "))
					return a.refresh(cmd.Context(), s, "recover")
				}
				if left.Done == 0 {
					a.say("nothing to put right")
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "even if a run might be at work where it cannot be seen from here")
	return cmd
}

// alone does work with the stack while no other run of this checkout can, after
// what a killed run left has been put right.
func (a *app) alone(ctx context.Context, how recovery.Stack, work func(s auto.Stack, left recovery.Outcome) error) error {
	release, err := recovery.Alone(a.dir, a.stack)
	if err != nil {
		return failed(err)
	}
	defer release()
	s, err := a.engine(ctx)
	if err != nil {
		return err
	}
	left, err := a.recover(ctx, s, how)
	if err != nil {
		return err
	}
	return work(s, left)
}

// recover puts right what a killed run of the stack left. What is set in how
// says how; the rest is filled in.
func (a *app) recover(ctx context.Context, s auto.Stack, how recovery.Stack) (recovery.Outcome, error) {
	docker, err := dockerhost.Open()
	if err != nil {
		return recovery.Outcome{}, failed(err)
	}
	defer func() { _ = docker.Close() }()
	how.Project, how.Name, how.Label = project, a.stack, stack.LabelStack+"="+a.stack
	how.Dir, how.Home = a.dir, os.Getenv("PULUMI_HOME")
	how.State, how.Docker, how.Say = &s, docker, a.say
	if how.Backend, err = a.backend(); err != nil {
		return recovery.Outcome{}, failed(err)
	}
	out, err := how.Run(ctx)
	if err != nil {
		return out, failed(err)
	}
	return out, nil
}

// backend is where the state lies, in the order in which the engine looks.
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

// say writes a line of our own among the engine's.
func (a *app) say(line string) { _, _ = fmt.Fprintln(a.stderr, line) }

// removeUnrecorded removes volumes of a destroyed stack that a killed run had
// made and not recorded, if they are this state's and not another checkout's.
func (a *app) removeUnrecorded(ctx context.Context, left recovery.Outcome) error {
	if !left.Own {
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
	return nil
}
