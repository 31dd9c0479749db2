// Package redisadmin gives orders to a running Redis.
package redisadmin

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/redis/go-redis/v9"

	"speedscale/infra/pki"
	"speedscale/internal/redisacl"
)

// Server is a Redis that speaks TLS, and how to be let in as redisacl.Admin.
type Server struct {
	Dial        func(ctx context.Context) (net.Conn, error)
	Host        string // in its certificate
	Authorities string // PEM
	Password    string
}

// ErrUnreachable means that nothing answers.
var ErrUnreachable = errors.New("not reachable")

// RotateCertificates has Redis use its certificate and its authorities as their files
// are now. Connections that stand live on.
func RotateCertificates(ctx context.Context, s Server) error {
	// Connected here, since the client would try again in the background.
	conn, err := s.Dial(ctx)
	if err == nil {
		conn, err = pki.Connect(ctx, conn, s.Authorities, s.Host)
	}
	if err != nil {
		return explain(err)
	}
	defer func() { _ = conn.Close() }()
	client := redis.NewClient(&redis.Options{
		Addr: s.Host, Username: redisacl.Admin, Password: s.Password, MaxRetries: -1, PoolSize: 1, DisableIdentity: true,
		Dialer: func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	})
	defer func() { _ = client.Close() }()
	names := []string{"tls-cert-file", "tls-key-file", "tls-ca-cert-file"}
	args := []any{"config", "set"}
	for _, name := range names {
		now, err := client.ConfigGet(ctx, name).Result()
		if err != nil {
			return explain(err)
		}
		args = append(args, name, now[name])
	}
	return explain(client.Do(ctx, args...).Err())
}

// explain tells what Redis says from a Redis that says nothing.
func explain(err error) error {
	if _, said := errors.AsType[redis.Error](err); err == nil || said {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}
