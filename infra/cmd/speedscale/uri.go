package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"speedscale/infra/config"
	"speedscale/infra/stack"
)

// server is something that people connect to.
type server struct {
	scheme string
	port   func(config.Ports) int
	path   string
	users  map[string]string // the secret with each user's password; nil: it knows no logins
}

var servers = map[string]server{
	"mongo":     {scheme: "mongodb", port: func(p config.Ports) int { return p.Mongos }, path: "/", users: stack.MongoUsers},
	"redis":     {scheme: "redis", port: func(p config.Ports) int { return p.Redis }, users: stack.RedisUsers},
	"commander": {scheme: "http", port: func(p config.Ports) int { return p.RedisUI }, path: "/", users: stack.WebUsers},
	"insight":   {scheme: "http", port: func(p config.Ports) int { return p.Insight }, path: "/", users: stack.WebUsers},
	"gateway":   {scheme: "http", port: func(p config.Ports) int { return p.Gateway }, path: "/"},
	"page":      {scheme: "http", port: func(p config.Ports) int { return p.Frontend }, path: "/"},
}

func (a *app) uriCommand() *cobra.Command {
	var user string
	names := slices.Sorted(maps.Keys(servers))
	cmd := &cobra.Command{
		Use: "uri " + strings.Join(names, "|"), Short: "Print the address of a server, with the password", Args: cobra.ExactArgs(1), ValidArgs: names,
		RunE: func(cmd *cobra.Command, args []string) error {
			to, known := servers[args[0]]
			if !known {
				return &codedError{exitUsage, fmt.Errorf("there is no server %s: there are %s", args[0], strings.Join(names, ", "))}
			}
			address, err := a.uri(cmd.Context(), to, user)
			if err == nil {
				_, err = fmt.Fprintln(a.stdout, address)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&user, "user", "admin", "who logs in; monitor may only look")
	return cmd
}

// uri returns the address of a server with the login of a user. Without logins it has
// none.
func (a *app) uri(ctx context.Context, to server, user string) (string, error) {
	cfg, err := a.config()
	if err != nil {
		return "", err
	}
	address := to.address(cfg)
	secret, known := to.users[user]
	if !known && to.users != nil {
		return "", &codedError{exitUsage, fmt.Errorf("there is no user %s: there are %s", user, strings.Join(slices.Sorted(maps.Keys(to.users)), ", "))}
	}
	if to.users == nil {
		return address.String(), nil
	}
	passwords, names, err := a.passwords(ctx)
	if err != nil {
		return "", err
	}
	if password, ok := passwords[secret].(string); ok {
		if name, ok := names[secret].(string); ok {
			user = name
		}
		address.User = url.UserPassword(user, password)
		if to.scheme == "mongodb" {
			address.RawQuery = "authSource=admin"
		}
	}
	return address.String(), nil
}

// address is where this machine reaches the server.
func (to server) address(cfg config.Config) url.URL {
	host := cfg.BindAddress
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return url.URL{Scheme: to.scheme, Host: net.JoinHostPort(host, strconv.Itoa(to.port(cfg.Ports))), Path: to.path}
}

// passwords returns those of the stack's state, and the names of the users that have
// another name than they are asked for by; both by the names of their secrets. There
// are none in a stack without logins.
func (a *app) passwords(ctx context.Context) (passwords, names map[string]any, err error) {
	s, err := a.openStack(ctx)
	if err != nil {
		return nil, nil, err
	}
	outputs, err := s.Outputs(ctx)
	if err != nil {
		return nil, nil, failed(explain(err))
	}
	if len(outputs) == 0 {
		return nil, nil, failed(errors.New("the stack is not deployed: run `speedscale up`"))
	}
	passwords, _ = outputs[stack.OutputPasswords].Value.(map[string]any)
	names, _ = outputs[stack.OutputNames].Value.(map[string]any)
	return passwords, names, nil
}

// printAddresses says how to connect, without a password.
func (a *app) printAddresses() error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	page, gateway := servers["page"].address(cfg), servers["gateway"].address(cfg)
	command := "bin/speedscale uri"
	if a.stack != defaultStack {
		command = "bin/speedscale --stack " + a.stack + " uri"
	}
	_, err = fmt.Fprintf(a.stdout, `
The page      %s
The search    %sapi/search?query=phone
MongoDB       mongosh "$(%s mongo)"
Redis         redis-cli -u "$(%s redis)"
`, page.String(), gateway.String(), command, command)
	return err
}
