package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"speedscale/infra/dockerhost"
	"speedscale/infra/preflight"
	"speedscale/infra/provider"
	"speedscale/infra/recovery"
	"speedscale/infra/stack"
)

func (a *app) destroyCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "destroy", Short: "Remove every container, network and volume of the stack; speedscale:keepData keeps the volumes", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.exclusively(cmd.Context(), recovery.Stack{Destroying: true}, func(s auto.Stack, recovered recovery.Outcome) error {
				return a.destroy(cmd.Context(), s, recovered, yes)
			})
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask for confirmation before data is deleted")
	return cmd
}

func (a *app) destroy(ctx context.Context, s auto.Stack, recovered recovery.Outcome, yes bool) error {
	if err := a.preflightDestroy(ctx); err != nil {
		return failed(err)
	}
	keepsData, err := a.announce(ctx, s, recovered.Own, yes)
	if err != nil {
		return failed(err)
	}
	// Tells the provider that the shards need not be drained.
	if err := os.Setenv(provider.DestroyEnv, "1"); err != nil {
		return failed(err)
	}
	_, err = s.Destroy(ctx, optdestroy.ProgressStreams(a.stdout), optdestroy.ErrorProgressStreams(a.stderr), optdestroy.Color(color(a)))
	if err != nil {
		return a.engineFailed("destroy", err)
	}
	_ = os.Remove(stack.AuthoritiesFile(a.dir, a.stack)) // there is none without TLS
	if keepsData {
		return nil
	}
	return a.removeUnrecorded(ctx, recovered)
}

// preflightDestroy reports what would make the engine fail half-way, before anything
// is announced.
func (a *app) preflightDestroy(ctx context.Context) error {
	if err := a.checkPassphrase(); err != nil {
		return err
	}
	docker, err := dockerhost.Open()
	if err != nil {
		return err
	}
	defer func() { _ = docker.Close() }()
	return preflight.InTheWay(ctx, docker, stack.LabelStack, a.stack)
}

// announce says what happens to the stack's data. On a terminal it also asks for
// confirmation before any is deleted, unless yes is set. It returns whether the data is
// kept. If it is not, and own says that what carries the stack's label on the engine is
// this stack's, volumes that no run has recorded are deleted, too.
func (a *app) announce(ctx context.Context, s auto.Stack, own, yes bool) (keepsData bool, err error) {
	cfg, err := a.config()
	if err != nil {
		return false, err
	}
	state, err := s.Export(ctx)
	if err != nil {
		return false, fmt.Errorf("read the state of stack %s: %w", a.stack, explain(err))
	}
	volumes, err := volumesOf(state)
	if err != nil {
		return false, err
	}
	if cfg.KeepData && len(volumes.deleted) > 0 {
		return true, fmt.Errorf("speedscale:keepData is set, but the stack was last brought up without it and %s would be deleted: run `up` first, then destroy",
			count(len(volumes.deleted)))
	}
	keepsData = cfg.KeepData || len(volumes.kept) > 0
	found := findVolumes(ctx, a.stack, cfg)
	if own && !keepsData {
		volumes.add(found.ours)
	}
	if err := volumes.report(a.stdout, a.stack, found.sizes); err != nil {
		return keepsData, err
	}
	if yes || len(volumes.deleted) == 0 || !interactive(a.stdout) {
		return keepsData, nil
	}
	return keepsData, a.confirm()
}

// interactive reports whether both stdout and standard input are terminals.
func interactive(stdout any) bool {
	f, ok := stdout.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && term.IsTerminal(int(os.Stdin.Fd()))
}

func (a *app) confirm() error {
	if _, err := fmt.Fprintf(a.stdout, "Type %s to go on: ", a.stack); err != nil {
		return err
	}
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil || strings.TrimSpace(answer) != a.stack {
		return errors.New("nothing was destroyed")
	}
	return nil
}
