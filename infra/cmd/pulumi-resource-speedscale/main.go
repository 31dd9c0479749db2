// Command pulumi-resource-speedscale is the speedscale provider as a Pulumi
// plugin. The engine starts one for each run, and ends it.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"

	"speedscale/infra/dockerhost"
	"speedscale/infra/mongoadmin"
	"speedscale/infra/provider"
	"speedscale/infra/redisadmin"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	plugin, err := provider.New(sync.OnceValues(connect))
	if err != nil {
		return err
	}
	return plugin.Run(ctx, provider.Name, provider.Version)
}

// connect reaches the cluster through the Docker engine. All resources share
// the connections; the engine ends the process, and with it all of them.
func connect() (provider.Clients, error) {
	docker, err := dockerhost.Open()
	if err != nil {
		return provider.Clients{}, err
	}
	return provider.Clients{
		Admin: mongoadmin.NewMongo(mongoadmin.Through(docker.Dial), docker.ReadFile), Containers: docker,
		RotateRedis: func(ctx context.Context, s provider.Server, authorities, password string) error {
			host, port, err := net.SplitHostPort(s.Host)
			if err != nil {
				return err
			}
			err = redisadmin.RotateCertificates(ctx, redisadmin.Server{
				Dial: func(ctx context.Context) (net.Conn, error) { return docker.Dial(ctx, s.Container, port) },
				Host: host, Authorities: authorities, Password: password,
			})
			if errors.Is(err, redisadmin.ErrUnreachable) {
				err = fmt.Errorf("%w: %w", mongoadmin.ErrUnreachable, err)
			}
			return err
		},
	}, nil
}
