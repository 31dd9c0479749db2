// Package redisadmin gives orders to a running Redis.
package redisadmin

import (
	"context"
	"crypto/tls"
	"errors"
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

// RotateCertificates has Redis use its certificate and its authorities as their files
// are now. Connections that stand live on.
func RotateCertificates(ctx context.Context, s Server) error {
	config, err := pki.Client(s.Authorities, s.Host)
	if err != nil {
		return err
	}
	client := redis.NewClient(&redis.Options{
		Addr: s.Host, Username: redisacl.Admin, Password: s.Password, MaxRetries: -1, PoolSize: 1, DisableIdentity: true,
		Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) { return dialTLS(ctx, s, config) },
	})
	defer func() { _ = client.Close() }()
	names := []string{"tls-cert-file", "tls-key-file", "tls-ca-cert-file"}
	args := []any{"config", "set"}
	for _, name := range names {
		now, err := client.ConfigGet(ctx, name).Result()
		if err != nil {
			return err
		}
		args = append(args, name, now[name])
	}
	return client.Do(ctx, args...).Err()
}

// dialTLS is needed because a dialer of one's own is not followed by a handshake.
func dialTLS(ctx context.Context, s Server, config *tls.Config) (net.Conn, error) {
	conn, err := s.Dial(ctx)
	if err != nil {
		return nil, err
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secure, nil
}
