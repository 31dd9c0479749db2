// Command speedscale is a thin front end for the Pulumi engine. It runs the same program
// as `pulumi up`, but needs neither a Pulumi language host nor an account, and it shows
// the live cluster.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// defaultStack is the stack of `make up`.
const defaultStack = "dev"

// Exit codes, by which scripts can tell outcomes apart.
const (
	exitOK       = 0
	exitFailed   = 1 // the engine, the daemon or the cluster failed
	exitChanges  = 2 // preview --exit-code: there are changes
	exitDataLoss = 3 // preview --exit-code: there are changes that delete data
	exitUsage    = 64
	exitConfig   = 78 // the stack's settings are wrong
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// run runs the program and returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	app := &app{stdout: stdout, stderr: stderr}
	root := app.command()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var coded *codedError
	if !errors.As(err, &coded) {
		coded = &codedError{exitUsage, err}
	}
	if coded.err != nil {
		_, _ = fmt.Fprintf(stderr, "speedscale: %s\n", strings.TrimSpace(coded.err.Error()))
	}
	return coded.code
}

// codedError carries the exit code that a command ends with.
type codedError struct {
	code int
	err  error // what to print; nil: nothing
}

func (e *codedError) Error() string { return fmt.Sprint(e.err) }
func (e *codedError) Unwrap() error { return e.err }

func failed(err error) error { return &codedError{exitFailed, err} }

// app is one run of the command line.
type app struct {
	dir, stack     string
	stdout, stderr io.Writer
	createMissing  bool // create a stack even if it has no settings file: it then uses every default
	cli            *cli // set by openStack
}

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:           "speedscale",
		Short:         "Deploy a sharded MongoDB cluster with its cache, gateway and page on Docker",
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			dir, err := projectDir(a.dir)
			a.dir = dir
			return err
		},
	}
	root.PersistentFlags().StringVarP(&a.stack, "stack", "s", defaultStack, "the stack, as in Pulumi.<stack>.yaml")
	root.PersistentFlags().StringVarP(&a.dir, "dir", "C", ".", "the project's folder, or a folder below it")
	root.AddCommand(a.upCommand(), a.previewCommand(), a.destroyCommand(), a.refreshCommand(), a.recoverCommand(),
		a.statusCommand(), a.logsCommand(), a.imagesCommand(), a.uriCommand())
	return root
}

// projectDir returns the closest folder, from dir upwards, that contains Pulumi.yaml.
func projectDir(dir string) (string, error) {
	start, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for folder := start; ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "Pulumi.yaml")); err == nil {
			return folder, nil
		}
		if folder == filepath.Dir(folder) {
			return "", fmt.Errorf("no Pulumi.yaml in %s or above it: run this in the project, or name it with --dir", start)
		}
	}
}
