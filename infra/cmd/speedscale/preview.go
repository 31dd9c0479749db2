package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/spf13/cobra"

	"speedscale/infra/review"
)

// previewFlags are the flags of the preview command.
type previewFlags struct {
	refresh                    bool
	refreshSet                 bool // --refresh was given
	diff, code, markdown, json bool
}

func (a *app) previewCommand() *cobra.Command {
	var flags previewFlags
	cmd := &cobra.Command{
		Use: "preview", Short: "Show what up would change; change nothing", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			flags.refreshSet = cmd.Flags().Changed("refresh")
			report, err := a.preview(cmd.Context(), flags)
			if err != nil {
				return err
			}
			if err := flags.write(a.stdout, report); err != nil {
				return failed(fmt.Errorf("write the preview: %w", err))
			}
			if flags.code {
				return exitStatus(report)
			}
			return nil
		},
	}
	cmd.Flags().BoolVarP(&flags.refresh, "refresh", "r", true, "first look for changes made by hand, as up does; --refresh=false saves 2 seconds and needs no Docker")
	cmd.Flags().BoolVar(&flags.diff, "diff", false, "show every changed property")
	cmd.Flags().BoolVar(&flags.code, "exit-code", false, "exit with 2 if there are changes, with 3 if one of them deletes data")
	cmd.Flags().BoolVar(&flags.markdown, "markdown", false, "print a report for a pull request; progress goes to standard error")
	cmd.Flags().BoolVar(&flags.json, "json", false, "print the report as JSON; progress goes to standard error")
	cmd.MarkFlagsMutuallyExclusive("markdown", "json")
	return cmd
}

// preview runs the engine's preview and reports on it.
func (a *app) preview(ctx context.Context, flags previewFlags) (review.Report, error) {
	progress := *a
	if flags.markdown || flags.json {
		progress.stdout = a.stderr
	}
	s, err := progress.openStack(ctx)
	if err != nil {
		return review.Report{}, err
	}
	stream := make(chan events.EngineEvent)
	opts := []optpreview.Option{
		optpreview.ProgressStreams(progress.stdout), optpreview.ErrorProgressStreams(a.stderr),
		optpreview.Color(color(&progress)), optpreview.EventStreams(stream),
	}
	if flags.refresh {
		err := progress.requireDocker(ctx)
		if err != nil && flags.refreshSet {
			return review.Report{}, err
		}
		if err == nil {
			if err := progress.preflight(ctx); err != nil {
				return review.Report{}, err
			}
			opts = append(opts, optpreview.Refresh())
		} else {
			a.say(fmt.Sprintf("This preview compares the settings with the state that the last run saved, and does not see changes made by hand since: %v", err))
		}
	}
	if flags.diff {
		opts = append(opts, optpreview.Diff())
	}
	steps := make(chan []apitype.StepEventMetadata, 1)
	go func() { steps <- collect(stream) }()
	_, err = s.Preview(ctx, opts...)
	if err != nil {
		return review.Report{}, progress.engineFailed("preview", err)
	}
	return review.New(a.stack, <-steps), nil
}

// collect returns the planned steps among the engine's events, once the engine has
// closed the stream.
func collect(stream <-chan events.EngineEvent) (steps []apitype.StepEventMetadata) {
	for event := range stream {
		if event.ResourcePreEvent != nil {
			steps = append(steps, event.ResourcePreEvent.Metadata)
		}
	}
	return steps
}

func (f previewFlags) write(w io.Writer, report review.Report) error {
	switch {
	case f.json:
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		return out.Encode(report)
	case f.markdown:
		_, err := io.WriteString(w, report.Markdown())
		return err
	}
	_, err := io.WriteString(w, report.Text())
	return err
}

// exitStatus returns the exit code for --exit-code, as an error.
func exitStatus(report review.Report) error {
	switch {
	case len(report.DeletesData) > 0:
		return &codedError{code: exitDataLoss}
	case len(report.Changes) > 0:
		return &codedError{code: exitChanges}
	}
	return nil
}
