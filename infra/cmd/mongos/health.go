package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"speedscale/infra/router/secure"
	"speedscale/infra/router/wire"
	"speedscale/internal/secretfile"
)

const healthTimeout = 3 * time.Second

// healthcheck asks the router at 127.0.0.1:port. Whatever it answers is
// healthy, be it that the config servers are not ready: a container that only
// became healthy with them could not be started before them.
func healthcheck(ctx context.Context, port int, secrets string) error {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if err := ask(ctx, address, secrets); err != nil {
		return fmt.Errorf("the router at %s does not answer: %w", address, err)
	}
	return nil
}

func ask(ctx context.Context, address, secrets string) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	t, err := encryption(secrets)
	if err != nil {
		return err
	}
	c, err := t.Dial(ctx, address)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(healthTimeout)); err != nil {
		return err
	}
	ping, err := bson.Marshal(bson.D{{Key: "ping", Value: 1}, {Key: "$db", Value: "admin"}})
	if err != nil {
		return err
	}
	_, err = wire.Ask(c, ping)
	return err
}

// encryption is TLS with what the folder holds, nil without a certificate.
func encryption(secrets string) (*secure.TLS, error) {
	files := secure.Files{Certificate: filepath.Join(secrets, secretfile.Certificate), Authority: filepath.Join(secrets, secretfile.Authorities)}
	if _, err := os.Stat(files.Certificate); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return secure.Open(secure.Require, files, false)
}
