// Command redis-stack is process 1 of the image of that name: it starts
// redis-server with Redis Stack's modules, passes signals on, and shows what
// Redis holds on 8001 (infra/explorer).
//
// As in the official image, REDIS_ARGS holds further options of redis-server,
// --aclfile among them. The other variables are the page's: see explorer.Serve.
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"speedscale/infra/explorer"
)

const (
	stack    = "/opt/redis-stack"
	pageAddr = ":8001"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("entrypoint: ")
	args, err := serverArgs(stack, os.Getenv("REDIS_ARGS"), os.Args[1:])
	if err != nil {
		log.Fatal(err)
	}
	// The cache matters more than its page: without it Redis goes on.
	go func() { log.Printf("explorer: %v", explorer.Serve(pageAddr, "127.0.0.1:6379")) }()
	code, err := supervise(stack+"/bin/redis-server", args)
	if err != nil {
		log.Fatal(err)
	}
	os.Exit(code)
}

// serverArgs builds redis-server's command line. Options given later win, so
// the defaults come first. Nothing is saved to disk: it is a cache, and a dump
// would bring yesterday's answers back.
func serverArgs(dir, env string, extra []string) ([]string, error) {
	modules, err := filepath.Glob(filepath.Join(dir, "lib", "*.so"))
	if err != nil {
		return nil, err
	}
	if len(modules) == 0 {
		return nil, fmt.Errorf("no module in %s/lib", dir)
	}
	args := []string{"--protected-mode", "no", "--dir", "/data", "--save", ""}
	for _, module := range modules {
		args = append(args, "--loadmodule", module)
	}
	args = append(args, strings.Fields(env)...)
	return append(args, extra...), nil
}

// supervise runs a server until it ends, hands it the signals that would stop
// it, and reaps whatever else ends as a child of process 1.
func supervise(path string, args []string) (code int, err error) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT)
	defer signal.Stop(signals)
	server, err := os.StartProcess(path, append([]string{filepath.Base(path)}, args...), &os.ProcAttr{
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
	})
	if err != nil {
		return 0, fmt.Errorf("start redis-server: %w", err)
	}
	go func() {
		for s := range signals {
			_ = server.Signal(s) // an error means that it has ended, which the loop below sees
		}
	}()
	return reap(server.Pid)
}

func reap(pid int) (code int, err error) {
	for {
		var status syscall.WaitStatus
		ended, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR), err == nil && ended != pid:
			continue
		case err != nil:
			return 0, fmt.Errorf("wait for redis-server: %w", err)
		case status.Signaled():
			return 128 + int(status.Signal()), nil
		}
		return status.ExitStatus(), nil
	}
}
