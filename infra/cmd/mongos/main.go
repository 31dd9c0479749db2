// Command mongos is the embedded router: it stands in for MongoDB's mongos
// where none can be had, in front of a genuine 6.0 sharded cluster. It takes
// mongos's own flags.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"speedscale/infra/router"
	"speedscale/infra/router/cluster"
	"speedscale/internal/mongods"
	"speedscale/internal/secretfile"
)

// version is the mongods' own: the router lets them do the work.
const version = mongods.Default

// memoryLimit keeps the heap within the container's 150 MB; GOMEMLIMIT
// overrides it.
const memoryLimit = 120 << 20

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "mongos:", err)
		return 2
	}
	switch {
	case s.version:
		_, _ = fmt.Fprintf(stdout, "mongos version v%s (SpeedScale's embedded router)\n", version)
		return 0
	case s.healthcheck:
		err = healthcheck(ctx, s.port, secretfile.Dir)
	default:
		err = serve(ctx, s, slog.New(slog.NewJSONHandler(stdout, nil)))
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "mongos:", err)
		return 1
	}
	return 0
}

func serve(ctx context.Context, s settings, log *slog.Logger) error {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	listeners, err := listen(ctx, s.addresses())
	if err != nil {
		return err
	}
	c, err := cluster.Open(s.configSet, s.configHosts, s.tls, s.member, log)
	if err != nil {
		return err
	}
	log.Info("the router listens", "addresses", s.addresses(), "config", s.configSet, "hosts", s.configHosts, "tls", s.tls.Mode())
	err = router.New(c, version, router.DefaultLimits, log).Serve(ctx, listeners)
	log.Info("the router stops")
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if closeErr := c.Close(closing); err == nil {
		err = closeErr
	}
	return err
}

func listen(ctx context.Context, addresses []string) (listeners []net.Listener, err error) {
	for _, address := range addresses {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
		if err != nil {
			for _, l := range listeners {
				_ = l.Close()
			}
			return nil, fmt.Errorf("listen on %s (--bind_ip, --port): %w", address, err)
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}
