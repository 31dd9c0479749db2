package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

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

// engineFailed returns a short error for a failure of the engine, nil for none. The
// engine's output, with the reason, has already been shown.
func (a *app) engineFailed(command string, err error) error {
	if err == nil {
		return nil
	}
	if reason := explain(err); errors.Is(reason, errPassphrase) || strings.HasPrefix(reason.Error(), "the stack is locked") {
		return failed(reason)
	}
	if a.cli.interrupted.Load() {
		return failed(fmt.Errorf("%s was interrupted; run it again to go on", command))
	}
	return failed(fmt.Errorf("%s failed, for the reasons under Diagnostics; fix them and run it again", command))
}

var locked = regexp.MustCompile(`(?s)currently locked by \d+ lock\(s\).*?(created by [^\n]*)`)

// explain returns the reason in an error of the Automation API, which otherwise repeats
// all output of the CLI.
func explain(err error) error {
	text := err.Error()
	if m := locked.FindStringSubmatch(text); m != nil {
		return fmt.Errorf("the stack is locked, %s: wait for that run, or if it is dead run `speedscale recover`", strings.TrimSpace(m[1]))
	}
	if strings.Contains(text, "incorrect passphrase") {
		return errPassphrase
	}
	for line := range strings.SplitSeq(text, "\n") {
		if reason, ok := strings.CutPrefix(strings.TrimSpace(line), "error: "); ok {
			return errors.New(reason)
		}
	}
	first, _, _ := strings.Cut(text, "\n")
	return errors.New(first)
}
