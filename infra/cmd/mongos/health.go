package main

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"speedscale/infra/router/wire"
)

const healthTimeout = 3 * time.Second

// healthcheck asks the router at 127.0.0.1:port. Whatever it answers is
// healthy, be it that the config servers are not ready: a container that only
// became healthy with them could not be started before them.
func healthcheck(ctx context.Context, port int) error {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if err := ask(ctx, address); err != nil {
		return fmt.Errorf("the router at %s does not answer: %w", address, err)
	}
	return nil
}

func ask(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
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
