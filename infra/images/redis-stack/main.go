// Command entrypoint is process 1 of the redis-stack image: it starts
// redis-server with Redis Stack's modules, passes signals on, and shows what
// Redis holds on 8001. That page stands where the official image has
// RedisInsight, which no package registry carries; it is not RedisInsight.
//
// As in the official image, REDIS_ARGS holds further options of redis-server.
// SHOP_PORT and COMMANDER_PORT are the host's ports that the page points to.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
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
	go servePage()
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

func servePage() {
	logging.Disable() // the page itself says what Redis does not answer
	e := newExplorer(connect("127.0.0.1:6379"))
	go e.watch(context.Background())
	server := &http.Server{
		Addr: pageAddr, Handler: e.handler(linksFrom(os.Getenv)), ErrorLog: log.Default(),
		ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	// The cache matters more than its page: without it Redis goes on.
	log.Printf("explorer: %v", server.ListenAndServe())
}

func connect(addr string) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr: addr, ClientName: "explorer", PoolSize: atOnce + 1, // one for the history
		DialTimeout: time.Second, ReadTimeout: time.Second, ContextTimeoutEnabled: true,
		MaxRetries: -1, DialerRetries: 1, // who looks at the page asks again
		ReadBufferSize: 4 << 10, WriteBufferSize: 4 << 10, // the container's memory is for what Redis holds
		DisableIdentity: true, MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		// A look at a key must not keep it from being evicted. Redis before 7.2 has no
		// such command, and does not matter here.
		OnConnect: func(ctx context.Context, conn *redis.Conn) error {
			_ = conn.Do(ctx, "client", "no-touch", "on").Err()
			return nil
		},
	})
}
