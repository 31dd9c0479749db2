// Command testreport runs go test with its own arguments and prints a line for
// each package when it ends, and what failed tests wrote. At the end it says which
// tests were skipped, and why, and once more what failed: the output of many
// packages and servers lies between.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout)) }

func run(args []string, out io.Writer) (code int) {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...) //nolint:gosec,noctx // ended by the terminal
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		_, _ = fmt.Fprintln(out, "testreport:", err)
		return 1
	}
	r := newReport(out)
	broken := r.read(events)
	err = cmd.Wait()
	r.end()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return exit.ExitCode()
	case err != nil || broken != nil:
		_, _ = fmt.Fprintln(out, "testreport:", errors.Join(err, broken))
		return 1
	}
	return 0
}
