package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

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
		return a.wasInterrupted(command)
	}
	return failed(fmt.Errorf("%s failed, for the reasons under Diagnostics; fix them and run it again", command))
}

func (a *app) wasInterrupted(command string) error {
	return failed(fmt.Errorf("%s was interrupted; run it again to go on", command))
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
